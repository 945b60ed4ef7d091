"""The record that is left of a link: reading it, writing to it, and what its side's base is afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ebond.definitions.parting import Values
from ebond.errors import AnswerError, Gone, NotTaken
from ebond.mapping.convert import constant
from ebond.records.resource import Seen
from ebond.state import LinkState, Observation, Origin, RecordState, Side, View
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.observed import observed


def raw_values(side: SideContext, values: Values) -> dict[str, Any]:
    """Return the values of a policy as the system writes them."""
    fields = side.resource.fields
    return {name: side.view.encode(name, constant(value, fields[name])) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Now:
    """A link with one record as it was just read."""

    link: LinkState
    seen: Seen | None
    """None where the contract has no read by id."""


class Other:
    """One side's record of a link."""

    def __init__(self, bond: BondContext, run: RunContext, side: Side) -> None:
        self.bond, self.run, self.side = bond, run, side
        self._there = bond.side(side)

    def read(self, link: LinkState) -> Now | None:
        """Read the record and store what it showed; None where it is not there."""
        if self._there.resource.read is None:
            return Now(link, None)
        record = link.side(self.side)
        try:
            seen = self._there.client.read(record.id)
        except Gone:
            return None
        if seen.id != record.id:
            raise AnswerError(f"record {record.id} answers as {seen.id} now; the next sweep follows it")
        shown = self._observed(seen, Origin.READ)
        self.bond.store.observe(self.bond.name, self.side, shown, now=self.bond.clock.now())
        return Now(_with(link, self.side, shown), seen)

    def write(self, now: Now, changes: Mapping[str, Any]) -> Observation:
        """Give fields their values and return the record as the system shows it afterwards.

        Raises Stale where it moved meanwhile, AnswerError where the values were not taken.
        """
        self.run.guard()
        record, client = now.link.side(self.side), self._there.client
        current = now.seen.record if now.seen else None
        answer = client.update(record.id, dict(changes), version=record.version, current=current)
        shown = self._observed(answer.seen, Origin.ANSWER, answer.version) if answer.seen else None
        if shown is None or not self._taken(changes, shown.view):
            shown = self._observed(client.read(record.id), Origin.READ)
        if not self._taken(changes, shown.view):
            raise NotTaken(
                f"the {self.side} system answered well but did not take {', '.join(sorted(changes))}",
                todo="See whether the account may set it, and whether the workflow allows it",
            )
        return shown

    def delete(self, now: Now) -> None:
        """Delete the record; it may be gone already. Raises Stale where it moved meanwhile."""
        self.run.guard()
        record = now.link.side(self.side)
        try:
            self._there.client.delete(record.id, version=record.version)
        except Gone:
            return

    def standing(self, link: LinkState) -> Observation:
        """Return the record as it is known."""
        record = link.side(self.side)
        return Observation(record.id, record.version, record.updated, record.view, record.digest, origin=record.origin)

    def base(self, link: LinkState, shown: View, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the side's base where these fields are taken as they are shown, and are no edits."""
        base = dict(link.side(self.side).base or {})
        for rule in self.bond.mapping.rules:
            name = rule.field(self.side)
            if name is not None and name in fields and rule.name in base:
                base[rule.name] = shown.get(name)
        return base

    def same(self, name: str, one: Any, two: Any) -> bool:
        """Do two raw values of a field mean the same?"""
        return self._there.view.same(name, one, two)

    def shows(self, name: str, sent: Any, view: View) -> bool:
        """Does a view show a raw value that was sent, in the system's own form?"""
        there = self._there.view
        return there.same(name, sent, view.get(name)) or there.explained(name, sent, view.get(name))

    def _taken(self, changes: Mapping[str, Any], view: View) -> bool:
        return all(self.shows(name, sent, view) for name, sent in changes.items())

    def _observed(self, seen: Seen, origin: Origin, version: str | None = None) -> Observation:
        return observed(self._there.view, seen, origin, version=version)


def _with(link: LinkState, side: Side, shown: Observation) -> LinkState:
    old = link.side(side)
    record: RecordState = replace(
        old,
        version=shown.version,
        updated=shown.updated,
        view=shown.view,
        digest=shown.digest,
        origin=shown.origin,
        gone=False,
    )
    return link.with_record(side, record)
