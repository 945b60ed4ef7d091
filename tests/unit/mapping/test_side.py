"""One side: views taken, told apart and compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.mapping.frozen import fingerprint, frozen
from ebond.mapping.side import SideView
from tests.unit.mapping.making import SERVICENOW, label, resource

MINUTES = {"type": "instant", "stamp": {**SERVICENOW, "granularity": "1m"}}

#: (field, one value, another, do they mean the same)
PAIRS: tuple[tuple[dict[str, Any], Any, Any, bool], ...] = (
    ({}, "a", "a", True),
    ({}, "a", "b", False),
    ({}, "a", " a", False),
    ({"normalise": ["trim"]}, "a", " a", True),
    ({}, 1, "1", True),
    ({}, None, "", True),
    ({"type": "number"}, 1, "1.00", True),
    ({"type": "number"}, 0.1 + 0.2, 0.3, True),
    ({"type": "number", "decimals": 1}, 1.04, 1, True),
    ({"type": "boolean"}, "true", 1, True),
    ({"type": "instant"}, "2026-11-24T09:00:00Z", "2026-11-24T10:00:00.000+01:00", True),
    (MINUTES, "2026-11-24 09:00:07", "2026-11-24 09:00:00", True),
    ({"type": "list", "ordered": False}, ["a", "b"], ["b", "a"], True),
    ({"type": "list"}, ["a", "b"], ["b", "a"], False),
    ({"type": "json"}, [1], [True], False),
    ({"type": "json"}, {"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
    ({"type": "number"}, "odd", "odd", True),
    ({"type": "number"}, "odd", "even", False),
    ({"type": "number"}, "odd", 1, False),
    ({"type": "number"}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ({}, "\ud800", "\ud800", True),
    ({}, [1], [True], False),
    ({}, ["\ud800"], ["\ud801"], False),
)  # fmt: skip


@pytest.mark.parametrize(("parts", "one", "two", "expected"), PAIRS, ids=label)
def test_values_are_the_same_where_they_mean_the_same(parts: Any, one: Any, two: Any, expected: bool) -> None:
    """In both orders; what cannot be read is compared as it is."""
    side = SideView(resource(a=parts), ["a"])
    assert (side.same("a", one, two), side.same("a", two, one)) == (expected, expected)


def test_a_view_holds_the_fields_that_a_bond_looks_at() -> None:
    """By name, whatever else the record holds."""
    side = SideView(resource(a={"path": "/deep/list/1/a"}, b={}, c={}), ["b", "a", "b"])
    assert side.extract({"deep": {"list": [0, {"a": 1}]}, "c": 3, "d": 4}) == {"a": 1, "b": None}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_a_digest_tells_any_two_values_apart(one: Any, two: Any) -> None:
    """Half characters, huge numbers and all; it never fails, and equal values have one digest."""
    assert fingerprint({"a": one}) == fingerprint({"a": one})
    assert fingerprint({"a": one}) != fingerprint({"a": [one, two]})


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    """A database may give them back in another one."""
    side = SideView(resource(a={"type": "json"}, b={}), ["a", "b"])
    assert side.digest({"a": {"x": 1, "y": 2}, "b": 1}) == side.digest({"b": 1, "a": {"y": 2, "x": 1}})


def test_a_digest_of_lists_in_lists_beyond_all_reason_is_still_one() -> None:
    """One such record does not end a scan."""
    deep: Any = 1
    for _ in range(1000):
        deep = [deep]
    assert fingerprint({"a": deep}) != fingerprint({"a": [deep]})


FIELDS = {"a": {}, "b": {"path": "/b/c"}, "d": {}, "e": {"path": "/list/0"}}


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("a", "b", "d", "list", "other"), JSON)))
def test_the_digest_of_a_record_is_that_of_its_view(record: dict[str, Any]) -> None:
    """Taken without the view, wherever the fields lie and whatever is missing, and from a view without them, too."""
    side = SideView(resource(**FIELDS), ["e", "d", "b", "a"])
    view = side.extract(record)
    shown = {name: value for name, value in view.items() if value is not None}
    assert side.digests_of([record]) == [side.digest(view)] == [side.digest(shown)]


@given(JSON, JSON)
def test_the_digest_of_a_view_tells_values_and_their_places_apart(one: Any, two: Any) -> None:
    """Where two fields change places, their record has changed; where they do not, it has not."""
    side = SideView(resource(a={"type": "json"}, b={"type": "json"}), ["a", "b"])
    same = frozen(one) == frozen(two)
    first, second = side.digests_of([{"a": one, "b": two}, {"a": two, "b": one}])
    assert (first == second) is same


def test_the_same_values_of_other_fields_are_another_view() -> None:
    """After a change of mapping each record is looked at anew."""
    fields = resource(a={}, b={}, c={})
    record = {"a": 1, "b": 1, "c": 1}
    assert len({SideView(fields, names).digest(record) for names in ("ab", "ac", "a", "abc")}) == 4


def test_the_order_of_a_mapping_s_rules_does_not_change_a_digest() -> None:
    """To move a rule up in the file is no change of any record."""
    fields, record = resource(a={}, b={"path": "/x/b"}, c={}), {"a": 1, "x": {"b": 2}, "c": 3}
    assert SideView(fields, "abc").digests_of([record]) == SideView(fields, "cba").digests_of([record])
