"""What goes wrong between a client and a system: each fault is a function around one call.

A fault gets the application and the call, and decides whether and when the call reaches it. Whatever a
fault does after it called the application, the system has committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from ebond.clock import Clock
from ebond.gateway.wire import Raw, RawAnswer, TransportFailure

App = Callable[[Raw], RawAnswer]
Fault = Callable[[App, Raw], RawAnswer]

_JSON: Final = {"content-type": "application/json"}
_HTML: Final = {"content-type": "text/html; charset=utf-8"}


def drop(_app: App, _raw: Raw) -> RawAnswer:
    """The connection is refused: nothing reaches the system."""
    raise TransportFailure("connection refused", sent=False)


def vanish(_app: App, _raw: Raw) -> RawAnswer:
    """The call times out on its way: nobody can tell that the system never saw it."""
    raise TransportFailure("read timed out", sent=True)


def lose_answer(app: App, raw: Raw) -> RawAnswer:
    """The system commits, and its answer is lost."""
    app(raw)
    raise TransportFailure("read timed out", sent=True)


def answer(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer in the system's stead; it never sees the call."""

    def instead(_app: App, _raw: Raw) -> RawAnswer:
        content = orjson.dumps({"error": {"code": "fault"}} if body is None else body)
        return RawAnswer(status, {**_JSON, **(headers or {})}, content)

    return instead


def answer_after(status: int) -> Fault:
    """The system commits, and the gateway answers with an error (502, 504)."""

    def after(app: App, raw: Raw) -> RawAnswer:
        app(raw)
        return RawAnswer(status, _HTML, b"<html><body><h1>Gateway error</h1></body></html>")

    return after


def throttle(retry_after: str | None = "2") -> Fault:
    """429, with or without Retry-After (seconds or a date)."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return answer(429, {"error": {"code": "too_many"}}, headers)


def expire_token(_app: App, _raw: Raw) -> RawAnswer:
    """401 as for an expired token, whatever the token."""
    headers = {**_JSON, "www-authenticate": 'Bearer error="invalid_token"'}
    return RawAnswer(401, headers, b'{"error":"invalid_token"}')


def login_page(_app: App, _raw: Raw) -> RawAnswer:
    """A single sign-on page with status 200, where JSON was asked for."""
    return RawAnswer(200, _HTML, b"<!DOCTYPE html><html><title>Log in</title><form></form></html>")


def truncate(app: App, raw: Raw) -> RawAnswer:
    """The answer breaks off in the middle."""
    real = app(raw)
    return RawAnswer(real.status, real.headers, real.content[: len(real.content) // 2])


def slow(clock: Clock, seconds: float) -> Fault:
    """The answer takes its time, half of it before the commit; a ManualClock makes it instant."""

    def late(app: App, raw: Raw) -> RawAnswer:
        clock.sleep(seconds / 2)
        real = app(raw)
        clock.sleep(seconds / 2)
        return real

    return late


COMMITTED: Final[Mapping[str, Fault]] = {
    "lose_answer": lose_answer,
    "502_after": answer_after(502),
    "504_after": answer_after(504),
    "500_after": answer_after(500),
}
"""Faults after which a write stands although the client was told otherwise; to draw from."""

NOT_COMMITTED: Final[Mapping[str, Fault]] = {
    "drop": drop,
    "vanish": vanish,
    "500": answer(500),
    "503": answer(503, headers={"retry-after": "1"}),
    "429": throttle("1"),
    "401": expire_token,
}
"""Faults after which nothing was written; to draw from."""
