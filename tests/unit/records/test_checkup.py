"""``ebond check`` beside the records: clocks, rights, quota, encodings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ebond.records.checkup import of_clock, of_encoding, of_quota, of_rights
from ebond.secrets import Secret
from ebond.testing.clock import ManualClock
from ebond.testing.wiring import PRESETS, fake_end

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
END = fake_end(PRESETS["plain"](), name="l", clock=ManualClock())


def levels(findings):
    return [one.level for one in findings]


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0, "ok"), (4, "ok"), (-4, "ok"), (5, "warn"), (-119, "warn"), (120, "error"), (-9999, "error")],
)
def test_clocks_are_compared(ahead, level):
    """A few seconds are the way there; minutes make tokens be refused."""
    assert levels(of_clock(NOW + timedelta(seconds=ahead), NOW)) == [level]


def test_an_answer_without_a_date_tells_nothing_of_the_clock():
    """There is nothing to compare with."""
    assert list(of_clock(None, NOW)) == []


@pytest.mark.parametrize(
    ("verbs", "allow", "expected"),
    [
        (("GET", "POST", "PATCH"), None, ["ok"]),
        (("GET", "POST", "PATCH"), "GET, post, PATCH", ["ok"]),
        (("GET", "POST", "PATCH"), "GET, HEAD", ["warn"]),
        (("GET",), None, ["error", "ok"]),
    ],
)
def test_rights_are_told_as_far_as_anything_tells(verbs, allow, expected):
    """From the contract's verbs, and the Allow header where there is one."""
    system = END.definition.model_copy(update={"verbs": verbs})
    assert levels(of_rights(system, END.resource, allow)) == expected


LEFT = {"x-ratelimit-remaining": "9"}


@pytest.mark.parametrize(
    ("reads", "headers", "expected"),
    [
        (None, {}, []),
        (None, LEFT, ["warn"]),
        ("X-RateLimit-Remaining", LEFT, ["ok"]),
        ("X-RateLimit-Remaining", {}, ["warn"]),
    ],
)
def test_quota_headers_are_held_against_the_definition(reads, headers, expected):
    """What is told and not read, and what is read and not told."""
    gateway = END.gateway.definition(
        quota=[{"calls": 9, "per": "1s"}], rate_headers={"remaining": reads} if reads else {}
    )
    assert levels(of_quota(gateway, headers)) == expected


@pytest.mark.parametrize(
    ("secret", "expected"), [("plain-Secret.1_2~", []), ("with:colon", ["warn"]), ("50%", ["warn"])]
)
def test_a_secret_that_the_two_encodings_write_differently_is_warned_of(secret, expected):
    """RFC 6749 encodes it before it goes into the Basic header; many servers do not decode it."""
    gateway = END.gateway.definition()
    assert gateway.auth.client_auth == "basic"
    assert levels(of_encoding(gateway, lambda _: Secret(secret))) == expected
