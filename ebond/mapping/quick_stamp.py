"""Stamps, fast: the usual spellings directly, all others by ``stamps``. What is bound here is bound once.

A first scan reads a stamp of its own for each of many thousand rows, and ``strptime`` would be the dearest
step of it. Whatever is not exactly of the expected form goes the general way, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final

from ebond.definitions.fields import StampFormat
from ebond.mapping.stamps import EPOCH, floor_stamp, format_stamp, iso_precision, parse_stamp, zone_of

Parser = Callable[[Any], datetime]
Floor = Callable[[datetime], datetime]
Writer = Callable[[datetime], str | int | float]

_DIGITS: Final = {
    "%Y": r"(\d{4})",
    "%m": r"(\d\d)",
    "%d": r"(\d\d)",
    "%H": r"(\d\d)",
    "%M": r"(\d\d)",
    "%S": r"(\d\d)",
}
_ORDER: Final = tuple(_DIGITS)
#: ISO 8601 but for the letter between day and time.
_ISO_LIKE: Final = re.compile(r"%Y-%m-%d([^%\d])%H:%M:%S")
_DIRECTIVE: Final = re.compile(r"%.")
_ISO_LENGTH: Final = len("2026-11-24 20:37:43")
_SECOND: Final = 1_000_000
#: The last millisecond of the year 9999.
_LAST_MS: Final = 253_402_300_799_999
#: Until 2096 a float tells single microseconds apart, and is read in half the time.
_EXACT_MS: Final = 4_000_000_000_000


def stamp_parser(form: StampFormat) -> Parser:
    """Return a function that reads stamps of a form as aware UTC; it raises ValueError where it is none."""
    slow: Parser = partial(parse_stamp, form=form)
    if form.format == "epoch_ms":
        return _milliseconds_reader(slow)
    if form.format in ("iso", "iso_z"):
        return _iso_reader(slow)
    letter = _iso_letter(form)
    if letter is not None and form.zone == "UTC":
        return _iso_like_reader(letter, slow)
    if _is_digits(form):
        return partial(_digits, pattern=_compiled(form.pattern or ""), zone=zone_of(form.zone), slow=slow)
    return slow


def stamp_floor(form: StampFormat) -> Floor | None:
    """Return a function that floors to a form's granularity; None where there is nothing to floor."""
    step = _step(form)
    if step <= 1:
        return None
    return partial(floor_stamp, form=form) if _SECOND % step else _second_floor(step)


def tells_less(form: StampFormat, other: StampFormat) -> bool:
    """Is a moment floored for ``form`` floored for ``other``, too?"""
    return form == other or (_SECOND % _step(other) == 0 and _step(form) % _step(other) == 0)


def shows_no_more(form: StampFormat) -> bool:
    """Is what the form reads whole seconds, and all that the system tells?"""
    return form.format == "pattern" and "%f" not in (form.pattern or "") and _SECOND % _step(form) == 0


def _step(form: StampFormat) -> int:
    """Return the granularity in microseconds."""
    return max(round(form.granularity * _SECOND), 1)


def stamp_writer(form: StampFormat) -> Writer:
    """Return a function that writes moments floored before; it raises ValueError where the form cannot say one."""
    slow: Writer = partial(format_stamp, form=form)
    if form.format == "iso_z":
        return _utc_writer("T", iso_precision(form), "Z")
    if form.zone != "UTC":
        return slow
    if form.format == "iso":
        return _utc_writer("T", iso_precision(form), "+00:00")
    letter = _iso_letter(form)
    return slow if letter is None else _utc_writer(letter, "seconds", "")


def _iso_letter(form: StampFormat) -> str | None:
    """Return the letter between day and time of a pattern that is ISO 8601 but for it."""
    match = _ISO_LIKE.fullmatch(form.pattern or "") if form.format == "pattern" else None
    return None if match is None else match[1]


def _is_digits(form: StampFormat) -> bool:
    return form.format == "pattern" and tuple(_DIRECTIVE.findall(form.pattern or "")) == _ORDER


def _milliseconds_reader(slow: Parser) -> Parser:
    def read(raw: Any) -> datetime:
        if type(raw) is not int or not 0 <= raw <= _LAST_MS:
            return slow(raw)
        if raw <= _EXACT_MS:
            return datetime.fromtimestamp(raw / 1000, UTC)
        return EPOCH + timedelta(milliseconds=raw)

    return read


def _iso_reader(slow: Parser) -> Parser:
    def read(raw: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(raw)
        except (ValueError, TypeError):
            return slow(raw)
        return moment if moment.tzinfo is UTC else slow(raw)

    return read


def _iso_like_reader(letter: str, slow: Parser) -> Parser:
    marks = f"--{letter}::"

    def read(raw: Any) -> datetime:
        if type(raw) is not str or len(raw) != _ISO_LENGTH or raw[4:17:3] != marks:
            return slow(raw)
        try:
            return datetime.fromisoformat(raw + "+00:00")
        except ValueError:
            return slow(raw)

    return read


def _digits(raw: Any, *, pattern: re.Pattern[str], zone: tzinfo, slow: Parser) -> datetime:
    match = pattern.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return slow(raw)
    year, month, day, hour, minute, second = map(int, match.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    try:
        return moment if zone is UTC else moment.astimezone(UTC)
    except OverflowError:
        return slow(raw)


def _compiled(pattern: str) -> re.Pattern[str]:
    literals = [re.escape(text) for text in _DIRECTIVE.split(pattern)]
    groups = [*_DIGITS.values(), ""]
    return re.compile("".join(text + group for text, group in zip(literals, groups, strict=True)), re.ASCII)


def _second_floor(step: int) -> Floor:
    def floor(moment: datetime) -> datetime:
        rest = moment.microsecond % step
        return moment.replace(microsecond=moment.microsecond - rest) if rest else moment

    return floor


def _utc_writer(letter: str, precision: str, offset: str) -> Writer:
    combine = datetime.combine

    def write(moment: datetime) -> str:
        # Without its zone, which is UTC and said by the offset, a moment is written in two thirds of the time.
        return combine(moment, moment.time()).isoformat(letter, precision) + offset

    return write
