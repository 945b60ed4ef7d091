"""Stamps, fast: the usual spellings directly, all others by ``stamps``. What is bound here is bound once.

A first scan reads a stamp of its own for each of many thousand rows, and ``strptime`` would be the dearest
step of it. Whatever is not exactly of the expected form goes the general way, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Final

from ebond.definitions.fields import StampFormat
from ebond.mapping.stamps import floor_stamp, format_stamp, iso_precision, parse_stamp, zone_of

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
_DIRECTIVE: Final = re.compile(r"%.")
#: strftime does not fill earlier years up to the four digits that strptime wants.
_FIRST_FULL_YEAR: Final = 1000


def stamp_parser(form: StampFormat) -> Parser:
    """Return a function that reads stamps of a form as aware UTC; it raises ValueError where it is none."""
    slow: Parser = partial(parse_stamp, form=form)
    if form.format in ("iso", "iso_z"):
        return partial(_iso, slow=slow)
    if _is_digits(form):
        return partial(_digits, pattern=_compiled(form.pattern or ""), zone=zone_of(form.zone), slow=slow)
    return slow


def stamp_floor(form: StampFormat) -> Floor | None:
    """Return a function that floors to a form's granularity; None where there is nothing to floor."""
    if form.granularity <= 1e-6:  # the finest that a datetime can tell
        return None
    return _whole_second if form.granularity == 1 else partial(floor_stamp, form=form)


def stamp_writer(form: StampFormat) -> Writer:
    """Return a function that writes moments floored before; it raises ValueError where the form cannot say one."""
    slow: Writer = partial(format_stamp, form=form)
    if form.format == "iso_z":
        return partial(_write_z, precision=iso_precision(form))
    if form.zone != "UTC":
        return slow
    if form.format == "iso":
        return partial(datetime.isoformat, timespec=iso_precision(form))
    return partial(_write_digits, pattern=form.pattern or "", slow=slow) if _is_digits(form) else slow


def _is_digits(form: StampFormat) -> bool:
    return form.format == "pattern" and tuple(_DIRECTIVE.findall(form.pattern or "")) == _ORDER


def _iso(raw: Any, *, slow: Parser) -> datetime:
    try:
        moment = datetime.fromisoformat(raw)
    except (ValueError, TypeError):
        return slow(raw)
    return moment if moment.tzinfo is UTC else slow(raw)


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


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) if moment.microsecond else moment


def _write_z(moment: datetime, *, precision: str) -> str:
    return moment.isoformat(timespec=precision)[: -len("+00:00")] + "Z"


def _write_digits(moment: datetime, *, pattern: str, slow: Writer) -> str | int | float:
    return moment.strftime(pattern) if moment.year >= _FIRST_FULL_YEAR else slow(moment)
