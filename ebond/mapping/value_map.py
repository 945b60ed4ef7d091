"""A rule's value map: which value of one side is which of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.convert import constant
from ebond.mapping.reasons import choice
from ebond.state import Side


def value_map(rule: FieldRule, target: Side, field: ResourceField) -> Callable[[Canonical], Canonical]:
    """Return what translates the other side's values into those of a target field.

    It raises ValueParked for a value that the map does not name, unless the rule lets it pass or has a default.
    """
    table = {source: constant(value, field) for source, value in pairs_to(rule, target)}
    fallback = sided(rule.default, target)
    default = None if fallback is None else constant(fallback, field)

    def translate(value: Canonical) -> Canonical:
        key = value if isinstance(value, str) else text_of(value)
        found = table.get(key)
        return unmapped(key) if found is None else found

    def unmapped(key: str) -> Canonical:
        if rule.unmapped == "pass":
            return constant(key, field)
        if rule.unmapped == "default" and default is not None:
            return default
        raise ValueParked(f"the value {choice(key)} is not in the value map")

    return translate


def pairs_to(rule: FieldRule, target: Side) -> Iterator[tuple[str, str]]:
    """Yield (value of the source, value of the target) of the pairs that go to a side."""
    for pair in rule.values:
        if pair.only in (None, f"to_{target}"):
            yield (pair.left, pair.right) if target is Side.RIGHT else (pair.right, pair.left)


def sided(pair: Any, side: Side) -> Any:
    """Return a side's part of a rule, a constant or a default."""
    return pair.left if side is Side.LEFT else pair.right
