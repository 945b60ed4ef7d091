"""Reconciling one link: plan, write with the strongest precondition, settle in one transaction.

No database transaction is open while a call is under way, and one bad link never stops the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ebond.errors import ENDS_THE_RUN, AnswerError, CallError, Denied, EbondError, Gone, Odd, Refused, Stale
from ebond.records.resource import Seen
from ebond.records.resource import Written as Answered
from ebond.state import Entry, LinkState, Observation, Origin, RecordState, Side
from ebond.sync import hints
from ebond.sync.attachments.carrying import carrying_files
from ebond.sync.comments.carrying import carrying_comments
from ebond.sync.context import BondContext, RunContext
from ebond.sync.failures import merged, record_failure, said_by_several
from ebond.sync.leaving.telling import Due, Telling
from ebond.sync.observed import observed
from ebond.sync.plan import plan_link
from ebond.sync.planned import FieldPlan, LinkPlan
from ebond.sync.reset import park_odd, refuse_odd
from ebond.sync.settle import settle_link
from ebond.sync.told import of_fields
from ebond.sync.walk import divided
from ebond.sync.walking import Task, walk
from ebond.sync.wanted import of_link
from ebond.sync.written import Written, joined

#: How often one link is planned anew in a run because somebody edits it while we write.
REPLANS: Final = 3
#: How often besides, because there is something to tell of it.
TELLS: Final = 4


def reconcile(bond: BondContext, run: RunContext, link: LinkState) -> bool:
    """Bring one link in step, or record why not; return whether it went well.

    Raises what ends the run (``ENDS_THE_RUN``); every other failure stays with the link.
    """
    try:
        with carrying_files(bond, run, link), carrying_comments(bond, run, link):
            _Reconciler(bond, run, link).bring_in_step(link)
    except Denied as denied:
        if said_by_several(run, f"link {link.id}"):
            raise
        _failed(bond, run, link, denied)
        return False
    except ENDS_THE_RUN:
        raise
    except Odd as odd:
        park_odd(bond, run, link, odd)
        return False
    except _Missing as missing:
        _doubt(bond, run, link, missing.side)
        _failed(bond, run, link, missing.gone)
        return False
    except EbondError as error:
        _failed(bond, run, link, error)
        return False
    return True


def _failed(bond: BondContext, run: RunContext, link: LinkState, error: EbondError) -> None:
    record_failure(bond, run, link, error)
    bond.watcher.holding(Side.LEFT, link.left.id, f"not in step yet: {error}")


def _doubt(bond: BondContext, run: RunContext, link: LinkState, side: Side) -> None:
    """Have a record that was not found read by id in the next run, before anything is believed."""
    record_id, now = link.side(side).id, bond.clock.now()
    entry = Entry("missing", link_id=link.id, side=side, record_id=record_id)
    bond.store.note_missing(bond.name, side, record_id, run_id=run.run_id, gone=False, entries=[entry], now=now)


class _Reconciler:
    def __init__(self, bond: BondContext, run: RunContext, link: LinkState) -> None:
        self.bond, self.run = bond, run
        self.read: dict[Side, Seen] = {}
        self.telling = Telling(bond, run, link) if bond.tells_of_leaving else None

    def bring_in_step(self, link: LinkState) -> None:
        for _ in range(REPLANS if self.telling is None else REPLANS + TELLS):
            if self.telling and (due := self.telling.begun()) and not self.bond.dry:
                link = self._told(link, due, surely=True)
                continue
            mapping = self.bond.knowing(of_link(link, self.bond.mapping))
            plan = plan_link(link, mapping, self.bond.policy, now=self.bond.clock.now())
            if self.bond.tells is not None:
                plan = self.bond.tells.planned(link, plan, now=self.bond.clock.now())
            due = self.telling.due(link) if self.telling and plan.rests else None
            if self.bond.dry:
                self.bond.watcher.planned(plan)
                if self.telling and due:
                    self.telling.preview(link, due)
                return
            if due is not None:
                link = self._told(link, due)
                continue
            fresh = self._freshened(link, plan)
            if fresh.left.digest != link.left.digest or fresh.right.digest != link.right.digest:
                link = fresh
                continue
            self.bond.watcher.planned(plan)
            moved = self._carry_out(fresh, plan)
            if moved is None:
                return
            link = moved
        raise Stale(f"the record changed under {REPLANS} tries in a row to write it; it is planned anew later")

    # -- telling of records that leave ---------------------------------------------------------------------

    def _told(self, link: LinkState, due: Due, *, surely: bool = False) -> LinkState:
        """Tell a side what became of the other's record; return the link as it is now.

        With ``surely`` it is looked at first in any case: nobody knows what was written to it.
        """
        assert self.telling is not None, "asked for by it"
        side, record = due.partner, link.side(due.partner)
        try:
            if side not in self.read and (surely or self._must_read(record, side)) and self._can_read(side):
                self.read[side] = self._read(side, record.id)
                link = self._with(link, side, self.read[side])
                if not surely and link.side(side).digest != record.digest:
                    return link
            return self.telling.do(link, due, self.read.pop(side, None))
        except Stale:
            self.read[side] = self._read(side, record.id)
            return self._with(link, side, self.read[side])
        except Gone as gone:
            raise _Missing(side, gone) from gone

    def _can_read(self, side: Side) -> bool:
        return self.bond.side(side).resource.read is not None

    # -- carrying fields -----------------------------------------------------------------------------------

    def _carry_out(self, link: LinkState, plan: LinkPlan) -> LinkState | None:
        """Write and settle; return the link as it is now where it moved under our hands.

        What one side took is settled whatever becomes of the other, or it would be written twice.
        """
        written: dict[Side, Written] = {}
        trouble: EbondError | _Moved | None = None
        for side in Side:
            if trouble is None and plan.writes(side):
                try:
                    written[side] = self._write(link, plan, side)
                except (EbondError, _Moved) as error:
                    trouble = error
        if written or trouble is None:
            self._settle(link, plan, written, again=trouble is not None)
        if isinstance(trouble, EbondError):
            raise trouble
        if trouble is None:
            return None
        now = self.bond.store.link(self.bond.name, link.id) if written else link
        assert now is not None, "links are never deleted"
        self.read[trouble.side] = trouble.seen
        return self._with(now, trouble.side, trouble.seen)

    def _settle(self, link: LinkState, plan: LinkPlan, written: dict[Side, Written], *, again: bool) -> None:
        now = self.bond.clock.now()
        settlement = settle_link(link, plan, self.bond.mapping, self.bond.policy, written=written, now=now)
        if self.telling is not None:
            settlement = self.telling.settled(link, settlement)
        if self.bond.tells is not None:
            # What was refused just now is told with the next plan.
            again = again or of_fields(settlement.holds) != of_fields(plan.holds)
        self.bond.store.settle(
            replace(settlement, again=again or settlement.again),
            bond=self.bond.name,
            run_id=self.run.run_id,
            fence=link.fence,
            now=now,
        )

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
        try:
            return self.bond.side(side).client.read(record_id)
        except Gone as gone:
            raise _Missing(side, gone) from gone

    def _with(self, link: LinkState, side: Side, seen: Seen) -> LinkState:
        """Store a fresh read and return the link with it."""
        refuse_odd(self.bond, side, link.side(side), seen)
        self._follow(link.side(side).id, side, seen)
        observation = observed(self.bond.mapping.view(side), seen, Origin.READ)
        self.bond.store.observe(self.bond.name, side, observation, now=self.bond.clock.now())
        record = replace(
            link.side(side),
            id=seen.id,
            version=seen.version,
            updated=seen.updated,
            view=observation.view,
            digest=observation.digest,
            origin=Origin.READ,
        )
        return link.with_record(side, record)

    def _follow(self, asked: str, side: Side, seen: Seen) -> None:
        """Follow a record that goes by another id now."""
        if seen.id == asked:
            return
        now = self.bond.clock.now()
        if not self.bond.store.rekey(self.bond.name, side, asked, seen.id, run_id=self.run.run_id, now=now):
            raise merged(asked, seen.id)

    def _write(self, link: LinkState, plan: LinkPlan, side: Side) -> Written:
        fields, walks, along = divided(plan.writes(side), self.bond.mapping.view(side), link.side(side).view)
        try:
            if not walks:
                return self._rest(link, fields, side)
            result = self._rest(link, fields, side) if fields else Written()
            for planned in walks:
                result = self._walked(link, planned, along, side, result)
            return self._after_walks(link, (*fields, *along), side, result)
        except Stale as stale:
            raise self._moved(link, side) from stale
        except Gone as gone:
            raise _Missing(side, gone) from gone

    def _walked(
        self, link: LinkState, planned: FieldPlan, along: tuple[FieldPlan, ...], side: Side, before: Written
    ) -> Written:
        demanded = {field.field: field for field in along}
        try:
            now = self._after(link, side, before)
            task = Task(now, side, planned, demanded, self.read.pop(side, None), begun=bool(before.applied))
            return joined(before, walk(self.bond, self.run, task))
        except (CallError, AnswerError):
            if not before.applied:
                raise
            return before

    def _after_walks(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side, result: Written) -> Written:
        """Send what no step took along, and once more what was refused in a state that the record has left."""
        moved = result.shown is not None and link.side(side).digest != result.shown.digest
        left = [one for one in fields if one.rule not in result.applied and (moved or one.rule not in result.refused)]
        try:
            now, view = self._after(link, side, result), self.bond.mapping.view(side)
            old, new = link.side(side).view, now.side(side).view
            # What somebody edited meanwhile is planned anew.
            kept = tuple(one for one in left if view.same(one.field, old.get(one.field), new.get(one.field)))
            rest = replace(result, refused=hints.split(result.refused, (one.rule for one in left)))
            return joined(rest, self._rest(now, kept, side)) if kept else result
        except (CallError, AnswerError):
            return result

    def _moved(self, link: LinkState, side: Side) -> _Moved:
        return _Moved(side, self._read(side, link.side(side).id))

    def _applied(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        self.run.guard()
        # What was read holds for one write: the next one would put back what this one changed.
        record, seen = link.side(side), self.read.pop(side, None)
        changes = {field.field: field.raw for field in fields}
        answer = self.bond.side(side).client.update(
            record.id, changes, version=record.version, current=seen.record if seen else None
        )
        applied = frozenset(field.rule for field in fields)
        last_word = self.bond.side(side).resource.read is None
        shown = self._shown(answer, side)
        onward = [field.rule for field in fields if field.onward]
        # What was merged goes on from here: it has to be seen. Of other fields a read is no answer to our write.
        proof = dict.fromkeys(onward, self._looked_at(record.id, side)) if onward and shown is None else {}
        return Written(applied, shown=shown, shown_for=proof, request=answer.request_id, last_word=last_word)

    def _looked_at(self, record_id: str, side: Side) -> Observation:
        return observed(self.bond.mapping.view(side), self._read(side, record_id), Origin.READ)

    def _shown(self, answer: Answered, side: Side) -> Observation | None:
        if answer.seen is None:
            return None
        return observed(self.bond.mapping.view(side), answer.seen, Origin.ANSWER, version=answer.version)

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
            return joined(Written(refused=refused), self._rest(link, kept, side))
        return self._one_by_one(link, fields, side)

    def _rest(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        try:
            return self._applied(link, fields, side)
        except (Stale, Gone):
            raise
        except Refused as again:
            return self._without_the_culprits(link, fields, side, again)

    def _one_by_one(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        result, view = Written(), self.bond.mapping.view(side)
        for field in fields:
            try:
                now = self._after(link, side, result)
                if not view.same(field.field, link.side(side).view.get(field.field), now.side(side).view[field.field]):
                    # Somebody edited it between two of our writes.
                    break
                part = self._guarded(now, (field,), side)
            except (CallError, AnswerError):
                if not result.applied:
                    raise
                break
            result = joined(result, part)
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
        if not result.applied and result.shown is None:
            return link
        if result.shown is None:
            self.read[side] = self._read(side, link.side(side).id)
            return self._with(link, side, self.read[side])
        shown = result.shown
        record = replace(link.side(side), version=shown.version, updated=shown.updated, view=shown.view)
        return link.with_record(side, record)


class _Moved(Exception):
    """The record changed under our hands; carries what it holds now."""

    def __init__(self, side: Side, seen: Seen) -> None:
        self.side, self.seen = side, seen
        super().__init__()


class _Missing(EbondError):
    """A record of a link was not found."""

    def __init__(self, side: Side, gone: Gone) -> None:
        self.side, self.gone = side, gone
        super().__init__(gone.message)
