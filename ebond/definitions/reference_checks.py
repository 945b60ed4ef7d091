"""Do references hold together: do both sides name records of the bond that they say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ebond.definitions.known import Known
from ebond.definitions.lookup_checks import NAMING, End
from ebond.definitions.mapping import FieldRule
from ebond.definitions.ways import makes, writes
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_SIDES: Final = ("left", "right")


def check_reference(rule: FieldRule, ends: Mapping[str, End], known: Known, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a rule that names other records; ``ends`` go by their side."""
    reference = rule.link
    if reference is None:
        return
    at = spot.into("link")
    for key in ("lookup", "values", "unmapped"):
        if spot.says(key):
            yield spot.fault(f"{key!r} means nothing beside a link", key, key=True, todo="remove it")
    if any(makes(rule, side) for side in _SIDES):
        yield spot.fault("a value that is made names no record", "link", key=True, todo="make two rules of it")
    for side, (_, field) in ends.items():
        if field is not None and field.type not in NAMING:
            yield spot.fault(f"a field of type {field.type} names no record", side)
    if reference.unbonded == "default":
        missing = [side for side in _SIDES if writes(rule, side) and getattr(rule.default, side) is None]
        if len(missing) == len(_SIDES) or (missing and not all(writes(rule, side) for side in _SIDES)):
            yield at.fault("there is no default to fall back to", "unbonded", todo="give 'default'")
    if reference.bond is not None:
        yield from _bond(reference.bond, ends, known, at)


def _bond(name: str, ends: Mapping[str, End], known: Known, spot: Spot) -> Iterator[Problem]:
    bonds = known.definitions.bonds
    if (yield from known.missing("bond", name, bonds, spot, "bond")):
        return
    other = known.definitions.mappings.get(bonds[name].mapping)
    if other is None:
        return
    for side, (system, _) in ends.items():
        theirs = getattr(other, side).partition("/")[0]
        if system is not None and theirs != system.system:
            yield spot.fault(
                f"bond {name!r} has records of {theirs!r} on the {side}, and this field is of {system.system!r}", "bond"
            )
