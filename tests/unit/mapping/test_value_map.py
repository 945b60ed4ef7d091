"""Value maps: which value is which, and which way a collapse goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.lossless import faults
from ebond.definitions.mapping import Pair
from tests.unit.mapping.making import PARKED, agree, mapped, to_left, to_right

STATES = [
    {"left": "1", "right": "new"},
    {"left": "2", "right": "open"},
    {"left": "3", "right": "open", "only": "to_right"},
    {"left": "9", "right": "lost", "only": "to_left"},
]
MAPPING = mapped(values=STATES)


@pytest.mark.parametrize(("left", "right"), [("1", "new"), (2, "open"), ("3", "open"), ("9", PARKED), ("4", PARKED)])
def test_a_left_value_goes_to_its_right_one(left: Any, right: str) -> None:
    """Compared as text, so that 2 is "2"; a pair with ``only`` counts for that way alone."""
    assert to_right(MAPPING, left) == right


@pytest.mark.parametrize(("right", "left"), [("new", "1"), ("open", "2"), ("lost", "9"), ("gone", PARKED)])
def test_a_right_value_comes_back_to_the_plain_one(right: str, left: str) -> None:
    """Never to the one that only goes there."""
    assert to_left(MAPPING, right) == left


def test_members_of_one_class_agree_with_what_they_collapse_to() -> None:
    """The finer side is not made to flip to another member."""
    assert [agree(MAPPING, left, "open") for left in ("1", "2", "3", "9")] == [False, True, True, False]


@pytest.mark.parametrize(("unmapped", "written"), [("park", PARKED), ("pass", "7"), ("default", "other")])
def test_a_value_that_the_map_does_not_name_does_what_the_rule_says(unmapped: str, written: str) -> None:
    """The default is for these, and not for no value alone."""
    assert to_right(mapped(values=STATES, unmapped=unmapped, default={"right": "other"}), "7") == written


@pytest.mark.parametrize(
    ("kind", "raw"), [({"type": "number"}, 1.0), ({"type": "boolean"}, "Y"), ({"normalise": ["casefold"]}, "ONE")]
)
def test_a_map_is_looked_up_by_meaning(kind: dict[str, Any], raw: Any) -> None:
    """Whatever the spelling of the day."""
    keys = {"number": "1", "boolean": "true"}
    pair = {"left": keys.get(str(kind.get("type")), "one"), "right": "high"}
    assert to_right(mapped(a=kind, values=[pair]), raw) == "high"


def test_a_mapped_value_has_the_type_of_its_field() -> None:
    """A severity that is a number there is written as one."""
    mapping = mapped(b={"type": "number"}, values=[{"left": "high", "right": "1"}])
    assert (to_right(mapping, "high"), to_left(mapping, 1)) == (1, "high")


ONLY = st.sampled_from([None, "to_right", "to_left"])
PAIR = st.builds(Pair, left=st.sampled_from("abcd"), right=st.sampled_from("wxyz"), only=ONLY)
PAIRS = st.lists(PAIR, min_size=1, max_size=5)


@given(PAIRS)
def test_a_map_without_faults_brings_back_what_goes_both_ways(pairs: list[Pair]) -> None:
    """That is the proof made at load, held against what the compiled map does."""
    if not faults(pairs, "both"):
        mapping = mapped(values=[pair.model_dump(exclude_none=True) for pair in pairs])
        both = [pair for pair in pairs if pair.only is None]
        assert [to_left(mapping, to_right(mapping, pair.left)) for pair in both] == [pair.left for pair in both]


@given(PAIRS)
def test_a_value_with_two_destinations_is_always_a_fault(pairs: list[Pair]) -> None:
    """Else it would depend on the order of the pairs where a value goes."""
    forth = [(pair.left, pair.right) for pair in pairs if pair.only != "to_left"]
    if len({left for left, _ in forth}) < len(forth):
        assert faults(pairs, "to_right") or faults(pairs, "both")
