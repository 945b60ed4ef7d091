"""Which records are taken into a bond: conditions on a view's canonical values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ebond.definitions.bond import Condition
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.side import SideView

Test = Callable[[Canonical], bool]


def compile_scope(conditions: Iterable[Condition], side: SideView) -> Callable[[Mapping[str, Any]], bool]:
    """Return a predicate over views; all conditions must hold. A value that cannot be read is not in scope."""
    tests = tuple(
        (condition.field, side.codec(condition.field).canon, tuple(_tests(condition, side))) for condition in conditions
    )
    if not tests:
        return lambda _: True

    def in_scope(view: Mapping[str, Any]) -> bool:
        try:
            return all(test(canon(view.get(name))) for name, canon, several in tests for test in several)
        except ValueParked:
            return False

    return in_scope


def _tests(condition: Condition, side: SideView) -> Iterable[Test]:
    if condition.equals is not None:
        wanted = side.canon(condition.field, condition.equals)
        yield lambda value: value == wanted
    if condition.in_:
        allowed = frozenset(condition.in_)
        yield lambda value: text_of(value) in allowed
    if condition.not_in:
        refused = frozenset(condition.not_in)
        yield lambda value: text_of(value) not in refused
    if condition.empty is not None:
        yield lambda value: (value is None) is condition.empty
    if condition.matches is not None:
        pattern = re.compile(condition.matches)
        yield lambda value: pattern.search(text_of(value)) is not None
