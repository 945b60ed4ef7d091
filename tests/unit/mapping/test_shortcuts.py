"""The short ways that the usual values take end where the long way does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.errors import ValueParked
from ebond.mapping.compile import CompiledMapping
from ebond.state import Side
from tests.unit.mapping.making import mapped

ONES = [{"left": "1", "right": "yes"}, {"left": "true", "right": "no"}, {"left": "x", "right": "1"}]
LISTED = mapped(b={"type": "list"}, values=ONES)
MAPPINGS = [
    mapped(values=ONES),
    mapped(values=ONES, unmapped="pass"),
    mapped(a={"normalise": ["casefold", "trim"]}, values=ONES, b={"values": ["yes", "1"]}),
    mapped(a={"type": "number"}, b={"type": "number", "decimals": 1}, values=[{"left": "1", "right": "2.5"}]),
    mapped(a={"type": "boolean"}, b={"type": "boolean", "true": "Y", "false": 0}),
    mapped(a={"type": "boolean", "true": 1, "false": "nay"}, b={"type": "number"}),
    mapped(a={"type": "boolean"}, values=ONES[1:2]),
    mapped(a={"type": "number", "decimals": 2}, b={"type": "number", "decimals": 0}, required=True),
    mapped(a={"type": "number"}, b={"type": "number", "number_as": "text", "decimals": 2}),
    mapped(a={"type": "number"}, b={"type": "number", "values": ["1", "2"]}),
    LISTED,
]
RAW = (
    st.sampled_from(["1", "true", "x", "X ", "nay", "Y", "", " ", 1.0, 0.0, 2**53, -(2**53), 2**64, 10**401, "é"])
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.lists(st.just("1"))
    | st.dictionaries(st.just("k"), st.just("1"))
)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=map(str, range(len(MAPPINGS))))
@given(raw=RAW)
def test_a_record_is_carried_as_its_single_values_are(mapping: CompiledMapping, raw: Any) -> None:
    """To the very type of what is written, and the very words of what is not."""
    assert repr(mapping.carried(Side.RIGHT, {"a": raw})) == repr(_singly(mapping, {"a": raw}))


def _singly(mapping: CompiledMapping, view: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        raw = mapping.rule("it").to(Side.RIGHT, view).raw
    except ValueParked as reason:
        return {}, {"it": str(reason)}
    return ({} if raw is None else {"b": raw}), {}


def test_no_two_records_share_a_list() -> None:
    """What is put into the one would show up in the other."""
    one, two = (LISTED.carried(Side.RIGHT, {"a": "1"})[0]["b"] for _ in range(2))
    assert one == two == ["yes"]
    assert one is not two
