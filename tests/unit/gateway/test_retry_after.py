"""How long answers ask to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ebond.definitions.gateway import RateHeaders
from ebond.gateway.retry_after import LONGEST, last_call, retry_after

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())

HEADERS: list[tuple[str, dict[str, str], float | None]] = [
    ("seconds", {"retry-after": "120"}, 120),
    ("blanks around", {"retry-after": " 7 "}, 7),
    ("a fraction", {"retry-after": "1.5"}, 1.5),
    ("nothing", {}, None),
    ("empty", {"retry-after": ""}, None),
    ("words", {"retry-after": "soon"}, None),
    ("zero", {"retry-after": "0"}, 0),
    ("negative", {"retry-after": "-5"}, 0),
    ("absurd", {"retry-after": "99999999999"}, LONGEST),
    ("more digits than a float has", {"retry-after": "9" * 400}, LONGEST),
    ("given twice", {"retry-after": "30, 60"}, 30),
    ("an HTTP date", {"retry-after": "Tue, 24 Nov 2026 12:01:30 GMT"}, 90),
    ("an old HTTP date", {"retry-after": "Tuesday, 24-Nov-26 12:00:10 GMT"}, 10),
    ("a date in another zone", {"retry-after": "Tue, 24 Nov 2026 13:01:00 +0100"}, 60),
    ("a date that has passed", {"retry-after": "Tue, 24 Nov 2020 12:00:00 GMT"}, 0),
    ("a date in 2099", {"retry-after": "Tue, 24 Nov 2099 12:00:00 GMT"}, LONGEST),
    ("a date after all dates", {"retry-after": "Fri, 31 Dec 9999 23:59:00 -2359"}, None),
    ("no date", {"retry-after": "Tue, 99 Nov 2026 12:00:00 GMT"}, None),
    ("an ISO stamp", {"retry-after": "2026-11-24T12:00:45Z"}, 45),
    (
        "a date by the server's own clock",
        {"retry-after": "Tue, 24 Nov 2026 09:01:00 GMT", "date": "Tue, 24 Nov 2026 09:00:00 GMT"},
        60,
    ),
    ("an unreadable Date", {"retry-after": "Tue, 24 Nov 2026 12:01:00 GMT", "date": "yesterday"}, 60),
    ("Azure: milliseconds", {"retry-after-ms": "2500"}, 2.5),
    ("Azure: milliseconds, vendor's name", {"x-ms-retry-after-ms": "250"}, 0.25),
    ("seconds win", {"retry-after": "3", "retry-after-ms": "900", "x-ratelimit-reset": "77"}, 3),
    ("GitHub: epoch seconds", {"x-ratelimit-reset": str(EPOCH + 300)}, 300),
    ("epoch milliseconds", {"x-ratelimit-reset": str((EPOCH + 300) * 1000)}, 300),
    ("an epoch that has passed", {"x-ratelimit-reset": str(EPOCH - 300)}, 0),
    ("Kong: seconds that remain", {"ratelimit-reset": "42"}, 42),
    ("Jira: ISO", {"x-ratelimit-reset": "2026-11-24T12:05Z"}, 300),
    ("lemlist: a readable date", {"x-ratelimit-reset": "Tue Nov 24 2026 12:00:30 GMT"}, 30),
    ("nonsense", {"x-ratelimit-reset": "name=default"}, None),
    ("calls are left: another limit", {"x-ratelimit-reset": "3000", "x-ratelimit-remaining": "17"}, None),
    ("none are left", {"x-ratelimit-reset": "3000", "x-ratelimit-remaining": "0"}, 3000),
    ("the draft's windows", {"ratelimit": '"burst";r=3;t=2, "day";r=0;t=3600'}, 3600),
    ("the draft, bare names", {"ratelimit": "default;r=0;t=12"}, 12),
    ("the draft, something left", {"ratelimit": '"default";r=40;t=12'}, None),
    ("Kong: the minute is used up", {"x-ratelimit-remaining-minute": "0", "date": "Tue, 24 Nov 2026 12:00:47 GMT"}, 13),
    (
        "Kong: the longest window counts",
        {"x-ratelimit-remaining-second": "0", "x-ratelimit-remaining-hour": "0", "x-ratelimit-remaining-day": "7"},
        3600,
    ),
    ("Kong: something is left", {"x-ratelimit-remaining-minute": "3"}, None),
    ("the older draft", {"ratelimit": "limit=100, remaining=0, reset=50"}, 50),
]


@pytest.mark.parametrize(("headers", "seconds"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    """Every header that asks to wait is read in its own unit; nothing is negative or endless."""
    assert retry_after(headers, "", NOW) == seconds


TEXTS: list[tuple[str, float | None]] = [
    ('{"message":"Rate limit is exceeded. Try again in 60 seconds."}', 60),
    ("Out of call volume quota. Quota will be replenished in 20.09:58:55.", 20 * 86400 + 9 * 3600 + 58 * 60 + 55),
    ("Quota will be replenished in 01:02:03.", 3723),
    ("quota will be replenished in 2 days", 172800),
    ("Please retry after 1500 ms", 1.5),
    ("wait 3 minutes", 180),
    ("retry in 1 hour", 3600),
    ("You have exceeded a secondary rate limit.", None),
    ("again and again 60 times", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "seconds"), TEXTS)
def test_texts(text: str, seconds: float | None) -> None:
    """Gateways that ask in words are understood where no header does."""
    assert retry_after({}, text, NOW) == seconds
    assert retry_after({"retry-after": "5"}, text, NOW) == 5


UNITS: list[tuple[str, str, float | None]] = [
    ("epoch_s", str(EPOCH + 9), 9),
    ("epoch_ms", str(EPOCH * 1000 + 9000), 9),
    ("delta_s", "1700000000", LONGEST),
    ("delta_ms", "9000", 9),
    ("iso", "2026-11-24T12:00:09+00:00", 9),
    ("iso", "9", None),
    ("delta_s", "2026-11-24T12:00:09Z", None),
]


@pytest.mark.parametrize(("unit", "value", "seconds"), UNITS)
def test_configured_unit(unit: str, value: str, seconds: float | None) -> None:
    """A header that the definition names is read in the unit that it names, and no other header counts."""
    names = RateHeaders.model_validate({"reset": "X-My-Reset", "reset_unit": unit})
    headers = {"x-my-reset": value, "x-ratelimit-reset": "77"}
    assert retry_after(headers, "", NOW, rate_headers=names) == seconds


def test_configured_header_that_does_not_come() -> None:
    """Where the named header is missing, a look-alike of another unit does not stand in for it."""
    assert retry_after({"x-ratelimit-reset": "77"}, "", NOW, rate_headers=RateHeaders(reset="X-My-Reset")) is None


def test_reset_speaks_of_the_quota_only() -> None:
    """Some systems send the reset with every answer; a 503 does not last as long as the hour's quota."""
    headers = {"x-ratelimit-reset": "3000"}
    assert retry_after(headers, "", NOW, quota=False) is None
    assert retry_after({**headers, "retry-after": "4"}, "", NOW, quota=False) == 4


LAST: list[tuple[str, dict[str, str], float]] = [
    ("some are left", {"x-left": "1", "x-reset": "30"}, 0),
    ("none are left", {"x-left": "0", "x-reset": "30"}, 30),
    ("no word of an end", {"x-left": "0"}, 0),
    ("no number", {"x-left": "name=default,0;", "x-reset": "30"}, 0),
    ("another header", {"x-ratelimit-remaining": "0", "x-reset": "30"}, 0),
    ("nothing", {}, 0),
]


@pytest.mark.parametrize(("headers", "seconds"), [row[1:] for row in LAST], ids=[row[0] for row in LAST])
def test_last_call_of_a_quota(headers: dict[str, str], seconds: float) -> None:
    """An answer that says that nothing is left, in the header that the definition names, asks to wait."""
    assert last_call(headers, NOW, RateHeaders(remaining="X-Left", reset="X-Reset")) == seconds
