"""Do look-ups hold together: has each side what is asked of it, and does the contract say how?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ebond.definitions.fields import ResourceField
from ebond.definitions.fits import value_fault
from ebond.definitions.lookups import LookupSide
from ebond.definitions.mapping import FieldRule
from ebond.definitions.nearest import nearest
from ebond.definitions.request_checks import check_placeholders, check_plain
from ebond.definitions.system import Resource, System
from ebond.definitions.ways import makes, writes
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_OTHER: Final = {"left": "right", "right": "left"}
#: What may name a record, by one text or several.
NAMING: Final = ("text", "number", "list")


def check_searches(resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with how a resource's records are found by a field."""
    if resource.small and not resource.is_listed:
        yield spot.fault("'small' is about the list, and there is no 'list'", "small")
    for name, search in resource.search.items():
        at = spot.into("search", name)
        if name not in resource.fields:
            todo = nearest(name, resource.fields)
            yield spot.fault(f"there is no field {name!r} to search by", "search", name, key=True, todo=todo)
        if "{value}" not in " ".join(search.params.values()):
            yield at.fault("nothing says what is searched for", "params", todo="put {value} into a parameter")
        if search.path is None and not resource.is_listed:
            yield at.fault("nothing says where it is asked: there is no 'list'", todo="give 'path'")
        # Paths are logged, and a value may be somebody's address.
        yield from check_placeholders(at, "path", search.path)
        yield from check_placeholders(at, "params", search.params, "value")
        yield from check_plain(at, "params", search.params, by_reference="secret_query")


class End(NamedTuple):
    """One side of a rule."""

    system: System | None
    field: ResourceField | None


def check_lookup(rule: FieldRule, ends: Mapping[str, End], spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a rule's look-up; ``ends`` go by their side."""
    lookup = rule.lookup
    if lookup is None:
        return
    at = spot.into("lookup")
    if lookup.left is None and lookup.right is None:
        yield spot.fault("nothing says what is looked up", "lookup", todo="describe the left or the right side of it")
    if any(makes(rule, side) for side in _OTHER):
        yield spot.fault("a value that is made is not looked up", "lookup", key=True, todo="make two rules of it")
    if spot.says("unmapped"):
        todo = "say with 'unknown' what is written for somebody who is not found"
        yield spot.fault("what 'values' does not name is looked up", "unmapped", key=True, todo=todo)
    for side, (system, field) in ends.items():
        if field is not None and field.type not in NAMING:
            yield spot.fault(f"a field of type {field.type} names nobody", side)
        own = lookup.side(side)
        if own is not None and system is not None:
            yield from _side(rule, side, own, system, at)
        yield from _unknown(rule, side, field, at)


def _side(rule: FieldRule, side: str, own: LookupSide, system: System, spot: Spot) -> Iterator[Problem]:
    at, resource = spot.into(side), system.resources.get(own.resource)
    if resource is None:
        todo = nearest(own.resource, system.resources)
        yield at.fault(f"system {system.system!r} has no resource {own.resource!r}", "resource", todo=todo)
        return
    unknown = False
    for key in ("by", "gives"):
        name = getattr(own, key)
        if name is not None and name not in resource.fields:
            unknown = True
            yield at.fault(f"{own.resource!r} has no field {name!r}", key, todo=nearest(name, resource.fields))
    if unknown:
        return
    if own.by == own.gives:
        yield at.fault("the field shows the key itself", "gives", todo=f"take {side!r} out of the look-up")
        return
    if writes(rule, side) and not _finds(resource, own.by):
        yield at.fault(_NO_SEARCH.format(own.resource, own.by), "by", todo=_SAY.format(own.by, own.resource))
    if writes(rule, _OTHER[side]) and own.gives is None and resource.read is None and not resource.small:
        yield at.fault(f"{own.resource!r} cannot be read by id", "resource", todo="give it 'read', or `small: true`")
    if writes(rule, _OTHER[side]) and own.gives is not None and not _finds(resource, own.gives):
        yield at.fault(_NO_SEARCH.format(own.resource, own.gives), "gives", todo=_SAY.format(own.gives, own.resource))


_NO_SEARCH: Final = "nothing says how a record of {!r} is found by {!r}"
_SAY: Final = "give 'search' of {!r} to the resource {!r}, or `small: true` where its whole list may be read"


def _finds(resource: Resource, field: str) -> bool:
    return resource.small or field in resource.search


def _unknown(rule: FieldRule, side: str, field: ResourceField | None, spot: Spot) -> Iterator[Problem]:
    value = getattr(rule.lookup.unknown, side) if rule.lookup else None
    if value is None or field is None:
        return
    if not writes(rule, side):
        yield spot.fault(f"the rule never writes to the {side}", "unknown", side, todo="remove it")
    elif (fault := value_fault(value, field)) is not None:
        yield spot.fault(f"{side} {getattr(rule, side)}: {fault[0]}", "unknown", side, todo=fault[1])
