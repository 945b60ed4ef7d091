"""Merging lists item by item: what each side did to each item, as a table."""

from __future__ import annotations

import pytest

from ebond.sync.items import items_of, merged


def texts(*items: str) -> dict[str, str]:
    return {item: item for item in items}


@pytest.mark.parametrize(
    ("was", "near", "far", "expected"),
    [
        ("ab", "abx", "aby", "abyx"),
        ("ab", "a", "aby", "ay"),
        ("ab", "a", "b", ""),
        ("ab", "a", "a", "a"),
        ("ab", "abx", "abx", "abx"),
        ("", "a", "b", "ba"),
        ("abc", "c", "abc", "c"),
    ],
    ids=["both add", "remove and add", "each removes", "same removed", "same added", "nothing was", "one only"],
)
def test_sets(was, near, far, expected):
    """What one side added or removed holds on both; the far side's order goes first."""
    found = merged((texts(*was), texts(*near)), (texts(*was), texts(*far)))
    assert "".join(found or ()) == expected


def test_what_nobody_touched_stays_where_it_is():
    """A difference that was left on purpose is no removal."""
    assert merged((texts("a", "b"), texts("a", "b", "x")), (texts("a"), texts("a", "y"))) == texts("a", "y", "b", "x")


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        ({"a": {"n": 2}}, {"a": {"n": 1}, "b": {"n": 1}}, {"a": {"n": 2}, "b": {"n": 1}}),
        ({"a": {"n": 2}}, {"a": {"n": 3}}, None),
        ({"a": {"n": 2}}, {}, None),
        ({}, {"a": {"n": 2}}, None),
        ({"a": {"n": 2}}, {"a": {"n": 2}}, {"a": {"n": 2}}),
    ],
    ids=["one changes, one adds", "both change", "change and removal", "removal and change", "same change"],
)
def test_objects_by_key(near, far, expected):
    """An item that one side changed is taken; one that both changed differently is nobody's to decide here."""
    was = {"a": {"n": 1}}
    assert merged((was, near), (was, far)) == expected


def test_objects_are_told_apart_by_their_key_or_not_at_all():
    """Two with one key, or one without, cannot be merged."""
    assert items_of('[{"id": 1, "n": 2}]', "/id") == {"1": {"id": 1, "n": 2}}
    assert items_of('[{"id": 1}, {"id": 1}]', "/id") is None
    assert items_of('[{"n": 1}]', "/id") is None
    assert (items_of(None, "/id"), items_of("text", None)) == ({}, None)
