"""Numbers: one value, whatever its spelling; never a digit more or less."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mapping.making import PARKED, canon, label, written

SPELLINGS: tuple[tuple[Any, Any], ...] = (
    (1, Decimal(1)),
    (1.0, Decimal(1)),
    ("1", Decimal(1)),
    (" 1.00 ", Decimal(1)),
    ("1e3", Decimal(1000)),
    (1e3, Decimal(1000)),
    ("+5", Decimal(5)),
    ("-0", Decimal(0)),
    (-0.0, Decimal(0)),
    (0.1 + 0.2, Decimal("0.3")),
    (1e-7, Decimal("0.0000001")),
    (2**64, Decimal(2**64)),
    ("123456789012345678901234567890", Decimal("123456789012345678901234567890")),
    ("", None),
    ("  ", None),
    (None, None),
    ([], None),
    ("twelve", PARKED),
    ("1,5", PARKED),
    ("1_000", PARKED),
    ("NaN", PARKED),
    ("Infinity", PARKED),
    ("-inf", PARKED),
    ("sNaN", PARKED),
    ("1e999999999", PARKED),
    (10**5000, PARKED),
    (float("nan"), PARKED),
    (float("inf"), PARKED),
    (True, PARKED),
    ([1], PARKED),
    ({"amount": 1}, PARKED),
    ("9" * 500, PARKED),
    ("1\x00", PARKED),
    ("\ud800", PARKED),
)

#: (field, what is shown, what is written back)
WRITTEN: tuple[tuple[dict[str, Any], Any, Any], ...] = (
    ({}, "12.50", 12.5),
    ({}, "12.00", 12),
    ({}, "18446744073709551615", 18446744073709551615),
    ({"number_as": "text"}, 12.5, "12.5"),
    ({"number_as": "text"}, 1e21, "1000000000000000000000"),
    ({"number_as": "text", "decimals": 2}, 12.5, "12.50"),
    ({"number_as": "text", "decimals": 2}, "-0.001", "0.00"),
    ({"decimals": 2}, "2.675", 2.68),
    ({"decimals": 2}, 0.125, 0.13),
    ({"decimals": 0}, "-2.5", -3),
    ({}, "", None),
)


@pytest.mark.parametrize(("raw", "meaning"), SPELLINGS, ids=label)
def test_a_number_is_one_value_in_all_its_spellings(raw: Any, meaning: Any) -> None:
    """1, 1.0 and "1" are one; what is no number parks."""
    assert canon(raw, type="number") == meaning


@pytest.mark.parametrize(("parts", "raw", "back"), WRITTEN)
def test_a_number_is_written_as_the_field_says(parts: dict[str, Any], raw: Any, back: Any) -> None:
    """As a JSON number or a text, with the places that the system keeps; halves go away from zero."""
    result = written(raw, type="number", **parts)
    assert (result, type(result)) == (back, type(back))


def test_a_number_whose_digits_json_would_lose_is_not_written() -> None:
    """Twenty digits do not come back from a JSON number; as a text they do."""
    digits = "0.12345678901234567890"
    assert written(digits, type="number", number_as="text") == "0.1234567890123456789"
    with pytest.raises(Exception, match="too many digits"):
        written(digits, type="number")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_money_survives_the_round_trip_through_json(amount: Decimal) -> None:
    """What is written means what was read."""
    assert canon(written(str(amount), type="number"), type="number") == amount


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_back_means_the_same(value: float) -> None:
    """The noise in its last digits goes once and does not come again."""
    meaning = canon(value, type="number")
    assert canon(written(value, type="number"), type="number") == meaning


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12), st.integers(0, 6))
def test_rounding_twice_is_rounding_once(value: Decimal, decimals: int) -> None:
    """The second reading of what was written moves nothing."""
    back = written(str(value), type="number", decimals=decimals, number_as="text")
    assert written(back, type="number", decimals=decimals, number_as="text") == back
