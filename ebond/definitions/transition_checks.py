"""Do the transitions of a field hold together, and does a way lead to each value that a mapping writes?"""

from __future__ import annotations

from collections.abc import Iterator

from ebond.definitions.fields import ResourceField
from ebond.definitions.fits import key_fault, value_fault
from ebond.definitions.mapping import FieldRule
from ebond.definitions.nearest import nearest
from ebond.definitions.request_checks import check_placeholders, check_plain
from ebond.definitions.system import Resource
from ebond.definitions.transitions import Discovery, Transition
from ebond.definitions.write_checks import check_call, names
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


def calls_of(field: ResourceField) -> Iterator[str]:
    """Yield the verbs of all calls that move a field."""
    yield from (action.method for action in field.actions.values())
    yield from (row.action.method for row in field.transitions if row.action is not None)
    if field.discover is not None:
        yield "GET"
        if field.discover.action is not None:
            yield field.discover.action.method


def check_transitions(resource: Resource, field: ResourceField, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with the transitions of a field."""
    if not field.stepwise:
        if field.initial:
            yield spot.fault("'initial' is about transitions, and there are none", "initial", key=True)
        return
    if field.actions:
        yield spot.fault(
            "a field moves by 'actions' or by transitions, not by both",
            "actions",
            key=True,
            todo="give them as a table",
        )
    if resource.update is None:
        yield spot.fault("a transition is a part of an update, and there is no 'update'")
    if field.write == "create_only":
        yield spot.fault("a field that only a create writes never moves", "write", todo="say write: always")
    yield from _states(field, field.initial, spot, "initial")
    yield from _table(resource, field, spot)
    if field.discover is not None:
        yield from _discovery(field.discover, spot.into("discover"))


def _table(resource: Resource, field: ResourceField, spot: Spot) -> Iterator[Problem]:
    if field.transitions and not field.values:
        yield spot.fault("a table of transitions needs 'values': the states that there are", "transitions", key=True)
    met: set[tuple[str, str]] = set()
    for index, row in enumerate(field.transitions):
        at = spot.into("transitions", index)
        for key, states in (("from", row.from_), ("via", row.via)):
            yield from _states(field, states, at, key)
        if (fault := key_fault(row.to, field)) is not None:
            yield at.fault(fault[0], "to", todo=fault[1])
        if row.to in (*row.from_, *row.via):
            yield at.fault(f"this leads from {row.to!r} to where it is already", "to")
        for start in row.from_ or ("",):
            if (start, row.to) in met:
                yield at.fault(
                    f"from {start or 'any state'!r} to {row.to!r} stands here twice", todo="keep one of them"
                )
            met.add((start, row.to))
        yield from _companions(resource, field, row, at)
        if row.action is not None:
            yield from check_call(row.action, at.into("action"))


def _states(field: ResourceField, states: tuple[str, ...], spot: Spot, key: str) -> Iterator[Problem]:
    for index, state in enumerate(states):
        if (fault := key_fault(state, field)) is not None:
            yield spot.fault(fault[0], key, index, todo=fault[1])


def _companions(resource: Resource, field: ResourceField, row: Transition, spot: Spot) -> Iterator[Problem]:
    if row.with_ and row.action is not None:
        yield spot.fault(
            "'with' goes along with an update, and this is a call",
            "with",
            key=True,
            todo="give 'constants' of the call",
        )
    for name, value in row.with_.items():
        other = resource.fields.get(name)
        if other is None:
            yield spot.fault(f"there is no field {name!r}", "with", name, key=True, todo=nearest(name, resource.fields))
        elif other is field or other.write != "always" or other.stepwise or other.actions:
            yield spot.fault(f"the field {name!r} cannot be written along", "with", name, key=True)
        elif (fault := value_fault(value, other)) is not None:
            yield spot.fault(fault[0], "with", name, todo=fault[1])


def _discovery(discover: Discovery, spot: Spot) -> Iterator[Problem]:
    for key in ("path", "params"):
        yield from check_placeholders(spot, key, getattr(discover, key), "id")
    yield from check_plain(spot, "params", discover.params, by_reference="secret_query")
    if "{id}" not in " ".join([discover.path, *discover.params.values()]):
        yield spot.fault("nothing says whose transitions are asked for", "path", todo="put {id} into the path")
    if discover.action is None:
        return
    yield from check_call(discover.action, spot.into("action"), "transition")
    if discover.id is None:
        yield spot.fault("the call needs 'id': where a transition has its own")
    if not names(discover.action, "transition"):
        yield spot.fault(
            "nothing says which transition is taken", "action", todo="put {transition} into its path or constants"
        )


def check_reached(rule: FieldRule, side: str, field: ResourceField, spot: Spot) -> Iterator[Problem]:
    """Yield the values that a rule's map writes to a side, and to which no transition leads."""
    if not field.transitions or field.discover is not None:
        return
    reached = {row.to for row in field.transitions} | set(field.initial)
    for index, pair in enumerate(rule.values):
        value = getattr(pair, side)
        if pair.only in (None, f"to_{side}") and value in field.values and value not in reached:
            back = "to_left" if side == "right" else "to_right"
            yield spot.fault(
                f"no transition of the {side} field {getattr(rule, side)!r} leads to {value!r}",
                "values", index, side,
                todo=f"say only: {back} where it is never written there, or add the transition",
            )  # fmt: skip
