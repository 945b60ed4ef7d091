"""Days of the calendar as systems write them. A day has no zone; where a system shows points in time instead, it
is the day on the clock in the definition's zone, so that no day ever shifts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from ebond.definitions.fields import StampFormat
from ebond.mapping.stamps import format_stamp, in_zone, parse_stamp, read_pattern, zone_of

_ISO_LENGTH = len("2026-11-24")


def day_parser(form: StampFormat) -> Callable[[Any], date]:
    """Bind ``parse_day`` to a form; the usual spelling goes the short way."""
    if form.format not in ("iso", "iso_z"):
        return partial(parse_day, form=form)

    def parse(raw: Any) -> date:
        usual = type(raw) is str and len(raw) == _ISO_LENGTH
        return date.fromisoformat(raw) if usual else parse_day(raw, form)

    return parse


def day_writer(form: StampFormat) -> Callable[[date], str | int | float]:
    """Bind ``format_day`` to a form."""
    return date.isoformat if form.format in ("iso", "iso_z") else partial(format_day, form=form)


def parse_day(value: object, form: StampFormat) -> date:
    """Read a calendar day; a point in time gives the day in the definition's zone. Raises ValueError."""
    if form.format == "pattern" and isinstance(value, str):
        moment = read_pattern(value.strip(), form)
        return moment.date() if moment.tzinfo is None else day_of(moment, form)
    if form.format in ("iso", "iso_z") and isinstance(value, str) and len(value.strip()) == _ISO_LENGTH:
        return date.fromisoformat(value.strip())
    return day_of(parse_stamp(value, form), form)


def format_day(day: date, form: StampFormat) -> str | int | float:
    """Write a calendar day in a system's form; where it wants a point in time, midnight in its zone.

    Raises ValueError where the form cannot say it.
    """
    if form.format in ("iso", "iso_z"):
        return day.isoformat()
    if form.format != "pattern":
        return format_stamp(midnight(day, form), form)
    text = datetime(day.year, day.month, day.day, tzinfo=zone_of(form.zone)).strftime(form.pattern or "")
    if parse_day(text, form) != day:
        raise ValueError("the pattern cannot say this")
    return text


def day_of(moment: datetime, form: StampFormat) -> date:
    """Return the day that the clock in the definition's zone shows; raises ValueError at the ends of the calendar."""
    return in_zone(moment, zone_of(form.zone)).date()


def midnight(day: date, form: StampFormat) -> datetime:
    """Return the start of a day in the definition's zone, as UTC; raises ValueError at the ends of the calendar."""
    return in_zone(datetime(day.year, day.month, day.day, tzinfo=zone_of(form.zone)), UTC)
