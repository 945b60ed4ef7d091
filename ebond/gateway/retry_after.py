"""How long an answer asks us to wait, in whatever way it says so.

Order of evidence: ``Retry-After`` (seconds or a date), its millisecond cousins, for a used-up quota the configured or
usual rate-limit reset headers (their units differ by vendor), then the texts of gateways that say it in words. Reset
headers come with every answer of some systems, so they say nothing about any other trouble, nor where calls are left.
A date is measured against the answer's own Date header, so that neither clock has to be right. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ebond.definitions.gateway import RateHeaders
from ebond.gateway.wire import http_date

#: No answer is taken to mean more than this; what is absurd is capped, the caller decides what is too long.
LONGEST: Final = 366 * 86400.0

_NUMBER: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]*)?)\s*")
_MILLISECONDS: Final = ("retry-after-ms", "x-ms-retry-after-ms")
_RESETS: Final = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_REMAINING: Final = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
#: ``X-RateLimit-Remaining-Minute`` and its kin.
_PERIODS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
#: ``"name";r=0;t=12`` of the current draft, ``limit=100, remaining=0, reset=12`` of an older one.
_POLICY_LEFT: Final = re.compile(r"[;,\s]r(?:emaining)?=([0-9]{1,9})")
_POLICY_RESET: Final = re.compile(r"[;,\s](?:t|reset)=([0-9]{1,9})")
_CLOCK: Final = re.compile(r"\bin\s+(?:(\d{1,3})\.)?(\d{1,2}):(\d{2}):(\d{2})")
_WORDS: Final = re.compile(
    r"(?:again|retry|wait|replenished|reset\w*)\b[^.\d]{0,40}?(\d{1,9}(?:\.\d{1,3})?)\s*"
    r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\b",
    re.IGNORECASE,
)
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def retry_after(
    headers: Mapping[str, str],
    text: str,
    now: datetime,
    *,
    rate_headers: RateHeaders | None = None,
    quota: bool = True,
) -> float | None:
    """Return the seconds to wait, 0 for a moment that has passed, None where the answer says nothing usable.

    ``quota`` tells whether the answer is about a used-up quota.
    """
    there = http_date(headers.get("date", "")) or now
    asked = _seconds_or_date(headers.get("retry-after"), there)
    if asked is None:
        asked = next((_scaled(headers[name], 0.001) for name in _MILLISECONDS if name in headers), None)
    if asked is None and quota:
        asked = reset_after(headers, there, rate_headers or RateHeaders())
    return _from_text(text) if asked is None else asked


def reset_after(headers: Mapping[str, str], there: datetime, names: RateHeaders) -> float | None:
    """Return the seconds until calls are left again, from the configured header or the usual ones."""
    left = [headers[name] for name in ((names.remaining or "").lower(), *_REMAINING) if name in headers]
    if left and all(_NUMBER.fullmatch(value) and float(value) > 0 for value in left):
        return None
    if names.reset:
        value = headers.get(names.reset.lower())
        return None if value is None else read_reset(value, names.reset_unit, there)
    if asked := _of_policies(headers.get("ratelimit", "")):
        return asked
    usual = next((name for name in _RESETS if name in headers), None)
    return _of_periods(headers, there) if usual is None else read_reset(headers[usual], "auto", there)


def last_call(headers: Mapping[str, str], now: datetime, names: RateHeaders) -> float:
    """Return the seconds to stay away after an answer that says that its call was the last of the quota.

    Only the header that the definition names counts: others may speak of another quota.
    """
    left = _NUMBER.fullmatch(headers.get((names.remaining or "").lower(), ""))
    if left is None or float(left[1]) > 0:
        return 0.0
    return reset_after(headers, http_date(headers.get("date", "")) or now, names) or 0.0


def _of_policies(value: str) -> float | None:
    """Return the longest wait of the windows that have nothing left."""
    policies = [value] if "reset=" in value else value.split(",")
    waits = []
    for policy in policies:
        left, reset = _POLICY_LEFT.search(f",{policy}"), _POLICY_RESET.search(f",{policy}")
        if reset and (left is None or int(left[1]) == 0):
            waits.append(_sane(float(reset[1])))
    return max(waits, default=None)


def _of_periods(headers: Mapping[str, str], there: datetime) -> float | None:
    """Return the rest of the longest of Kong's windows that has nothing left; they follow the clock."""
    spent = (per for name, per in _PERIODS.items() if headers.get(f"x-ratelimit-remaining-{name}", "").strip() == "0")
    return max((per - there.timestamp() % per for per in spent), default=None)


def read_reset(value: str, unit: str, there: datetime) -> float | None:
    """Read one reset header; ``auto`` guesses: above 10^12 epoch milliseconds, above 10^9 epoch seconds."""
    match = _NUMBER.fullmatch(value)
    if unit == "iso" or match is None:
        return _until(value, there) if unit in ("iso", "auto") else None
    number = float(match[1])
    if unit == "auto":
        unit = "epoch_ms" if number > 1e12 else "epoch_s" if number > 1e9 else "delta_s"
    scale = 0.001 if unit.endswith("_ms") else 1.0
    return _sane(number * scale - (there.timestamp() if unit.startswith("epoch") else 0.0))


def _seconds_or_date(value: str | None, there: datetime) -> float | None:
    if value is None:
        return None
    # Two proxies may each have put a number there; a date has a comma of its own.
    seconds = _scaled(value.partition(",")[0], 1.0)
    return _until(value, there) if seconds is None else seconds


def _scaled(value: str, scale: float) -> float | None:
    match = _NUMBER.fullmatch(value)
    return None if match is None else _sane(float(match[1]) * scale)


def _until(value: str, there: datetime) -> float | None:
    moment = http_date(value) or _iso(value)
    return None if moment is None else _sane((moment - there).total_seconds())


def _iso(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _from_text(text: str) -> float | None:
    if match := _CLOCK.search(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return _sane(days * 86400.0 + hours * 3600.0 + minutes * 60.0 + seconds)
    if match := _WORDS.search(text):
        unit = match[2].lower()
        scale = 0.001 if unit.startswith(("ms", "milli")) else _UNITS[unit[0]]
        return _sane(float(match[1]) * scale)
    return None


def _sane(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST)
