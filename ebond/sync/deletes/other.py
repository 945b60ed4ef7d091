"""The record that is left of a link: reading it, writing to it, and what its side's base is afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.definitions.parting import Values
from ebond.errors import AnswerError, Gone
from ebond.mapping.convert import constant
from ebond.state import LinkState, Observation, Origin, Side, View
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.deletes.setting import Now, Setting, with_shown
from ebond.sync.observed import observed


def raw_values(side: SideContext, values: Values) -> dict[str, Any]:
    """Return the values of a policy as the system writes them."""
    fields = side.resource.fields
    return {name: side.view.encode(name, constant(value, fields[name])) for name, value in values.items()}


class Other:
    """One side's record of a link."""

    def __init__(self, bond: BondContext, run: RunContext, side: Side) -> None:
        self.bond, self.run, self.side = bond, run, side
        self._there = bond.side(side)
        self.setting = Setting(bond, run, side)

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
        shown = observed(self._there.view, seen, Origin.READ)
        self.bond.store.observe(self.bond.name, self.side, shown, now=self.bond.clock.now())
        return Now(with_shown(link, self.side, shown), seen)

    def write(self, now: Now, changes: Mapping[str, Any]) -> Observation:
        """Give fields their values and return the record as the system shows it afterwards.

        Raises Stale where it moved meanwhile, NotTaken where the values were not taken or no way leads there.
        """
        return self.setting.set(now, changes) or self.standing(now.link)

    def blocked(self, view: View, wanted: Mapping[str, Any]) -> str:
        """Say why a record cannot be brought to these values, by its contract; empty where nothing is known."""
        return self.setting.blocked(view, wanted)

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

    def ours(self, link: LinkState, name: str, sent: Any) -> bool:
        """Does a field show what we sent, or stand on the way there?"""
        return self.shows(name, sent, link.side(self.side).view) or self.setting.passing(link, name)

    def shows(self, name: str, sent: Any, view: View) -> bool:
        """Does a view show a raw value that was sent, in the system's own form?"""
        return self.setting.shows(name, sent, view)
