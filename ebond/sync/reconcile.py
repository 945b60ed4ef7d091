"""Reconciling one link: plan, write with the strongest precondition, settle in one transaction.

No database transaction is open while a call is under way, and one bad link never stops the others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from ebond.errors import (
    AnswerError,
    BondStopped,
    CallError,
    EbondError,
    Gone,
    LeaseLost,
    NotSent,
    RateLimited,
    Refused,
    Stale,
    StoreError,
)
from ebond.records.resource import Seen
from ebond.records.resource import Written as Answered
from ebond.state import Entry, LinkState, Observation, Origin, RecordState, Side
from ebond.sync import hints
from ebond.sync.context import BondContext, RunContext
from ebond.sync.plan import FieldPlan, LinkPlan, plan_link
from ebond.sync.settle import Written, settle_link

log = structlog.get_logger("ebond.reconcile")

#: How often one link is planned anew in a run because somebody edits it while we write.
REPLANS: Final = 3
#: Waiting time after the first failure of a link; doubled with each further one.
BACKOFF: Final = timedelta(seconds=30)
LONGEST_BACKOFF: Final = timedelta(hours=1)


#: What is no fault of the link at hand: it ends the run, and the link stays as it is.
ENDS_THE_RUN: Final = (BondStopped, LeaseLost, StoreError, NotSent, RateLimited)


def reconcile(bond: BondContext, run: RunContext, link: LinkState) -> bool:
    """Bring one link in step, or record why not; return whether it went well.

    Raises what ends the run (``ENDS_THE_RUN``); every other failure stays with the link.
    """
    try:
        _Reconciler(bond, run).bring_in_step(link)
    except ENDS_THE_RUN:
        raise
    except EbondError as error:
        _failed(bond, run, link, error)
        return False
    return True


def _failed(bond: BondContext, run: RunContext, link: LinkState, error: EbondError) -> None:
    attempts = link.attempts + 1
    park = str(error) if attempts >= bond.bond.guard.attempts or isinstance(error, Gone) else None
    delay = min(BACKOFF * 2 ** min(attempts - 1, 10), LONGEST_BACKOFF)
    log.warning("link failed", bond=bond.name, link=link.id, attempts=attempts, reason=str(error))
    bond.store.record_failure(
        bond.name,
        link.id,
        run_id=run.run_id,
        reason=str(error),
        due_at=bond.clock.now() + delay,
        park=park,
        entries=[Entry("parked" if park else "failed", link_id=link.id, detail={"reason": str(error)})],
        now=bond.clock.now(),
    )


class _Reconciler:
    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run
        self.read: dict[Side, Seen] = {}

    def bring_in_step(self, link: LinkState) -> None:
        for _ in range(REPLANS):
            plan = plan_link(link, self.bond.mapping, self.bond.policy, now=self.bond.clock.now())
            if self.bond.dry:
                self.bond.watcher.planned(plan)
                return
            fresh = self._freshened(link, plan)
            if fresh.left.digest != link.left.digest or fresh.right.digest != link.right.digest:
                link = fresh
                continue
            link = fresh
            self.bond.watcher.planned(plan)
            try:
                written = {side: self._write(link, plan, side) for side in Side if plan.writes(side)}
            except _Moved as moved:
                self.read[moved.side] = moved.seen
                link = self._with(link, moved.side, moved.seen)
                continue
            self._settle(link, plan, written)
            return
        self.bond.store.touch(self.bond.name, [link.id])

    def _settle(self, link: LinkState, plan: LinkPlan, written: dict[Side, Written]) -> None:
        now = self.bond.clock.now()
        settlement = settle_link(link, plan, self.bond.mapping, self.bond.policy, written=written, now=now)
        self.bond.store.settle(settlement, bond=self.bond.name, run_id=self.run.run_id, fence=self.run.fence, now=now)

    def _freshened(self, link: LinkState, plan: LinkPlan) -> LinkState:
        """Read what is about to be written, where the contract has no better guard against a lost edit."""
        for side in Side:
            if plan.writes(side) and side not in self.read and self._must_read(link.side(side), side):
                self.read[side] = self._read(side, link.side(side).id)
                link = self._with(link, side, self.read[side])
        return link

    def _must_read(self, record: RecordState, side: Side) -> bool:
        resource = self.bond.side(side).resource
        update = resource.update
        if update is None or resource.read is None:
            return False
        if record.origin is Origin.ASSUMED or update.style == "put_full":
            return True
        return update.precondition == "compare" or record.version is None

    def _read(self, side: Side, record_id: str) -> Seen:
        return self.bond.side(side).client.read(record_id)

    def _with(self, link: LinkState, side: Side, seen: Seen) -> LinkState:
        """Store a fresh read and return the link with it."""
        view = self.bond.mapping.view(side)
        shown = view.extract(seen.record)
        observation = Observation(seen.id, seen.version, seen.updated, shown, view.digest(shown))
        self.bond.store.observe(self.bond.name, side, observation, now=self.bond.clock.now())
        record = replace(
            link.side(side),
            version=seen.version,
            updated=seen.updated,
            view=shown,
            digest=observation.digest,
            origin=Origin.FEED,
        )
        return replace(link, left=record) if side is Side.LEFT else replace(link, right=record)

    def _write(self, link: LinkState, plan: LinkPlan, side: Side) -> Written:
        fields = plan.writes(side)
        try:
            return self._applied(link, fields, side)
        except Stale as stale:
            raise _Moved(side, self._read(side, link.side(side).id)) from stale
        except Gone:
            raise
        except Refused as refusal:
            return self._without_the_culprits(link, fields, side, refusal)

    def _applied(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        record, seen = link.side(side), self.read.get(side)
        changes = {field.field: field.raw for field in fields}
        answer = self.bond.side(side).client.update(
            record.id, changes, version=record.version, current=seen.record if seen else None
        )
        return Written(frozenset(field.rule for field in fields), {}, self._shown(answer, side))

    def _shown(self, answer: Answered, side: Side) -> Observation | None:
        if answer.seen is None:
            return None
        view = self.bond.mapping.view(side)
        shown = view.extract(answer.seen.record)
        return Observation(
            answer.seen.id,
            answer.seen.version or answer.version,
            answer.seen.updated,
            shown,
            view.digest(shown),
            origin=Origin.ANSWER,
        )

    def _without_the_culprits(
        self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side, refusal: Refused
    ) -> Written:
        """Hold the fields that the refusal names, or else find them by sending each alone."""
        if len(fields) == 1:
            return Written(refused={fields[0].rule: hints.reason(refusal)})
        resource = self.bond.side(side).resource
        names = hints.blamed(refusal, resource, [field.field for field in fields])
        if names and len(names) < len(fields):
            kept = tuple(field for field in fields if field.field not in names)
            refused = {field.rule: hints.reason(refusal) for field in fields if field.field in names}
            return _merge(Written(refused=refused), self._guarded(link, kept, side))
        return self._one_by_one(link, fields, side)

    def _one_by_one(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        result = Written()
        for field in fields:
            try:
                part = self._guarded(self._after(link, side, result), (field,), side)
            except (CallError, AnswerError):
                if not result.applied:
                    raise
                break
            result = _merge(result, part)
        return result

    def _guarded(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        try:
            return self._applied(link, fields, side)
        except (Stale, Gone):
            raise
        except Refused as refusal:
            return Written(refused={field.rule: hints.reason(refusal) for field in fields})

    def _after(self, link: LinkState, side: Side, result: Written) -> LinkState:
        """Return the link with the version that our own last write gave it."""
        if not result.applied:
            return link
        if result.shown is None:
            return self._with(link, side, self._read(side, link.side(side).id))
        record = replace(link.side(side), version=result.shown.version, updated=result.shown.updated)
        return replace(link, left=record) if side is Side.LEFT else replace(link, right=record)


def _merge(one: Written, two: Written) -> Written:
    return Written(one.applied | two.applied, {**one.refused, **two.refused}, two.shown or one.shown)


class _Moved(Exception):
    """The record changed under our hands; carries what it holds now."""

    def __init__(self, side: Side, seen: Seen) -> None:
        self.side, self.seen = side, seen
        super().__init__()
