"""Spans of time as people write them: ``250ms``, ``30s``, ``5m``, ``1h``, ``7d``."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from ebond.definitions.base import Misspelt, spelled

_UNITS: Final = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_SPELLING: Final = r"[0-9]{1,12}(\.[0-9]{1,30})?(ms|s|m|h|d)"
_DURATION: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,30})?)(ms|s|m|h|d)")
_WORDS: Final = {
    **dict.fromkeys(("msec", "msecs", "millis", "milliseconds", "ms"), "ms"),
    **dict.fromkeys(("sec", "secs", "second", "seconds", "s"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours", "h"), "h"),
    **dict.fromkeys(("day", "days", "d"), "d"),
}
_LOOSE: Final = re.compile(rf"([0-9]{{1,12}})\s*({'|'.join(_WORDS)})", re.IGNORECASE)
_LONGEST: Final = Decimal(36525 * 86400)


def parse_duration(value: Any) -> float:
    """Read ``250ms``, ``30s``, ``5m``, ``1h``, ``7d`` as seconds; a bare number is refused as unclear."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        bare = isinstance(value, int | float) and not isinstance(value, bool)
        todo = f"write {value}s if seconds are meant" if bare else _meant(value)
        raise Misspelt("a duration is a number with a unit: 250ms, 30s, 5m, 1h, 7d", todo)
    seconds = Decimal(match[1]) * _UNITS[match[2]]
    if seconds > _LONGEST:
        raise Misspelt("nothing here lasts longer than 100 years")
    return float(seconds)


def _meant(value: Any) -> str:
    """Guess what was meant by ``5min``, ``2 hours``, ``90 sec``."""
    loose = _LOOSE.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"write {loose[1]}{_WORDS[loose[2].lower()]}" if loose else ""


def show_duration(seconds: float) -> str:
    """Write seconds as ``parse_duration`` reads them, in the largest unit that they are a whole number of."""
    exact = Decimal(repr(seconds))
    for unit in ("d", "h", "m"):
        if exact and exact % _UNITS[unit] == 0:
            return f"{int(exact / _UNITS[unit])}{unit}"
    return f"{format(exact.normalize(), 'f')}s"


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise Misspelt("this must take longer than nothing")
    return seconds


Seconds = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(show_duration), spelled(_SPELLING)]
PositiveSeconds = Annotated[
    float,
    BeforeValidator(parse_duration),
    AfterValidator(_positive),
    PlainSerializer(show_duration),
    spelled(rf"(?!0+(\.0+)?[a-z]){_SPELLING}"),
]
