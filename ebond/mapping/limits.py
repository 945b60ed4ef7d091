"""What the target system takes: its choices and its longest text."""

from __future__ import annotations

from collections.abc import Callable

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.reasons import choice

Limit = Callable[[Canonical], tuple[Canonical, bool]]
"""Takes a value and returns it with whether a part was cut off; raises ValueParked for what is not taken."""


def limiter(rule: FieldRule, target: ResourceField) -> Limit | None:
    """Return what holds a value against a target's limits; None where it has none."""
    longest, allowed = target.max, frozenset(target.actions or target.values)
    if longest is None and not allowed:
        return None

    def limited(value: Canonical) -> tuple[Canonical, bool]:
        if allowed and value not in allowed and text_of(value) not in allowed:
            raise ValueParked(f"the other system does not take the value {choice(text_of(value))}")
        if longest is None or not isinstance(value, str) or len(value) <= longest:
            return value, False
        if rule.too_long == "park":
            raise ValueParked(f"{len(value)} characters are more than the {longest} that the other system takes")
        return value[:longest].rstrip() or None, True

    return limited
