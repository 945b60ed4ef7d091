"""Points in time and days of the calendar as fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ebond.definitions.fields import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, Codec, is_blank
from ebond.mapping.days import day_parser, day_writer
from ebond.mapping.quick_stamp import shows_no_more, stamp_floor, stamp_parser, stamp_writer
from ebond.mapping.reasons import shape


def instant_codec(field: ResourceField) -> Codec:
    """Compile a point in time: UTC, floored to what the system can tell apart."""
    form = field.stamp
    expected = f"a point in time was expected ({form.pattern or form.format})"
    parse, write = stamp_parser(form), stamp_writer(form)
    floor = None if shows_no_more(form) else stamp_floor(form)

    def canon(raw: Any) -> Canonical:
        if raw is None or raw == "":
            return None
        try:
            moment = parse(raw)
            return moment if floor is None else floor(moment)
        except ValueError as error:
            if is_blank(raw):
                return None
            raise ValueParked(f"{expected}, not {shape(raw)} that is none") from error

    def encode(value: Canonical) -> Any:
        try:
            return write(value) if isinstance(value, datetime) else value
        except ValueError as error:
            raise ValueParked(f"{expected}, and this one cannot be written so: {error}") from error

    return Codec(canon, encode)


def day_codec(field: ResourceField) -> Codec:
    """Compile a day: a day has no zone and never shifts."""
    form = field.stamp
    expected = f"a date was expected ({form.pattern or form.format})"
    parse, write = day_parser(form), day_writer(form)

    def canon(raw: Any) -> Canonical:
        if raw is None or raw == "":
            return None
        try:
            return parse(raw)
        except ValueError as error:
            if is_blank(raw):
                return None
            raise ValueParked(f"{expected}, not {shape(raw)} that is none") from error

    def encode(value: Canonical) -> Any:
        try:
            return write(value) if isinstance(value, date) else value
        except ValueError as error:
            raise ValueParked(f"{expected}, and this one cannot be written so: {error}") from error

    return Codec(canon, encode)
