"""Durations: what is written is read exactly, and what is shown can be read back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.base import Misspelt
from ebond.definitions.durations import parse_duration, show_duration

LONGEST = 36525 * 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0.0),
        ("250ms", 0.25),
        ("35ms", 0.035),
        ("0.001ms", 0.000001),
        ("30s", 30.0),
        ("1.5m", 90.0),
        ("5m", 300.0),
        ("0.1h", 360.0),
        ("1h", 3600.0),
        ("7d", 604800.0),
        ("36525d", float(LONGEST)),
    ],
)
def test_each_unit_is_read_exactly(text: str, seconds: float) -> None:
    """No binary rounding comes between the text and the nearest float."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (0.000001, "0.000001s"),
        (1e-9, "0.000000001s"),
        (0.25, "0.25s"),
        (1.0, "1s"),
        (60.0, "1m"),
        (90.0, "90s"),
        (5400.0, "90m"),
        (86400.0, "1d"),
        (90000.0, "25h"),
        (604800.0, "7d"),
        (1234567.5, "1234567.5s"),
    ],
)
def test_shown_as_people_write_it(seconds: float, text: str) -> None:
    """The largest unit that fits without a fraction is taken, and never an exponent."""
    assert show_duration(seconds) == text


@given(st.floats(0, LONGEST, allow_subnormal=False).filter(lambda seconds: seconds == 0 or seconds > 1e-12))
def test_what_is_shown_is_read_back(seconds: float) -> None:
    """Every duration survives being written out."""
    assert parse_duration(show_duration(seconds)) == seconds


@given(st.integers(0, 36524), st.integers(0, 9999), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_what_is_written_survives(whole: int, part: int, unit: str) -> None:
    """What a definition says means the same after a round trip."""
    seconds = parse_duration(f"{whole}.{part:04}{unit}")
    assert parse_duration(show_duration(seconds)) == seconds


def test_a_time_span_of_python_is_taken() -> None:
    """Tests and programs may give what Python has for it."""
    assert parse_duration(timedelta(minutes=2)) == 120.0


@pytest.mark.parametrize(
    "value",
    ["", "5", 5, 5.0, True, None, "5 s", " 5s", "5s\n", "-5s", "1e3s", "5S", "1w", "1h30m", "٣s", "inf", [], "36526d"],
)
def test_unclear_or_absurd_spans_are_refused(value: object) -> None:
    """A number without its unit could mean anything; a sign, a blank or another script is a slip."""
    with pytest.raises(Misspelt):
        parse_duration(value)
