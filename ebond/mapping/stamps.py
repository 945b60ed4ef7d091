"""Points in time as systems write them: parsed to aware UTC, formatted back, floored to what a system can tell.

A stamp without a zone is read in the definition's zone. In the hour that summer time repeats, the earlier reading
is taken: asking a little too early costs rows, too late loses edits. ``quick_stamp`` does the same faster for the
usual spellings; what is said here holds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ebond.definitions.fields import StampFormat
from ebond.values.json_date import milliseconds
from ebond.values.numbers import exact

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # what a clock on the wall shows has no zone
_MICRO: Final = timedelta(microseconds=1)
_SECOND, _HOUR = 1_000_000, 3_600_000_000


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """Return an IANA zone; raises ValueError for an unknown one."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except Exception as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def parse_stamp(value: object, form: StampFormat) -> datetime:
    """Read a stamp as aware UTC, at full precision; raises ValueError where it is none."""
    if form.format in ("epoch_s", "epoch_ms"):
        return _from_epoch(value, _SECOND if form.format == "epoch_s" else 1000)
    if not isinstance(value, str):
        raise ValueError("a point in time is a text here")
    text = value.strip()
    if form.format == "json_date":
        return _from_epoch(milliseconds(text), 1000)
    moment = read_pattern(text, form) if form.format == "pattern" else datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(form.zone))
    return in_zone(moment, UTC)


def read_pattern(text: str, form: StampFormat) -> datetime:
    """Read a text by the definition's pattern; naive where the pattern has no offset."""
    return datetime.strptime(text, form.pattern or "")  # noqa: DTZ007  # the caller knows the zone


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Show a moment in a zone; raises ValueError at the ends of the calendar."""
    try:
        return moment.astimezone(zone)
    except OverflowError as error:
        raise ValueError("beyond the years 1 to 9999") from error


def _from_epoch(value: object, micros: int) -> datetime:
    # A float's own digits all count here: the last of them are microseconds.
    number = exact(repr(value) if isinstance(value, float) else value)
    try:
        return EPOCH + timedelta(microseconds=int(number * micros // 1))
    except ArithmeticError as error:
        raise ValueError("beyond the years 1 to 9999") from error


def floor_stamp(moment: datetime, form: StampFormat) -> datetime:
    """Round down to the system's granularity; never up.

    Steps longer than a second are those of the clock on the system's wall: a day begins at its own midnight.
    Raises ValueError at the ends of the calendar.
    """
    step = max(round(form.granularity * _SECOND), 1)
    try:
        if form.zone == "UTC" or step <= _SECOND:
            micros = (moment - EPOCH) // _MICRO
            return EPOCH + timedelta(microseconds=micros - micros % step)
        return min(moment, _floor_on_the_wall(moment, step, zone_of(form.zone)))
    except OverflowError as error:
        raise ValueError("beyond the years 1 to 9999") from error


def _floor_on_the_wall(moment: datetime, step: int, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    micros = (local.replace(tzinfo=None) - _WALL_EPOCH) // _MICRO
    shown = _WALL_EPOCH + timedelta(microseconds=micros - micros % step)
    return shown.replace(tzinfo=zone, fold=local.fold if step <= _HOUR else 0).astimezone(UTC)


def format_stamp(moment: datetime, form: StampFormat) -> str | int | float:
    """Write a point in time in a system's form; what it cannot tell apart is floored away first.

    Raises ValueError where the form cannot say it: a year beyond two digits, for instance.
    """
    moment = floor_stamp(moment, form)
    match form.format:
        case "epoch_s":
            return _count(moment, _SECOND)
        case "epoch_ms":
            return _count(moment, 1000)
        case "json_date":
            return f"/Date({(moment - EPOCH) // (1000 * _MICRO)})/"
        case "pattern":
            return _by_pattern(moment, form)
        case "iso_z":
            return _iso(moment, form) + "Z"
    local = in_zone(moment, zone_of(form.zone))
    return _iso(local, form) if form.zone != "UTC" else _iso(moment, form) + "+00:00"


def _count(moment: datetime, unit: int) -> int | float:
    micros = (moment - EPOCH) // _MICRO
    return micros / unit if micros % unit else micros // unit


def _iso(moment: datetime, form: StampFormat) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec=iso_precision(form))


def iso_precision(form: StampFormat) -> str:
    """Return the ``timespec`` that shows a form's granularity."""
    if form.granularity >= 1:
        return "seconds"
    return "milliseconds" if form.granularity >= 0.001 else "microseconds"


def _by_pattern(moment: datetime, form: StampFormat) -> str:
    local = in_zone(moment, zone_of(form.zone))
    text = local.strftime(form.pattern or "")
    back = read_pattern(text, form)
    # Compared by the clock on the wall: which of the two hours at the end of summer time, no pattern can say.
    said = back == moment if back.tzinfo is not None else back == local.replace(tzinfo=None)
    if not said:
        raise ValueError("the pattern cannot say this")
    return text
