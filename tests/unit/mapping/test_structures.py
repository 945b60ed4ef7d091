"""Values of any structure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mapping.making import PARKED, canon, label, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1.0}, {"a": 1}),
        ([{"a": [2.0]}], [{"a": [2]}]),
        ([], {}),
        ({}, None),
        ("", None),
    ],
    ids=label,
)
def test_the_form_of_a_structure_means_nothing(one: Any, two: Any) -> None:
    """The order of keys, the point in a whole number, how nothing is said."""
    assert canon(one, type="json") == canon(two, type="json")


@pytest.mark.parametrize(("one", "two"), [([1], [True]), ([1], ["1"]), ([1, 2], [2, 1]), ({"a": None}, {})], ids=label)
def test_what_differs_in_a_structure_differs(one: Any, two: Any) -> None:
    """One is not true, and the order of a list is part of it."""
    assert canon(one, type="json") != canon(two, type="json")


@pytest.mark.parametrize(
    "raw", [nested(300), nested(5000), {"a": 2**70}, {"a": "\ud800"}, [float("nan")], {"\udfff": 1}],
    ids=["deep", "very deep", "huge", "surrogate", "nan", "key"],
)  # fmt: skip
def test_what_json_cannot_carry_parks(raw: Any) -> None:
    """And does not stop the record."""
    assert canon(raw, type="json") == PARKED


@given(JSON)
def test_a_structure_comes_back_as_it_was(value: Any) -> None:
    """Written, it means what was read."""
    assert canon(written(value, type="json"), type="json") == canon(value, type="json")
