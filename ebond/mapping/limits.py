"""What the target system takes: its choices and its longest text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.reasons import choice

_ENDLESS: Final = 2**62

Limit = Callable[[Canonical], Canonical]
"""Takes a value and returns the same, or what is left of it; raises ValueParked for what is not taken."""


def limiter(rule: FieldRule, target: ResourceField) -> Limit | None:
    """Return what holds a value against a target's limits; None where it has none."""
    longest, allowed = target.max or _ENDLESS, frozenset(target.actions or target.values)
    if longest == _ENDLESS and not allowed:
        return None

    def limited(value: Canonical) -> Canonical:
        if allowed and value not in allowed and text_of(value) not in allowed:
            raise ValueParked(f"the other system does not take the value {choice(text_of(value))}")
        if type(value) is not str or len(value) <= longest:
            return value
        if rule.too_long == "park":
            raise ValueParked(f"{len(value)} characters are more than the {longest} that the other system takes")
        return value[:longest].rstrip() or None

    return limited
