"""Following deletions, in the opening of a pass: there the whole bond is in one hand, and all deletions are known.

The scans are through, so what was deleted is certain; nothing of the bond is worked on meanwhile, and the fuse sees
all of it before anything is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from ebond.errors import ENDS_THE_RUN, Denied, EbondError
from ebond.parting import Bereft, Parting, PartingState
from ebond.state import Entry, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.deletes.decide import Decided, Step
from ebond.sync.deletes.fuse import blown
from ebond.sync.deletes.parting import Carrier
from ebond.sync.failures import record_failure, said_by_several
from ebond.sync.scopes import link_scope
from ebond.sync.threads import each

log = structlog.get_logger("ebond.deletes")

Todo = tuple[Bereft, Decided]
#: Of these it is settled that they are carried out.
_CERTAIN: Final = (PartingState.APPROVED, PartingState.BEGUN)


def follow_deletes(bond: BondContext, run: RunContext) -> list[int]:
    """Do what follows from deletions; return the links that failed. Raises what ends the run."""
    if not bond.store.any_bereft(bond.name):
        return []
    return _Follower(bond, run).go()


class _Follower:
    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run
        self.carrier = Carrier(bond, run)

    def go(self) -> list[int]:
        ignoring = [side for side in Side if self.carrier.policy(side).policy == "ignore"]
        cases = self.bond.store.bereft(self.bond.name, ignoring=ignoring, now=self.bond.clock.now())
        todo = self._fused([(case, self.carrier.decided(case)) for case in cases])
        if self.bond.dry:
            for case, decided in todo:
                self._tell(case, decided)
            return []
        failed = each(self._one, todo, workers=self.bond.bond.workers)
        return [link for link in failed if link is not None]

    def _tell(self, case: Bereft, decided: Decided) -> None:
        """Tell a preview what would be done."""
        gone = case.parting.gone if case.parting else next(iter(case.gone), None)
        if gone is None or decided.step is Step.NOTHING:
            return
        if decided.step is Step.HOLD:
            self.bond.watcher.holding(gone, case.link.side(gone).id, decided.reason)
            return
        policy = self.carrier.policy(gone.other).policy
        what = policy if decided.step is Step.CARRY else decided.step.name.lower()
        self.bond.watcher.parting(gone.other, case.link.side(gone.other).id, what, decided.reason)

    def _one(self, todo: Todo) -> int | None:
        """Do one; return its link where that failed."""
        case, decided = todo
        link = case.link
        try:
            with link_scope(self.bond, link):
                self.carrier.do(case, decided)
        except Denied as denied:
            if said_by_several(self.run, f"link {link.id}"):
                raise
            record_failure(self.bond, self.run, link, denied)
            return link.id
        except ENDS_THE_RUN:
            raise
        except EbondError as error:
            record_failure(self.bond, self.run, link, error)
            return link.id
        return None

    # -- the fuse -----------------------------------------------------------------------------------------

    def _fused(self, todo: Sequence[Todo]) -> list[Todo]:
        """Leave out what the fuse holds back, and note it."""
        pending = [case for case, decided in todo if decided.step is Step.CARRY and not _certain(case.parting)]
        waiting = {case.link.id for case in pending if case.parting and case.parting.state is PartingState.FUSED}
        if not pending:
            return list(todo)
        links = self.bond.store.count_together(self.bond.name)
        why = blown(len(pending), links=links, guard=self.bond.bond.guard)
        if not why and not waiting:
            return list(todo)
        self._note([case for case in pending if case.link.id not in waiting], len(pending), why)
        held = {case.link.id for case in pending}
        return [(case, decided) for case, decided in todo if case.link.id not in held]

    def _note(self, cases: Sequence[Bereft], count: int, why: str) -> None:
        if not cases:
            return
        reason = why or f"{count} deletions wait for an approval"
        log.warning("deletions fused", bond=self.bond.name, count=count, reason=reason)
        for case in cases:
            gone = next(iter(case.gone))
            self.bond.watcher.holding(gone, case.link.side(gone).id, reason)
        if self.bond.dry:
            return
        now = self.bond.clock.now()
        fused = [self._parting(case, reason, now) for case in cases]
        self.bond.store.put_partings(
            self.bond.name,
            fused,
            run_id=self.run.run_id,
            fence=self.run.fence,
            entries=[Entry("fused", detail={"count": count, "reason": reason})],
            now=now,
        )

    def _parting(self, case: Bereft, reason: str, now: datetime) -> Parting:
        (gone,) = case.gone
        return Parting(case.link.id, gone, PartingState.FUSED, self.carrier.policy(gone.other).policy, now, reason)


def _certain(parting: Parting | None) -> bool:
    return parting is not None and parting.state in _CERTAIN
