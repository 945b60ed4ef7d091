"""What becomes of a link that could not be brought in step: another try later, or a human's turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from ebond.errors import AnswerError, BondStopped, EbondError, LeaseLost, NotSent, RateLimited, StoreError
from ebond.state import Entry
from ebond.sync.context import BondContext, RunContext

log = structlog.get_logger("ebond.failures")

#: What is no fault of the record at hand: it ends the run, and the record stays as it is.
ENDS_THE_RUN: Final = (BondStopped, LeaseLost, StoreError, NotSent, RateLimited)
#: Waiting time after the first failure of a link; doubled with each further one.
BACKOFF: Final = timedelta(seconds=30)
LONGEST_BACKOFF: Final = timedelta(hours=1)


def merged(asked: str, answered: str) -> AnswerError:
    """Say that a record goes by the id of another one now."""
    return AnswerError(
        f"record {asked} answers as {answered} now, and that one has a link of its own",
        todo="See whether the two were merged on that side",
    )


def record_failure(bond: BondContext, run: RunContext, link_id: int, attempts: int, error: EbondError) -> None:
    """Count a failure of a link that failed ``attempts`` times before; the last one parks it."""
    count = attempts + 1
    park = str(error) if count >= bond.bond.guard.attempts else None
    delay = min(BACKOFF * 2 ** min(attempts, 10), LONGEST_BACKOFF)
    log.warning("link failed", bond=bond.name, link=link_id, attempts=count, reason=str(error))
    bond.store.record_failure(
        bond.name,
        link_id,
        run_id=run.run_id,
        due_at=bond.clock.now() + delay,
        park=park,
        entries=[Entry("parked" if park else "failed", link_id=link_id, detail={"reason": str(error)})],
        now=bond.clock.now(),
    )
