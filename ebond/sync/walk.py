"""What the plan of a field becomes that moves by transitions. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ebond.errors import ValueParked
from ebond.mapping.canonical import is_empty, text_of
from ebond.mapping.reasons import choice
from ebond.mapping.side import SideView
from ebond.mapping.walk import at_create, between, way
from ebond.state import View
from ebond.sync.merge import Action
from ebond.sync.planned import FieldPlan


def step_by_step(plan: FieldPlan, view: SideView, shown: Any) -> FieldPlan:
    """Hold a planned write against the transitions of its field: no way parks it, what goes by itself is let go.

    A side that has shown no state yet is read before it is written, and planned anew.
    """
    field = view.field(plan.field)
    if not field.stepwise or shown is None:
        return plan
    start, target = state(view, plan.field, shown), state(view, plan.field, plan.raw)
    steps = way(field.transitions, start, target)
    if steps is None and (field.discover is None or is_empty(plan.raw)):
        return _left(plan, Action.PARK, no_way(start, target))
    if steps is None:
        return plan
    if not steps:
        return _left(plan, Action.SETTLE, "it stands there already")
    if steps[0].by_itself:
        # At the last step nothing is left to us; before that, what the source asked for is still to be carried.
        last = len(steps) == 1
        return _left(plan, Action.SETTLE if last else Action.NOTHING, "the system is on its way there by itself")
    passed = between(steps)
    if not passed or plan.by:
        return plan
    return replace(plan, reason=f"{plan.reason}, by way of {', '.join(map(choice, passed))}")


Fields = tuple[FieldPlan, ...]


def divided(fields: Fields, view: SideView, shown: View) -> tuple[Fields, Fields, Fields]:
    """Divide planned writes into those of one update, those that are walked, and those that a step demands."""
    walks = tuple(one for one in fields if view.field(one.field).stepwise)
    demanded = {name for one in walks for name in _demanded(one, view, shown)}
    along = tuple(one for one in fields if one.field in demanded and one not in walks)
    return tuple(one for one in fields if one not in walks and one not in along), walks, along


def _demanded(plan: FieldPlan, view: SideView, shown: View) -> Iterator[str]:
    """Yield the fields that go with some step; where the system names the transitions, with its last one."""
    table, target = view.field(plan.field).transitions, state(view, plan.field, plan.raw)
    steps = way(table, state(view, plan.field, shown.get(plan.field)), target)
    rows = [step.row for step in steps] if steps is not None else [row for row in table if row.to == target]
    for row in rows:
        yield from row.with_


def sent_at_once(view: SideView, values: dict[str, Any]) -> dict[str, Any]:
    """Return what a create carries: a state in which no record begins is walked to afterwards."""
    late = [name for name in values if view.field(name).stepwise or view.field(name).actions]
    left = {name for name in late if not at_create(view.field(name), state(view, name, values[name]))}
    return {name: raw for name, raw in values.items() if name not in left} if left else values


def no_way(start: str, target: str) -> str:
    """Say that nothing leads there."""
    return f"no transition leads from {choice(start)} to {choice(target)}"


def state(view: SideView, name: str, raw: Any) -> str:
    """Return a raw value as tables of transitions write it."""
    try:
        value = view.canon(name, raw)
    except ValueParked:
        value = str(raw)
    return "" if value is None else text_of(value)


def _left(plan: FieldPlan, action: Action, reason: str) -> FieldPlan:
    """Return the plan with nothing to write."""
    return replace(plan, action=action, reason=reason, field="", raw=None, lossy=False)
