"""What becomes of a link that could not be brought in step: another try later, or a human's turn."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import Final

import structlog

from ebond.errors import (
    AnswerError,
    CallError,
    EbondError,
)
from ebond.state import Entry, LinkState
from ebond.sync.context import BondContext, RunContext

log = structlog.get_logger("ebond.failures")

#: Waiting time after the first failure of a link; doubled with each further one.
BACKOFF: Final = timedelta(seconds=30)
LONGEST_BACKOFF: Final = timedelta(hours=1)
#: By how much of it the waiting time is prolonged at most, so that links which failed together do not come together.
JITTER: Final = 0.25


#: So many records that good credentials are not taken for are no matter of single records any more.
SEVERAL: Final = 3


def said_by_several(run: RunContext, what: str) -> bool:
    """Note that credentials were not taken for a link or record; have others of this run met the same?"""
    run.denied.add(what)
    return len(run.denied) >= SEVERAL


def merged(asked: str, answered: str) -> AnswerError:
    """Say that a record goes by the id of another one now."""
    return AnswerError(
        f"record {asked} answers as {answered} now, and that one has a link of its own",
        todo="See whether the two were merged on that side",
    )


def record_failure(
    bond: BondContext, run: RunContext, link: LinkState, error: EbondError, *, at_once: bool = False
) -> None:
    """Count a failure of a link; the last one parks it, or this one. Raises LeaseLost where another worker has it."""
    count = link.attempts + 1
    park = str(error) if at_once or count >= bond.bond.guard.attempts else None
    log.warning(
        "link parked" if park else "link failed",
        bond=bond.name,
        link=link.id,
        attempts=count,
        kind=type(error).__name__,
        request_id=error.request_id if isinstance(error, CallError) else None,
        reason=str(error),
    )
    bond.store.record_failure(
        bond.name,
        link.id,
        run_id=run.run_id,
        fence=link.fence,
        due_at=bond.clock.now() + backoff(link),
        park=park,
        entries=[Entry("parked" if park else "failed", link_id=link.id, detail={"reason": str(error)})],
        now=bond.clock.now(),
    )


def backoff(link: LinkState) -> timedelta:
    """Return how long a link that just failed is left alone: longer each time, and not all links alike."""
    shortest: timedelta = min(BACKOFF * 2 ** min(link.attempts, 10), LONGEST_BACKOFF)
    share = blake2b(f"{link.id}/{link.attempts}".encode(), digest_size=2).digest()
    return shortest * (1 + JITTER * int.from_bytes(share, "big") / 0xFFFF)
