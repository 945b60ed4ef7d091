"""Stamps of a feed, read fast: the usual spellings directly, all others by the general parser.

A first scan reads a stamp of its own for each of many thousand rows, and ``strptime`` would be the dearest
step of it. Whatever is not exactly of the expected form goes to ``parse_stamp``, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from ebond.definitions.system import StampFormat
from ebond.mapping.stamps import parse_stamp

Parser = Callable[[Any], datetime]

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


def stamp_parser(form: StampFormat) -> Parser:
    """Return a function that reads stamps of a form as aware UTC; it raises ValueError where it is none."""
    slow: Parser = partial(_general, form=form)
    if form.zone != "UTC":
        return slow
    if form.format in ("iso", "iso_z"):
        return partial(_iso, slow=slow)
    if form.format == "pattern" and tuple(_DIRECTIVE.findall(form.pattern or "")) == _ORDER:
        return partial(_digits, pattern=_compiled(form.pattern or ""), slow=slow)
    return slow


def _general(raw: Any, *, form: StampFormat) -> datetime:
    return parse_stamp(raw, form)


def _iso(raw: Any, *, slow: Parser) -> datetime:
    try:
        moment = datetime.fromisoformat(raw)
    except (ValueError, TypeError):
        return slow(raw)
    if moment.tzinfo is UTC:
        return moment
    return slow(raw)


def _digits(raw: Any, *, pattern: re.Pattern[str], slow: Parser) -> datetime:
    match = pattern.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return slow(raw)
    year, month, day, hour, minute, second = map(int, match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _compiled(pattern: str) -> re.Pattern[str]:
    literals = [re.escape(text) for text in _DIRECTIVE.split(pattern)]
    groups = [*_DIGITS.values(), ""]
    return re.compile("".join(text + group for text, group in zip(literals, groups, strict=True)), re.ASCII)
