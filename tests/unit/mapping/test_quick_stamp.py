"""The fast way to read stamps says what the general one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.system import StampFormat
from ebond.mapping.quick_stamp import stamp_parser
from ebond.mapping.stamps import EPOCH, parse_stamp

FORMS: dict[str, dict[str, Any]] = {
    "iso": {"format": "iso"},
    "iso_z": {"format": "iso_z"},
    "zoned": {"format": "iso", "zone": "Europe/Paris"},
    "roundup": {"format": "pattern", "pattern": "%Y-%m-%d.%H:%M:%S"},
    "servicenow": {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S"},
    "tokyo": {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S", "zone": "Asia/Tokyo"},
    "american": {"format": "pattern", "pattern": "%m/%d/%Y %I:%M %p"},
    "epoch_s": {"format": "epoch_s"},
    "epoch_ms": {"format": "epoch_ms"},
}
STAMPS = (
    "2026-11-23T20:37:43Z",
    "2026-11-23T20:37:43.123456+00:00",
    "2026-11-23T20:37:43.1234567Z",
    "2024-11-29T10:44:51.887-0800",
    "2026-11-23T20:37:43",
    "2026-11-23 20:37:43",
    "2026-11-23.20:37:43",
    "2026-1-3 2:7:4",
    "2026-10-25 02:30:00",
    "11/23/2026 08:37 PM",
    "2026-13-01 00:00:00",
    "2026-11-23 20:37:60",
    " 2026-11-23 20:37:43 ",
    "２026-11-23 20:37:43",
    "1795466263",
    1795466263,
    1795466263999,
    1795466263.5,
    "soon",
    "",
    None,
    True,
)


def outcome(parse: Any, raw: Any) -> Any:
    """Return what a parser makes of a stamp; its refusal as a word."""
    try:
        return parse(raw)
    except ValueError:
        return "refused"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("raw", STAMPS)
def test_fast_and_general_reading_agree(form: str, raw: Any) -> None:
    """On good stamps and bad ones, in every form."""
    stamp = StampFormat.model_validate(FORMS[form])
    assert outcome(stamp_parser(stamp), raw) == outcome(lambda value: parse_stamp(value, stamp), raw)


@given(st.integers(0, 253_402_300_799_999) | st.integers(3_999_999_000_000, 4_000_001_000_000))
def test_milliseconds_are_exact_to_the_last_year(raw: int) -> None:
    """A float may lie between, and never shows."""
    assert stamp_parser(StampFormat(format="epoch_ms"))(raw) == EPOCH + timedelta(milliseconds=raw)
