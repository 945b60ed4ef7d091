"""Giving fields of one record the values that a policy says: by one update, and step by step where a field walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ebond.errors import NotTaken, Stale
from ebond.mapping.walk import way
from ebond.records.resource import Seen
from ebond.state import LinkState, Observation, Origin, Side, View
from ebond.sync.context import BondContext, RunContext
from ebond.sync.merge import write
from ebond.sync.observed import observed
from ebond.sync.planned import FieldPlan
from ebond.sync.walk import divided, no_way, state
from ebond.sync.walking import Task, walk


@dataclass(frozen=True, slots=True)
class Now:
    """A link with one record as it was just read."""

    link: LinkState
    seen: Seen | None
    """None where the contract has no read by id."""


class Setting:
    """Writes values of our own choice to one side's records."""

    def __init__(self, bond: BondContext, run: RunContext, side: Side) -> None:
        self.bond, self.run, self.side = bond, run, side
        self._there = bond.side(side)

    def blocked(self, view: View, wanted: Mapping[str, Any]) -> str:
        """Say why a record cannot be brought to these values, by its contract; empty where nothing is known."""
        for name, raw in wanted.items():
            field = self._there.view.field(name)
            if not field.stepwise or field.discover is not None or self.shows(name, raw, view):
                continue
            start, target = (state(self._there.view, name, one) for one in (view.get(name), raw))
            if way(field.transitions, start, target) is None:
                return no_way(start, target)
        return ""

    def passing(self, link: LinkState, name: str) -> bool:
        """Does a field stand at a station of a walk of ours that did not come to its end?"""
        record = link.side(self.side)
        noted = record.unconfirmed.get(self._rule(name))
        return noted is not None and bool(noted.passing) and noted.passes(self._state(name, record.view.get(name)))

    def shows(self, name: str, sent: Any, view: View) -> bool:
        """Does a view show a raw value that was sent, in the system's own form?"""
        there = self._there.view
        return there.same(name, sent, view.get(name)) or there.explained(name, sent, view.get(name))

    def set(self, now: Now, changes: Mapping[str, Any]) -> Observation | None:
        """Write; return the record as the system shows it afterwards, None where nothing had to be sent.

        Raises Stale where it moved meanwhile, NotTaken where the values were not taken or no way leads there.
        """
        plans = tuple(self._plan(now.link, name, raw) for name, raw in changes.items())
        fields, walks, along = divided(plans, self._there.view, now.link.side(self.side).view)
        shown = self._update(now, fields) if fields else None
        done: frozenset[str] = frozenset()
        for planned in walks:
            if not self._by_itself(now.link, planned):
                shown, applied = self._walk(now, planned, along, shown)
                done |= applied
        rest = tuple(one for one in along if one.rule not in done)
        if not rest:
            return shown
        link = now.link if shown is None else with_shown(now.link, self.side, shown)
        return self._update(Now(link, self._fresh(link)), rest)

    def _update(self, now: Now, fields: tuple[FieldPlan, ...]) -> Observation:
        self.run.guard()
        changes = {one.field: one.raw for one in fields}
        record, client = now.link.side(self.side), self._there.client
        current = now.seen.record if now.seen else None
        answer = client.update(record.id, changes, version=record.version, current=current)
        shown = self._observed(answer.seen, Origin.ANSWER, answer.version) if answer.seen else None
        if shown is None or not self._taken(changes, shown.view):
            shown = self._observed(client.read(record.id), Origin.READ)
        if not self._taken(changes, shown.view):
            raise NotTaken(
                f"the {self.side} system answered well but did not take {', '.join(sorted(changes))}",
                todo="See whether the account may set it, and whether the workflow allows it",
            )
        return shown

    def _walk(
        self, now: Now, planned: FieldPlan, along: tuple[FieldPlan, ...], shown: Observation | None
    ) -> tuple[Observation | None, frozenset[str]]:
        link = now.link if shown is None else with_shown(now.link, self.side, shown)
        demanded = {one.field: one for one in along}
        seen = now.seen if shown is None else None
        written = walk(self.bond, self.run, Task(link, self.side, planned, demanded, seen, begun=shown is not None))
        if planned.rule in written.refused:
            raise NotTaken(f"{planned.field}: {written.refused[planned.rule]}")
        if planned.rule not in written.applied:
            raise Stale(f"{planned.field} did not come to rest where it was to be brought")
        return written.shown or shown, written.applied

    def _by_itself(self, link: LinkState, planned: FieldPlan) -> bool:
        """Is the system on its way there already?"""
        field = self._there.view.field(planned.field)
        start = self._state(planned.field, link.side(self.side).view.get(planned.field))
        steps = way(field.transitions, start, self._state(planned.field, planned.raw))
        return bool(steps) and steps is not None and steps[0].by_itself

    def _plan(self, link: LinkState, name: str, raw: Any) -> FieldPlan:
        values = {self.side: link.side(self.side).view.get(name), self.side.other: None}
        rule, action = self._rule(name), write(self.side)
        return FieldPlan(rule, action, "", values[Side.LEFT], values[Side.RIGHT], field=name, raw=raw)

    def _rule(self, name: str) -> str:
        """Return the rule that knows the field, that a walk is noted by; no rule has a name with a colon."""
        rules = (rule.name for rule in self.bond.mapping.rules if rule.field(self.side) == name)
        return next(rules, f"set:{name}")

    def _taken(self, changes: Mapping[str, Any], view: View) -> bool:
        return all(self.shows(name, sent, view) for name, sent in changes.items())

    def _fresh(self, link: LinkState) -> Seen | None:
        return self._there.client.read(link.side(self.side).id) if self._there.resource.read else None

    def _state(self, name: str, raw: Any) -> str:
        return state(self._there.view, name, raw)

    def _observed(self, seen: Seen, origin: Origin, version: str | None = None) -> Observation:
        return observed(self._there.view, seen, origin, version=version)


def with_shown(link: LinkState, side: Side, shown: Observation) -> LinkState:
    """Return a link with one record as it is shown now."""
    record = replace(
        link.side(side),
        version=shown.version,
        updated=shown.updated,
        view=shown.view,
        digest=shown.digest,
        origin=shown.origin,
        gone=False,
    )
    return link.with_record(side, record)
