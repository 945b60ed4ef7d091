"""Writing one side of a link with the strongest precondition, and finding out which fields a refusal is about."""

from __future__ import annotations

from dataclasses import replace

from ebond.errors import AnswerError, CallError, Gone, Refused, Stale
from ebond.records.resource import Written as Answered
from ebond.state import LinkState, Observation, Origin, Side
from ebond.sync import hints
from ebond.sync.context import BondContext, RunContext
from ebond.sync.observed import observed
from ebond.sync.planned import FieldPlan, LinkPlan
from ebond.sync.reads import Missing, Reads
from ebond.sync.walk import divided
from ebond.sync.walking import Task, walk
from ebond.sync.written import Written, joined


class Writing:
    """Writes the records of one link."""

    def __init__(self, bond: BondContext, run: RunContext, reads: Reads) -> None:
        self.bond, self.run, self.reads = bond, run, reads

    def write(self, link: LinkState, plan: LinkPlan, side: Side) -> Written:
        """Write what a plan wants on one side; raises Moved and Missing."""
        fields, walks, along = divided(plan.writes(side), self.bond.mapping.view(side), link.side(side).view)
        try:
            if not walks:
                return self._rest(link, fields, side)
            result = self._rest(link, fields, side) if fields else Written()
            for planned in walks:
                result = self._walked(link, planned, along, side, result)
            return self._after_walks(link, (*fields, *along), side, result)
        except Stale as stale:
            raise self.reads.moved(link, side) from stale
        except Gone as gone:
            raise Missing(side, gone) from gone

    def _walked(
        self, link: LinkState, planned: FieldPlan, along: tuple[FieldPlan, ...], side: Side, before: Written
    ) -> Written:
        demanded = {field.field: field for field in along}
        try:
            now = self._after(link, side, before)
            task = Task(now, side, planned, demanded, self.reads.take(side), begun=bool(before.applied))
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

    def _applied(self, link: LinkState, fields: tuple[FieldPlan, ...], side: Side) -> Written:
        self.run.guard()
        # What was read holds for one write: the next one would put back what this one changed.
        record, seen = link.side(side), self.reads.take(side)
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
        return observed(self.bond.mapping.view(side), self.reads.read(side, record_id), Origin.READ)

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
            return self.reads.look(link, side)
        shown = result.shown
        record = replace(link.side(side), version=shown.version, updated=shown.updated, view=shown.view)
        return link.with_record(side, record)
