"""Days of the calendar: a day has no zone, and none ever shifts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mapping.making import PARKED, SERVICENOW, agree, canon, label, mapped, to_left, to_right

ZONES = st.sampled_from(
    ["UTC", "Europe/Paris", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]
)
DAYS = st.dates(date(1902, 1, 2), date(9999, 12, 29))
EUROPEAN = {"format": "pattern", "pattern": "%d/%m/%Y"}
DAY = date(2026, 11, 24)

SHOWN: tuple[tuple[dict[str, Any], Any, Any], ...] = (
    ({}, "2026-11-24", DAY),
    ({}, " 2026-11-24 ", DAY),
    ({}, "2026-11-24T23:30:00Z", DAY),
    ({"zone": "Europe/Paris"}, "2026-11-23T23:30:00Z", DAY),
    ({"zone": "Europe/Paris"}, "2026-11-24T23:30:00", DAY),
    (EUROPEAN, "24/11/2026", DAY),
    (EUROPEAN, "2026-11-24", PARKED),
    (SERVICENOW, "2026-11-24 23:59:59", DAY),
    ({"format": "epoch_ms", "zone": "Europe/Paris"}, "1795474800000", DAY),
    ({}, "2026-02-30", PARKED),
    ({}, 20261124, PARKED),
    ({}, "24/11/2026", PARKED),
    ({"format": "epoch_s", "zone": "Asia/Tokyo"}, 253402300799, PARKED),
    ({}, "", None),
    ({}, " ", None),
    ({}, {}, None),
)


@pytest.mark.parametrize(("stamp", "raw", "meaning"), SHOWN, ids=label)
def test_a_day_is_read_in_the_systems_spelling(stamp: dict[str, Any], raw: Any, meaning: Any) -> None:
    """A point in time gives the day on the clock in the field's zone."""
    assert canon(raw, type="date", stamp=stamp) == meaning


@given(DAYS, ZONES, ZONES, st.sampled_from(["iso", "iso_z", "epoch_s", "epoch_ms"]))
def test_a_day_is_the_same_day_in_every_zone(day: date, left: str, right: str, form: Any) -> None:
    """It goes over and comes back as it was, whatever the zones and spellings."""
    mapping = mapped(
        {"type": "date", "stamp": {"zone": left}}, {"type": "date", "stamp": {"format": form, "zone": right}}
    )
    there = to_right(mapping, day.isoformat())
    assert to_left(mapping, there) == day.isoformat()
    assert agree(mapping, day.isoformat(), there)


@given(DAYS, ZONES, ZONES)
def test_a_day_does_not_shift_where_the_other_side_keeps_points_in_time(day: date, zone: str, other: str) -> None:
    """Midnight of the field that holds days; the zone of the other field only spells it."""
    stamp = {"format": "iso", "zone": other}
    mapping = mapped({"type": "date", "stamp": {"zone": zone}}, {"type": "instant", "stamp": stamp})
    assert to_left(mapping, to_right(mapping, day.isoformat())) == day.isoformat()
