"""Can people be told what a mapping says, by the contracts of both sides?"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Final

from ebond.definitions.mapping import FieldRule, Mapping
from ebond.definitions.nearest import nearest
from ebond.definitions.system import Resource
from ebond.definitions.tell import Told
from ebond.definitions.ways import name_of
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_TYPES: Final = {"number": ("text",), "since": ("text", "date", "instant"), "held": ("text",)}


def check_told(mapping: Mapping, side: str, here: Resource, there: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with what a side's people are told; ``spot`` is that side's part of ``tell``."""
    told: Told = getattr(mapping.tell, side)
    taken: dict[str, str] = {}
    for key in _TYPES:
        name = getattr(told, key)
        if name is None:
            continue
        yield from _field(key, name, here, spot)
        if name in taken:
            yield spot.fault(f"{name!r} is the field of {taken[name]!r}, too", key)
        taken.setdefault(name, key)
        for rule in mapping.fields:
            if name in _looked_at(rule, side):
                yield spot.fault(f"the rule {name_of(rule)!r} carries {name!r}: it is not ebond's alone", key)
    if told.number and there.number is not None and number_field(there) is None:
        todo = f"give it a field with `path: {there.number}`"
        yield spot.fault("the other resource has no field where its 'number' is", "number", todo=todo)


def number_field(resource: Resource) -> str | None:
    """Return the field that shows a resource's number."""
    return next((name for name, field in resource.fields.items() if field.path == resource.number), None)


def _field(key: str, name: str, here: Resource, spot: Spot) -> Iterator[Problem]:
    field = here.fields.get(name)
    if field is None:
        yield spot.fault(f"the resource has no field {name!r}", key, todo=nearest(name, here.fields))
        return
    if here.update is None or field.write != "always" or name == here.correlation:
        yield spot.fault(f"{name!r} cannot be changed by ebond after the record was made", key)
    if field.type not in _TYPES[key] or field.values or field.actions or field.stepwise:
        yield spot.fault(f"{name!r} takes no free {' or '.join(_TYPES[key])}", key)
    if key == "held" and field.empty == "omit":
        yield spot.fault(f"{name!r} cannot be cleared: it has no form of 'no value'", key)


def _looked_at(rule: FieldRule, side: str) -> set[str | None]:
    """Return a side's fields that a rule reads or writes."""
    template = (rule.template.right if side == "left" else rule.template.left) or ""
    return {getattr(rule, side), *(name for _, name, *_ in string.Formatter().parse(template))}
