"""Does a bond hold together: conditions, match keys, and whether records can be created where it says so?"""

from __future__ import annotations

import string
from collections.abc import Container, Iterator

from ebond.definitions.bond import Bond, BondSide, Condition
from ebond.definitions.durations import show_duration
from ebond.definitions.fields import ResourceField
from ebond.definitions.fits import key_fault, value_fault
from ebond.definitions.known import Known
from ebond.definitions.mapping import FieldRule, Mapping
from ebond.definitions.nearest import nearest
from ebond.definitions.parting_checks import check_deleted, check_left
from ebond.definitions.request_checks import check_plain, check_regex
from ebond.definitions.schedule_checks import check_schedule
from ebond.definitions.system import Resource
from ebond.definitions.ways import name_of, writes
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


def check_bond(bond: Bond, known: Known, spot: Spot, *, unsound: Container[str]) -> Iterator[Problem]:
    """Yield what is wrong with a bond; what follows from an ``unsound`` mapping is no fault of its own."""
    mappings = known.definitions.mappings
    if (yield from known.missing("mapping", bond.mapping, mappings, spot, "mapping")):
        return
    mapping = mappings[bond.mapping]
    sound = bond.mapping not in unsound
    if sound:
        yield from _match(bond, mapping, spot.into("match", "keys"))
    for side, settings, reference in (("left", bond.left, mapping.left), ("right", bond.right, mapping.right)):
        resource = known.resource_of(reference)
        if resource is not None:
            yield from _side(settings, resource, spot.into(side))
            if sound:
                yield from _create(settings, side, mapping, resource, known.spot("mapping", bond.mapping), spot)
            yield from _schedule(bond, side, resource, spot.into("schedule"))
            other = known.resource_of(mapping.right if side == "left" else mapping.left)
            if other is not None:
                yield from check_deleted(settings.partner_deleted, resource, other, spot.into(side, "partner_deleted"))
            opposite = bond.right if side == "left" else bond.left
            carried = {name for rule in mapping.fields for name in _template_of(rule, side)} if sound else set()
            yield from check_left(settings, opposite, resource, carried, spot.into(side, "partner_left"))
    yield from check_schedule(bond.schedule, spot.into("schedule"))


def _template_of(rule: FieldRule, side: str) -> list[str]:
    """Return a side's fields that a template carries to the other side."""
    template = rule.template.right if side == "left" else rule.template.left
    return [name for _, name, *_ in string.Formatter().parse(template or "") if name]


def _match(bond: Bond, mapping: Mapping, spot: Spot) -> Iterator[Problem]:
    rules = {name_of(rule): rule for rule in mapping.fields}
    for index, key in enumerate(bond.match.keys):
        for position, name in enumerate(key):
            if name not in rules:
                yield spot.fault(f"the mapping has no rule {name!r}", index, position, todo=nearest(name, rules))
            elif name in key[:position]:
                yield spot.fault(f"{name!r} stands here twice", index, position, todo="remove it")
            elif rules[name].right is None or (rules[name].left is None and rules[name].template.right is None):
                yield spot.fault(f"the rule {name!r} has nothing to compare on both sides", index, position)
            elif rules[name].lookup is not None or rules[name].link is not None:
                yield spot.fault(f"the rule {name!r} names other records, which no match waits for", index, position)


def _side(settings: BondSide, resource: Resource, spot: Spot) -> Iterator[Problem]:
    for index, condition in enumerate(settings.scope):
        yield from _condition(condition, resource, spot.into("scope", index))
    yield from check_plain(spot, "params", settings.params, by_reference="secret_query")
    yield from _params(settings, resource, spot)


def _condition(condition: Condition, resource: Resource, spot: Spot) -> Iterator[Problem]:
    field = resource.fields.get(condition.field)
    if field is None:
        yield spot.fault(
            f"the resource has no field {condition.field!r}", "field", todo=nearest(condition.field, resource.fields)
        )
        return
    if not any(spot.says(key) for key in ("equals", "in", "not_in", "empty", "matches")):
        yield spot.fault("the condition tests nothing", todo="say one of: equals, in, not_in, empty, matches")
    yield from _wanted(condition, field, spot)
    if condition.matches is not None:
        yield from check_regex(spot, condition.matches, "matches")


def _wanted(condition: Condition, field: ResourceField, spot: Spot) -> Iterator[Problem]:
    """A condition on a value that the field never has would silently take everything, or nothing."""
    if condition.equals is not None and (fault := value_fault(condition.equals, field)) is not None:
        yield spot.fault(fault[0], "equals", todo=fault[1])
    for key, values in (("in", condition.in_), ("not_in", condition.not_in)):
        if not values and spot.says(key):
            yield spot.fault("an empty list tests nothing", key)
        for index, value in enumerate(values):
            if (fault := key_fault(value, field)) is not None:
                yield spot.fault(fault[0], key, index, todo=fault[1])


def _params(settings: BondSide, resource: Resource, spot: Spot) -> Iterator[Problem]:
    since, paging = resource.list.since, resource.list.paging
    for name in settings.params:
        if since is not None and name in since.params and "{extra}" not in since.params[name]:
            yield spot.fault(
                f"the parameter {name!r} carries the since filter, too",
                "params",
                name,
                key=True,
                todo=f"put {{extra}} into 'list.since.params.{name}' of the system, where this part goes",
            )
        if name in (paging.param, paging.size_param):
            yield spot.fault(f"the parameter {name!r} belongs to the paging", "params", name, key=True)


def _create(
    settings: BondSide, side: str, mapping: Mapping, resource: Resource, rules: Spot, spot: Spot
) -> Iterator[Problem]:
    """Where records are created, the contract must allow it and the rules must fill what it asks for."""
    if not settings.create:
        return
    at = (side, "create") if spot.says(side, "create") else (side,) if spot.says(side) else ()
    leave = f"say `{side}: {{create: false}}` if records missing there are to stay away"
    if resource.create is None:
        yield spot.fault(f"the contract has no way to create a record on the {side}", *at, todo=leave)
        return
    filled = {getattr(rule, side) for rule in mapping.fields if writes(rule, side)} - {None}
    if not filled:
        yield spot.fault(f"no rule fills the {side}, but records missing there would be created", *at, todo=leave)
        return
    for name, field in resource.fields.items():
        fixed = field.created_at in resource.create.constants or name == resource.correlation
        if field.required and not fixed and name not in filled:
            yield rules.fault(
                f"no rule fills the {side} field {name!r}, and the system creates no record without it",
                "fields",
                key=True,
                todo=f"give it a rule or a constant, or {leave}",
            )


def _schedule(bond: Bond, side: str, resource: Resource, spot: Spot) -> Iterator[Problem]:
    since = resource.list.since
    if since is None or since.retention is None or since.retention <= since.overlap:
        return
    if bond.schedule.every + since.overlap >= since.retention:
        yield spot.fault(
            f"the {side} feed forgets before the next run asks for it",
            "every",
            todo=f"run more often than every {show_duration(since.retention - since.overlap)}: retention less overlap",
        )
