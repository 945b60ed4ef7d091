"""Texts longer than the other side takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.state import Side
from tests.unit.mapping.making import PARKED, agree, mapped, to_left, to_right

SHORT = mapped(b={"max": 5}, too_long="truncate")


@pytest.mark.parametrize(("text", "carried"), [("12345", "12345"), ("123456", PARKED), ("12🔥45", "12🔥45")])
def test_a_text_too_long_parks_unless_cutting_is_declared(text: str, carried: str) -> None:
    """Characters are counted, an emoji as one."""
    assert to_right(mapped(b={"max": 5}), text) == carried


def test_a_cut_text_is_marked_as_lossy() -> None:
    """And ends without the blank that the system would cut off."""
    result = SHORT.rule("it").to(Side.RIGHT, {"a": "1234 678"})
    assert (result.raw, result.value, result.lossy) == ("1234", "1234", True)


def test_a_cut_text_agrees_with_its_original() -> None:
    """So nothing is written back; another text does not agree."""
    assert [agree(SHORT, "123456789", shown) for shown in ("12345", "1234", "12346")] == [True, False, False]


def test_the_limit_holds_on_its_own_side_only() -> None:
    """What comes back is never cut."""
    assert to_left(SHORT, "123456789") == "123456789"


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
def test_what_is_written_never_exceeds_the_limit(text: str) -> None:
    """Whatever the text; and it is the beginning of what was meant."""
    raw = to_right(SHORT, text)
    assert raw is None or len(raw) <= 5
