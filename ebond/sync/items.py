"""Merging lists item by item where both sides changed one: sets by their items, lists of objects by a key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from ebond.mapping.canonical import Canonical
from ebond.mapping.frozen import frozen
from ebond.mapping.path import getter

Items = Mapping[str, Any]
"""The items of a list by what makes each the same on both sides, in order."""


def items_of(value: Canonical, key: str | None) -> dict[str, Any] | None:
    """Return a list's items: texts by themselves, objects by what lies at ``key``; None where they cannot be told
    apart."""
    if value is None:
        return {}
    if key is None:
        return {item: item for item in value} if isinstance(value, tuple) else None
    rows = orjson.loads(value) if isinstance(value, str) else None
    if not isinstance(rows, list):
        return None
    get = getter(key)
    keyed = {str(get(row)): row for row in rows if isinstance(row, dict) and get(row) is not None}
    return keyed if len(keyed) == len(rows) else None


def merged(near: tuple[Items, Items], far: tuple[Items, Items]) -> dict[str, Any] | None:
    """Merge two changed lists, each given as (what it was, what it is); None where both changed one item differently.

    What one side added or removed holds on both. An item that nobody touched and only one side has, stays.
    """
    near_is, far_is = near[1], far[1]
    result: dict[str, Any] = {}
    for key in _in_order(far_is, near_is):
        here, there = (_moved(key, *near), _moved(key, *far))
        if here and there and frozen(near_is.get(key)) != frozen(far_is.get(key)):
            return None
        side = near_is if here else far_is if there or key in far_is else near_is
        if key in side:
            result[key] = side[key]
    return result


def _in_order(first: Iterable[str], second: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys([*first, *second])


def _moved(key: str, was: Items, now: Items) -> bool:
    return (key in was) != (key in now) or (key in now and frozen(was[key]) != frozen(now[key]))
