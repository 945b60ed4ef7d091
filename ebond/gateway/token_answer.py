"""Reading a token answer: the token and how long it is good for, or why there is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ebond.definitions.auth import LoginAnswer, TokenAnswer
from ebond.gateway.body import decode
from ebond.gateway.evidence import Evidence
from ebond.gateway.outcome import Outcome, classify
from ebond.gateway.retry_after import read_reset
from ebond.gateway.wire import RawAnswer, http_date
from ebond.mapping.path import getter
from ebond.secrets import Secret

#: Renew when a fifth of the lifetime is left, at the latest when ``leeway`` is.
SHARE: Final = 0.2

#: What RFC 6749 and its kin call errors; nothing else of an answer is repeated in a message, it may echo the secret.
_KNOWN: Final = frozenset({
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope", "invalid_target", "access_denied", "server_error", "temporarily_unavailable", "slow_down",
})  # fmt: skip
_PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})
#: What may stand in a header without changing what follows it.
_SENDABLE: Final = re.compile(r"[!-~]+")
_LONGEST_TEXT: Final = 64
_LONGEST_TOKEN: Final = 16_384
#: Where one cookie ends and the next begins.
_COOKIES: Final = re.compile(r",(?=\s*[^;,=\s]+=)")


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when to stop using it, on the clock that never runs backwards."""

    secret: Secret
    received: float
    lifetime: float

    def fresh(self, now: float, leeway: float) -> bool:
        """May the token still be used, keeping clear of its end?

        The leeway shrinks with the lifetime: 60 s of leeway on a token of 30 s would mean one request a call.
        """
        return now < self.received + self.lifetime - min(leeway, self.lifetime * SHARE)


@dataclass(frozen=True, slots=True)
class NoToken:
    """An answer without a token: what it means for the next request, and why."""

    outcome: Outcome
    why: str
    code: str = ""
    """The error's name, where it is one of the usual."""
    todo: str | None = None


def read_answer(answer: RawAnswer, form: TokenAnswer, *, received: float, now: datetime) -> Token | NoToken:
    """Take the token out of an answer, or say what the answer means.

    ``received`` is when it came, on the clock that never runs backwards; ``now`` the time of day then.
    """
    seen = Evidence("POST", answer.status, answer.headers, answer.content, safe=True)
    code = _error(seen.body)
    if not 200 <= answer.status < 300:
        outcome = Outcome.RETRY if code in _PASSING else classify(seen).outcome
        outcome = Outcome.STOP if outcome is Outcome.APPLIED else outcome
        return NoToken(outcome, f"status {answer.status}, {code or _shape(seen)}", code)
    if isinstance(form, LoginAnswer) and form.at != "json":
        return _outside_of_json(answer, seen, form, received)
    try:
        body = decode(answer.content, answer.headers.get("content-type", ""))
    except ValueError:
        # Half an answer, or the page of a server that is being repaired: it may be better in a moment.
        return NoToken(Outcome.RETRY, f"status {answer.status}, {_shape(seen)}")
    there = http_date(answer.headers.get("date", "")) or now
    token = read_token(body, form, received=received, there=there)
    if token is not None:
        return token
    why = code if code else f"an answer without a token at {form.token!r}"
    return NoToken(Outcome.RETRY if code in _PASSING else Outcome.STOP, why, code)


def _outside_of_json(answer: RawAnswer, seen: Evidence, form: LoginAnswer, received: float) -> Token | NoToken:
    """Take the token out of a login's answer that keeps it in a header, in a cookie, or is the token."""
    if seen.web_page:
        return NoToken(Outcome.RETRY, f"status {answer.status}, {_shape(seen)}")
    told = {"text": _bare, "header": _in_header, "cookie": _in_cookie}[form.at](answer, form)
    if told is None or not _SENDABLE.fullmatch(told):
        named = f" {form.name!r}" if form.name else ""
        return NoToken(Outcome.STOP, f"an answer without a token as {form.at}{named}")
    return Token(Secret(told), received, form.default_ttl)


def _bare(answer: RawAnswer, _form: LoginAnswer) -> str | None:
    """Return a body that is the token; some servers call it JSON and put it in quotes. What is an object is none."""
    text = answer.content.decode("utf-8", "replace").strip()
    if len(text) > _LONGEST_TOKEN or text[:1] in ("{", "["):
        return None
    return text.strip('"')


def _in_header(answer: RawAnswer, form: LoginAnswer) -> str | None:
    return answer.headers.get((form.name or "").lower())


def _in_cookie(answer: RawAnswer, form: LoginAnswer) -> str | None:
    return next((value for name, value in cookies_of(answer.headers) if name == form.name), None)


def cookies_of(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the cookies that an answer sets; several of them come in one header, and their dates hold commas, too."""
    for cookie in _COOKIES.split(headers.get("set-cookie", "")):
        name, equals, value = cookie.partition(";")[0].partition("=")
        if equals and name.strip():
            yield name.strip(), value.strip()


def read_token(body: Any, form: TokenAnswer, *, received: float, there: datetime) -> Token | None:
    """Take the token out of a decoded answer; None where it holds none that could be sent.

    ``there`` is the server's time of day.
    """
    token = getter(form.token)(body)
    if not isinstance(token, str) or not _SENDABLE.fullmatch(token):
        return None
    return Token(Secret(token), received, lifetime(getter(form.expires_in)(body), form, there))


def lifetime(told: Any, form: TokenAnswer, there: datetime) -> float:
    """Read ``expires_in``, a number or text, and return seconds.

    Some servers put the end there instead, as a date or as seconds since 1970. What is absent, zero, negative, past
    or nonsense gives the default.
    """
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return form.default_ttl
    # repr writes large floats with an exponent, which no server means.
    text = format(told, "f") if isinstance(told, float) else str(told)[:_LONGEST_TEXT]
    return read_reset(text, "delta_ms" if form.unit == "ms" else "auto", there) or form.default_ttl


def _error(body: Any) -> str:
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) and code in _KNOWN else ""


def _shape(seen: Evidence) -> str:
    if seen.web_page:
        return "a web page"
    return "no JSON" if seen.body is None else "an error of its own kind"
