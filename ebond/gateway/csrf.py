"""A token against forged requests: fetched by a GET, sent with every write, fetched anew where it is not taken.

The system binds it to a session that it keeps in cookies, so these go along. A write that is turned away for want of
a good token was not done, and is sent once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from ebond.definitions.system import Csrf
from ebond.errors import BondStopped, CallError, NotSent, RateLimited
from ebond.gateway.token_answer import cookies_of
from ebond.gateway.wire import SAFE_METHODS, Answer, Headers, Raw, RawAnswer, Request

_TODO: Final = "Compare 'csrf' of the system definition with a real answer; nothing was written"


@dataclass(frozen=True, slots=True, repr=False)
class Pass:
    """What a write has to show."""

    token: str
    cookies: str


class CsrfGuard:
    """Holds the token of one system for all threads."""

    def __init__(self, csrf: Csrf, send: Callable[[Request], Answer], *, name: str) -> None:
        self._csrf, self._send, self._name = csrf, send, name
        self._lock = Lock()
        self._pass: Pass | None = None

    def concerns(self, request: Request) -> bool:
        """Does a call need the token?"""
        return request.method not in SAFE_METHODS

    def shown(self) -> Pass:
        """Return the token, fetching it where there is none; raises NotSent where none comes, or why nothing works."""
        with self._lock:
            if self._pass is None:
                self._pass = self._fetched()
            return self._pass

    def refused(self, answer: RawAnswer | None) -> bool:
        """Was a write turned away because the system wants another token?"""
        told = answer.headers.get(self._csrf.header.lower(), "") if answer is not None else ""
        return answer is not None and answer.status == self._csrf.status and told.strip().casefold() == "required"

    def drop(self, shown: Pass) -> None:
        """Forget a token that is not taken any more, if it is still the current one."""
        with self._lock:
            if self._pass is shown:
                self._pass = None

    def signed(self, raw: Raw, shown: Pass) -> Raw:
        """Return a call with the token and its session."""
        headers = Headers(raw.headers)
        headers.set(self._csrf.header, shown.token)
        if shown.cookies:
            headers.set("Cookie", shown.cookies)
        return replace(raw, headers=headers)

    def _fetched(self) -> Pass:
        csrf = self._csrf
        try:
            answer = self._send(Request("GET", csrf.path, headers={csrf.header: csrf.ask}, operation="token"))
        except (BondStopped, NotSent, RateLimited):
            raise
        except CallError as error:
            # Whatever this call came to, 'gone' or 'unknown', says nothing of the record that was to be written.
            raise NotSent(
                f"no token for writes could be had: {error.message}", where=error.where, todo=_TODO
            ) from error
        token = answer.headers.get(csrf.header.lower(), "").strip()
        if not token or token.casefold() == "required":
            where = f"request {answer.request_id}"
            raise NotSent(f"{self._name} gives no token in {csrf.header}", where=where, todo=_TODO)
        return Pass(token, "; ".join(f"{name}={value}" for name, value in cookies_of(answer.headers)))
