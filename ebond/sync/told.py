"""What people are told of the bond in fields of their own record: what is to be written, and what was. Pure.

It is written when what there is to tell differs from what was last told, and never because somebody changed the
field: so it cannot go round in circles with anybody. What was told stands among a side's base, by names that no rule
of a mapping can have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ebond.definitions.system import Resource
from ebond.definitions.tell import Tell, Told
from ebond.definitions.tell_checks import number_field
from ebond.mapping.canonical import is_empty, text_of
from ebond.mapping.side import SideView
from ebond.state import Hold, LinkState, Side, View
from ebond.sync.merge import Action, write
from ebond.sync.planned import FieldPlan, LinkPlan, digest

_PREFIX: Final = "tell:"
_NEVER: Final = object()


def told_name(side: Side, field: str) -> str:
    """Return the name by which what a field tells is kept and held."""
    return f"{_PREFIX}{side}:{field}"


def told_side(name: str) -> Side | None:
    """Return the side that such a name is about; None for a rule of the mapping."""
    return Side(name.split(":")[1]) if name.startswith(_PREFIX) else None


def of_fields(holds: Iterable[Hold]) -> str:
    """Say which fields of a link are held and why."""
    told = sorted((hold.field, hold.reason) for hold in holds if told_side(hold.field) is None)
    return "; ".join(f"{field}: {reason}" for field, reason in told)


def told_fields(told: Told, other: Told, resource: Resource) -> tuple[str, ...]:
    """Return the fields of a resource that telling looks at: its own, and the number that the other side shows."""
    number = number_field(resource) if other.number else None
    return tuple(filter(None, (told.number, told.since, told.held, number)))


@dataclass(frozen=True, slots=True)
class Tells:
    """What is told on both sides of a bond."""

    tell: Tell
    views: Mapping[Side, SideView]
    numbers: Mapping[Side, str | None]
    """By side: the field of its record that shows its number; None: the id is what people know."""
    salt: str = ""

    def planned(self, link: LinkState, plan: LinkPlan, *, now: datetime) -> LinkPlan:
        """Return a link's plan with what is to be told besides."""
        found = [one for side in Side for one in self._side(link, plan, side, now)]
        if not found:
            return plan
        fields = tuple(one for one in found if isinstance(one, FieldPlan))
        holds = tuple(one for one in found if isinstance(one, Hold))
        return replace(plan, fields=(*plan.fields, *fields), holds=(*plan.holds, *holds))

    def _side(self, link: LinkState, plan: LinkPlan, side: Side, now: datetime) -> Iterator[FieldPlan | Hold]:
        record, view = link.side(side), self.views[side]
        for name, raw in self._wanted(link, plan, side, now).items():
            rule, shown = told_name(side, name), record.view.get(name)
            before, held = (record.base or {}).get(rule, _NEVER), link.holds.get(rule)
            if is_empty(raw) if before is _NEVER else view.same(name, before, raw):
                continue
            if held is not None and held.left == digest(raw, self.salt):
                yield held
                continue
            action = Action.SETTLE if view.same(name, shown, raw) else write(side)
            yield FieldPlan(rule, action, "told to people", None, None, field=name, raw=raw)

    def _wanted(self, link: LinkState, plan: LinkPlan, side: Side, now: datetime) -> dict[str, Any]:
        told, record, partner = self._told(side), link.side(side), link.side(side.other)
        wanted: dict[str, Any] = {}
        if told.number:
            wanted[told.number] = self._text(side, told.number, self._number(side.other, partner.id, partner.view))
        if told.since:
            kept = (record.base or {}).get(told_name(side, told.since)) or record.view.get(told.since)
            wanted[told.since] = self._moment(side, told.since, now) if is_empty(kept) else kept
        if told.held:
            wanted[told.held] = self._text(side, told.held, of_fields(plan.holds))
        return wanted

    def at_create(self, target: Side, source_id: str, source: View, *, now: datetime) -> dict[str, Any]:
        """Return what a new record is created with, by field."""
        told, values = self._told(target), {}
        if told.number:
            number = self._number(target.other, source_id, source)
            values[told.number] = self._text(target, told.number, number)
        if told.since:
            values[told.since] = self._moment(target, told.since, now)
        return values

    def base(self, target: Side, values: View) -> dict[str, Any]:
        """Return what a new record was told by the values that it was created with."""
        told = self._told(target)
        return {told_name(target, name): values[name] for name in (told.number, told.since) if name and name in values}

    def _told(self, side: Side) -> Told:
        return self.tell.left if side is Side.LEFT else self.tell.right

    def _number(self, side: Side, record_id: str, view: View) -> str:
        name = self.numbers[side]
        return record_id if name is None else text_of(self.views[side].canon(name, view.get(name)))

    def _text(self, side: Side, name: str, text: str) -> Any:
        longest = self.views[side].field(name).max
        cut = text if longest is None or len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
        return self.views[side].encode(name, cut or None)

    def _moment(self, side: Side, name: str, now: datetime) -> Any:
        kind = self.views[side].field(name).type
        value = now if kind == "instant" else now.date() if kind == "date" else f"{now:%Y-%m-%d %H:%M} UTC"
        return self.views[side].encode(name, value)
