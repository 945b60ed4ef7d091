"""Points in time as systems write them: parsed to aware UTC, formatted back, floored to what a system can tell.

A stamp without a zone is read in the definition's zone. In the hour that summer time repeats, the earlier reading
is taken: asking a little too early costs rows, too late loses edits.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ebond.definitions.system import StampFormat

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BARE_OFFSET: Final = re.compile(r"([+-]\d{2})(\d{2})$")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Return an IANA zone; raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except Exception as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def parse_stamp(value: object, form: StampFormat) -> datetime:
    """Read a stamp as aware UTC, at full precision; raises ValueError where it is none."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"not a point in time: {value!r}")
    if form.format in ("epoch_s", "epoch_ms"):
        return _from_epoch(value, 1 if form.format == "epoch_s" else 1000)
    if not isinstance(value, str):
        raise ValueError("a point in time is a text here, not a number")
    return _parse_text(value.strip(), form)


@lru_cache(maxsize=8192)
def _parse_text(text: str, form: StampFormat) -> datetime:
    if form.format == "pattern":
        moment = datetime.strptime(text, form.pattern or "")  # noqa: DTZ007  # the zone follows below
    else:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", _BARE_OFFSET.sub(r"\1:\2", text)) if "T" in text else text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(form.zone))
    return moment.astimezone(UTC)


def _from_epoch(value: object, scale: int) -> datetime:
    try:
        number = float(value) if not isinstance(value, int) else value  # type: ignore[arg-type]  # ValueError below
        micros = number * 1_000_000 // scale
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError("not finite")
        return _EPOCH + timedelta(microseconds=int(micros))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"not a point in time: {value!r}") from error


def floor_stamp(moment: datetime, form: StampFormat) -> datetime:
    """Round down to the system's granularity, counted from the epoch; never up."""
    step = max(round(form.granularity * 1_000_000), 1)
    micros = (moment - _EPOCH) // timedelta(microseconds=1)
    return _EPOCH + timedelta(microseconds=micros - micros % step)


def format_stamp(moment: datetime, form: StampFormat) -> str | int:
    """Write a point in time in a system's form; what it cannot tell apart is floored away first."""
    moment = floor_stamp(moment, form)
    match form.format:
        case "epoch_s":
            return int((moment - _EPOCH).total_seconds())
        case "epoch_ms":
            return (moment - _EPOCH) // timedelta(milliseconds=1)
        case "pattern":
            return moment.astimezone(zone_of(form.zone)).strftime(form.pattern or "")
        case "iso_z":
            return _iso(moment, form) + "Z"
    local = moment.astimezone(zone_of(form.zone))
    return _iso(local, form) if form.zone != "UTC" else _iso(moment, form) + "+00:00"


def _iso(moment: datetime, form: StampFormat) -> str:
    naive = moment.replace(tzinfo=None)
    if form.granularity >= 1:
        return naive.isoformat(timespec="seconds")
    return naive.isoformat(timespec="milliseconds" if form.granularity >= 0.001 else "microseconds")


def parse_day(value: object, form: StampFormat) -> date:
    """Read a calendar day; a point in time gives the day in the definition's zone."""
    if isinstance(value, str) and len(value) == 10 and form.format != "pattern":
        return date.fromisoformat(value)
    if form.format == "pattern" and isinstance(value, str):
        return datetime.strptime(value.strip(), form.pattern or "").date()  # noqa: DTZ007  # a day has no zone
    return parse_stamp(value, form).astimezone(zone_of(form.zone)).date()


def format_day(day: date, form: StampFormat) -> str | int:
    """Write a calendar day in a system's form; where it wants a point in time, midnight in its zone."""
    if form.format == "pattern":
        return day.strftime(form.pattern or "")
    if form.format in ("epoch_s", "epoch_ms"):
        return format_stamp(midnight(day, form), form)
    return day.isoformat()


def midnight(day: date, form: StampFormat) -> datetime:
    """Return the start of a day in the definition's zone, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(form.zone)).astimezone(UTC)
