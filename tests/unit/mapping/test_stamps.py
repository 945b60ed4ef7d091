"""Points in time: read in every spelling, floored and never rounded up, written back as the system has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ebond.definitions.fields import StampFormat
from ebond.mapping.quick_stamp import stamp_floor, stamp_parser, stamp_writer
from ebond.mapping.stamps import floor_stamp, format_stamp, parse_stamp, zone_of
from tests.unit.mapping.making import PARKED, SERVICENOW, canon, label, mapped, to_right

ROUNDUP = {"format": "pattern", "pattern": "%Y-%m-%d.%H:%M:%S"}
ODATA = {"format": "json_date"}
EUROPEAN = {"format": "pattern", "pattern": "%d/%m/%Y %H:%M", "zone": "Europe/Paris"}
PARIS = {**SERVICENOW, "zone": "Europe/Paris"}
AT = datetime(2024, 11, 29, 18, 44, 51, tzinfo=UTC)

#: (format, what is shown, what it means)
SHOWN: tuple[tuple[dict[str, Any], Any, Any], ...] = (
    ({}, "2024-11-29T10:44:51.887-0800", AT.replace(microsecond=887000)),
    ({}, "2024-11-29T18:44:51Z", AT),
    ({}, "2024-11-29t18:44:51z", AT),
    ({}, "2024-11-29T18:44:51.8871234567+00:00", AT.replace(microsecond=887123)),
    ({}, " 2024-11-29T18:44:51+00:00 ", AT),
    ({}, "2024-11-29", datetime(2024, 11, 29, tzinfo=UTC)),
    ({"zone": "Asia/Tokyo"}, "2024-11-30T03:44:51", AT),
    (SERVICENOW, "2024-11-29 18:44:51", AT),
    (SERVICENOW, "2024-11-29T18:44:51", PARKED),
    (SERVICENOW, "2024-13-29 18:44:51", PARKED),
    (SERVICENOW, "2024-W48-5 18:44:51", PARKED),
    (ROUNDUP, "2024-11-29.18:44:51", AT),
    (EUROPEAN, "29/11/2024 19:44", AT.replace(second=0)),
    (EUROPEAN, "11/29/2024 19:44", PARKED),
    ({"format": "epoch_s"}, 1732905891, AT),
    ({"format": "epoch_s"}, "1732905891.9", AT),
    ({"format": "epoch_ms"}, "1732905891887", AT.replace(microsecond=887000)),
    ({"format": "epoch_ms"}, 1.732905891887e12, AT.replace(microsecond=887000)),
    ({"format": "epoch_ms"}, "1e400", PARKED),
    ({"format": "epoch_ms"}, "NaN", PARKED),
    ({"format": "epoch_s"}, 10**300, PARKED),
    (ODATA, "/Date(1732905891887)/", AT.replace(microsecond=887000)),
    (ODATA, "/Date(1732905891000+0100)/", AT),
    (ODATA, "\\/Date(-1)\\/", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    (ODATA, "/Date(now)/", PARKED),
    (ODATA, 1732905891887, PARKED),
    ({"format": "epoch_s"}, 0, datetime(1970, 1, 1, tzinfo=UTC)),
    ({"format": "epoch_s"}, True, PARKED),
    ({}, "0001-01-01T00:00:00+00:00", datetime(1, 1, 1, tzinfo=UTC)),
    ({}, "0001-01-01T00:00:00+14:00", PARKED),
    ({}, "9999-12-31T23:59:59-12:00", PARKED),
    ({}, "9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (PARIS, "0001-01-01 00:00:00", PARKED),
    (PARIS, "9999-12-31 23:59:59", datetime(9999, 12, 31, 22, 59, 59, tzinfo=UTC)),
    ({}, 1732905891, PARKED),
    ({}, {"value": "2024-11-29T18:44:51Z"}, PARKED),
    ({}, "tomorrow", PARKED),
    ({}, "\ud800", PARKED),
    (SERVICENOW, "2024-11-29 18:44:51\x00", PARKED),
    ({}, "", None),
    ({}, "  ", None),
    ({}, None, None),
    ({}, [], None),
)


@pytest.mark.parametrize(("stamp", "raw", "meaning"), SHOWN, ids=label)
def test_a_point_in_time_is_read_in_the_systems_spelling(stamp: dict[str, Any], raw: Any, meaning: Any) -> None:
    """As UTC; what is none parks."""
    assert canon(raw, type="instant", stamp=stamp) == meaning


FORMS = (
    {}, {"format": "iso_z"}, {"format": "iso_z", "granularity": "1s"}, {"format": "iso", "granularity": "1ms"},
    {"format": "iso", "zone": "America/New_York"}, SERVICENOW, ROUNDUP, {**SERVICENOW, "zone": "Asia/Kathmandu"},
    {"format": "pattern", "pattern": "%d/%m/%Y %H:%M"}, {"format": "epoch_s"}, {"format": "epoch_ms"},
    ODATA,
)  # fmt: skip
MOMENTS = st.datetimes(datetime(1800, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


#: New York's clocks show this half hour twice.
TWICE = datetime(2148, 11, 3, 6, 30, tzinfo=UTC)


def shown_as(moment: datetime, form: StampFormat) -> datetime:
    """The moment that a stamp without an offset stands for: of the hour that comes twice, the earlier one."""
    if form.zone == "UTC":
        return moment
    return moment.astimezone(zone_of(form.zone)).replace(fold=0).astimezone(UTC)


def test_of_an_hour_that_comes_twice_the_earlier_is_read() -> None:
    """Too early a point costs rows, too late a one loses edits."""
    form = StampFormat.model_validate({"format": "iso", "zone": "America/New_York"})
    assert parse_stamp(format_stamp(TWICE, form), form) == shown_as(TWICE, form) == TWICE - timedelta(hours=1)


@pytest.mark.parametrize("parts", FORMS, ids=label)
@given(MOMENTS)
@example(TWICE)
def test_what_was_written_reads_as_what_was_meant(parts: dict[str, Any], moment: datetime) -> None:
    """Floored to what the system can tell; and writing it again changes nothing."""
    form = StampFormat.model_validate(parts)
    floored = floor_stamp(moment, form)
    text = format_stamp(moment, form)
    assert parse_stamp(text, form) == shown_as(floored, form)
    assert format_stamp(floored, form) == text


@pytest.mark.parametrize("parts", FORMS, ids=label)
@given(MOMENTS)
@example(TWICE)
def test_the_fast_way_floors_and_writes_as_the_general_one(parts: dict[str, Any], moment: datetime) -> None:
    """Bound once, it is held against what decides."""
    form = StampFormat.model_validate(parts)
    floor, floored = stamp_floor(form), floor_stamp(moment, form)
    assert (moment if floor is None else floor(moment)) == floored
    assert stamp_writer(form)(floored) == format_stamp(floored, form)
    assert stamp_parser(form)(format_stamp(floored, form)) == shown_as(floored, form)


@given(
    MOMENTS, st.sampled_from(["0.001s", "1s", "15s", "1m", "1h", "1d", "7d"]), st.sampled_from(["UTC", "Asia/Tokyo"])
)
def test_a_floor_never_rounds_up(moment: datetime, granularity: Any, zone: str) -> None:
    """Nor down by a whole step; asking from a later point would lose an edit."""
    step = {"0.001s": "1ms"}.get(granularity, granularity)
    form = StampFormat.model_validate({"granularity": step, "zone": zone})
    assert timedelta() <= moment - floor_stamp(moment, form) < timedelta(seconds=form.granularity)


def test_a_pattern_that_cannot_say_a_year_does_not_say_another_one() -> None:
    """Two digits for 1800 would come back as 2000: the value parks."""
    mapping = mapped({"type": "instant"}, {"type": "instant", "stamp": {"format": "pattern", "pattern": "%d.%m.%y"}})
    assert [to_right(mapping, f"{year}-01-01T00:00:00Z") for year in (1800, 2024)] == [PARKED, "01.01.24"]
