"""What most values are written as is known before any record is read: they are spared the long way.

A shortcut changes nothing but the time that it takes: it answers what the long way would, or leaves it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.scalars import USUAL_WHOLE
from ebond.mapping.value_map import sided
from ebond.state import Side

Write = Callable[[Any], Any]

#: A number is not looked up: 1 and 1.0 are, for a dictionary, True.
_LOOKED_UP: Final = (str, bool)


def shortened(write: Write, rule: FieldRule, target: Side, source: ResourceField, field: ResourceField) -> Write:
    """Return ``write`` with a short way for the values that this rule meets most."""
    if known := _known(write, _expected(rule, target, source)):
        return _looked_up(known, write)
    numbers = source.type == field.type == "number" and source.number_as == field.number_as == "number"
    return _whole(write) if numbers and not rule.values and not field.values else write


def _expected(rule: FieldRule, target: Side, source: ResourceField) -> Iterator[Any]:
    """Yield the few values that the definitions name."""
    for pair in rule.values:
        yield sided(pair, target.other)
    if source.type == "boolean":
        yield from (source.true, source.false, True, False)


def _known(write: Write, expected: Iterator[Any]) -> dict[Any, Any]:
    """Return what is written for each; not for those that are parked, nor a list that all records would share."""
    known: dict[Any, Any] = {}
    for given in expected:
        with suppress(ValueParked):
            raw = write(given)
            if type(given) in _LOOKED_UP and not isinstance(raw, list | dict | None):
                known[given] = raw
    return known


def _looked_up(known: dict[Any, Any], write: Write) -> Write:
    def look_up(given: Any) -> Any:
        found = known.get(given) if type(given) in _LOOKED_UP else None
        return write(given) if found is None else found

    return look_up


def _whole(write: Write) -> Write:
    """A whole number that any system can hold is written as it is, whatever places are kept."""

    def as_given(given: Any) -> Any:
        return given if type(given) is int and -USUAL_WHOLE < given < USUAL_WHOLE else write(given)

    return as_given
