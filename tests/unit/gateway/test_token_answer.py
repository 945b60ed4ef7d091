"""What token answers mean."""
# ruff: noqa: E501  # a table reads best with one row a line

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ebond.definitions.auth import TokenAnswer
from ebond.gateway.outcome import Outcome
from ebond.gateway.retry_after import LONGEST
from ebond.gateway.token_answer import NoToken, Token, read_answer
from ebond.gateway.wire import RawAnswer
from tests.unit.gateway.conftest import reply

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def read(answer: RawAnswer, **form: Any) -> Token | NoToken:
    return read_answer(answer, TokenAnswer.model_validate(form), received=100, now=NOW)


def lifetime(told: Any, *, date: str = "", **form: Any) -> float:
    token = read(reply(200, {"access_token": "t", "expires_in": told}, date=date), **form)
    assert isinstance(token, Token)
    return token.lifetime


LIFETIMES: list[tuple[str, Any, float]] = [
    ("a number", 3600, 3600),
    ("Orange: text", "3600", 3600),
    ("text with blanks", " 3600 ", 3600),
    ("a fraction", 1799.5, 1799.5),
    ("a fraction as text", "1799.5", 1799.5),
    ("null", None, 300),
    ("zero", 0, 300),
    ("zero as text", "0", 300),
    ("negative", -1, 300),
    ("true", True, 300),
    ("words", "never", 300),
    ("empty", "", 300),
    ("a list", [3600], 300),
    ("a century", 3_155_760_000, LONGEST),
    ("the largest number of Java", 2**63 - 1, LONGEST),
    ("more than any", 1e300, LONGEST),
    ("the end in seconds since 1970", EPOCH + 1800, 1800),
    ("the end in milliseconds since 1970", (EPOCH + 1800) * 1000, 1800),
    ("the end in seconds as text", str(EPOCH + 1800), 1800),
    ("the end as a stamp", "2026-11-24T12:30:00Z", 1800),
    ("the end as a date", "Tue, 24 Nov 2026 12:30:00 GMT", 1800),
    ("an end that has passed", "2026-11-24T11:30:00Z", 300),
]


@pytest.mark.parametrize(("told", "seconds"), [row[1:] for row in LIFETIMES], ids=[row[0] for row in LIFETIMES])
def test_lifetime(told: Any, seconds: float) -> None:
    """However the lifetime is written, it is read; what makes no sense gives the default, and nothing is endless."""
    assert lifetime(told) == seconds


def test_lifetime_absent() -> None:
    """Salesforce names no lifetime: the definition's default counts."""
    token = read(reply(200, {"access_token": "t"}), default_ttl="15m")
    assert token == Token(token.secret, 100, 900)  # type: ignore[union-attr]


def test_lifetime_in_milliseconds() -> None:
    """Directus counts in milliseconds, which the definition says; then nothing is guessed from its size."""
    assert lifetime(900_000, unit="ms") == 900
    assert lifetime(EPOCH, unit="ms") == EPOCH / 1000


def test_end_by_the_servers_own_clock() -> None:
    """A date is measured against the answer's own Date, so that neither clock has to be right."""
    assert lifetime("Tue, 24 Nov 2026 09:30:00 GMT", date="Tue, 24 Nov 2026 09:00:00 GMT") == 1800


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", "BearerToken", "", None])
def test_token_type_is_no_matter(kind: Any) -> None:
    """Gateways spell it as they like, or leave it out."""
    read_one = read(reply(200, {"access_token": "abc", "token_type": kind, "expires_in": 5}))
    assert isinstance(read_one, Token)
    assert (read_one.secret.reveal(), read_one.lifetime) == ("abc", 5)


def test_token_elsewhere() -> None:
    """The definition says where token and lifetime are."""
    body = {"data": {"jwt": "abc", "expires": 900_000}, "access_token": "another"}
    token = read(reply(200, body), token="/data/jwt", expires_in="/data/expires", unit="ms")
    assert isinstance(token, Token)
    assert (token.secret.reveal(), token.lifetime) == ("abc", 900)


FRESH: list[tuple[float, float, float]] = [(3600, 60, 3540), (30, 60, 24), (1, 60, 0.8), (3600, 0, 3600), (100, 60, 80)]


@pytest.mark.parametrize(("seconds", "leeway", "until"), FRESH)
def test_renewal_is_early_in_proportion(seconds: float, leeway: float, until: float) -> None:
    """A token is used until its leeway begins, which is never more than a fifth of its life."""
    token = read(reply(200, {"access_token": "t", "expires_in": seconds}))
    assert isinstance(token, Token)
    assert token.fresh(100 + until - 0.01, leeway)
    assert not token.fresh(100 + until, leeway)


HTML = b"<!DOCTYPE html><html><title>Maintenance</title></html>"
REFUSALS: list[tuple[str, RawAnswer, Outcome, str, str]] = [
    ("RFC 6749", reply(401, {"error": "invalid_client"}), Outcome.STOP, "status 401, invalid_client", "invalid_client"),
    ("under 400", reply(400, {"error": "invalid_client"}), Outcome.REFUSED, "status 400, invalid_client", "invalid_client"),
    ("under 200", reply(200, {"error": "invalid_client"}), Outcome.STOP, "invalid_client", "invalid_client"),
    ("scope", reply(400, {"error": "invalid_scope"}), Outcome.REFUSED, "status 400, invalid_scope", "invalid_scope"),
    ("grant", reply(400, {"error": "unsupported_grant_type"}), Outcome.REFUSED, "status 400, unsupported_grant_type", "unsupported_grant_type"),
    ("an error of the vendor", reply(400, {"error": "s3cret is wrong"}), Outcome.REFUSED, "status 400, an error of its own kind", ""),
    ("passing", reply(400, {"error": "temporarily_unavailable"}), Outcome.RETRY, "status 400, temporarily_unavailable", "temporarily_unavailable"),
    ("passing under 200", reply(200, {"error": "server_error"}), Outcome.RETRY, "server_error", "server_error"),
    ("quota", reply(429, {"error": "slow_down"}), Outcome.RATE_LIMITED, "status 429, slow_down", "slow_down"),
    ("quota under 403", reply(403, {"code": 53, "message": "x"}), Outcome.RATE_LIMITED, "status 403, an error of its own kind", ""),
    ("busy, a page", reply(503, HTML, content_type="text/html"), Outcome.RETRY, "status 503, a web page", ""),
    ("busy, no body", reply(502), Outcome.RETRY, "status 502, no JSON", ""),
    ("a login page", reply(200, HTML, content_type="text/html"), Outcome.RETRY, "status 200, a web page", ""),
    ("half an answer", reply(200, b'{"access_token":"ab'), Outcome.RETRY, "status 200, no JSON", ""),
    ("redirected", reply(302, location="https://login.test"), Outcome.STOP, "status 302, no JSON", ""),
    ("not there", reply(404, {"message": "no Route matched"}), Outcome.STOP, "status 404, an error of its own kind", ""),
    ("no token", reply(200, {"token_type": "Bearer"}), Outcome.STOP, "an answer without a token at '/access_token'", ""),
    ("an empty token", reply(200, {"access_token": ""}), Outcome.STOP, "an answer without a token at '/access_token'", ""),
    ("a token of two lines", reply(200, {"access_token": "a\r\nX: y"}), Outcome.STOP, "an answer without a token at '/access_token'", ""),
    ("a token that is a number", reply(200, {"access_token": 7}), Outcome.STOP, "an answer without a token at '/access_token'", ""),
    ("a list", reply(200, []), Outcome.STOP, "an answer without a token at '/access_token'", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "outcome", "why", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_no_token(answer: RawAnswer, outcome: Outcome, why: str, code: str) -> None:
    """An answer without a token says why, in words of ours: an echo of the secret in it is not repeated."""
    assert read(answer) == NoToken(outcome, why, code)
