"""The life of a token: asked for once however many threads need it, renewed early, dropped when it is rejected."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final
from uuid import uuid4

import orjson
import structlog

from ebond.clock import Clock
from ebond.definitions.gateway import OAuth2
from ebond.errors import BondStopped, NotSent
from ebond.gateway.retry_after import retry_after
from ebond.gateway.token_answer import Token, read_token
from ebond.gateway.token_request import Resolve, encodings_differ, token_request
from ebond.gateway.wire import RawAnswer, Transport, TransportFailure
from ebond.secrets import Secret

log = structlog.get_logger("ebond.token")

ATTEMPTS: Final = 4
_FINAL: Final = (
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "unsupported_grant_type",
    "invalid_grant",
)


class TokenKeeper:
    """Holds the token of one gateway for all threads."""

    def __init__(
        self, auth: OAuth2, *, resolve: Resolve, transport: Transport, clock: Clock, count: Callable[[], None]
    ) -> None:
        self._auth, self._resolve, self._transport, self._clock = auth, resolve, transport, clock
        self._count = count
        self._lock = Lock()
        self._token: Token | None = None
        self._stopped: BondStopped | None = None

    def current(self) -> Secret:
        """Return a token that is good; raises BondStopped where there will be none until someone acts."""
        token = self._token
        if token is not None and token.fresh(self._clock.monotonic(), self._auth.leeway):
            return token.secret
        with self._lock:
            token = self._token
            if token is None or not token.fresh(self._clock.monotonic(), self._auth.leeway):
                token = self._token = self._fetch()
            return token.secret

    def reject(self, secret: Secret) -> None:
        """Drop a token that the gateway refused, if it is still the current one."""
        with self._lock:
            if self._token is not None and self._token.secret == secret:
                self._token = None

    def _fetch(self) -> Token:
        if self._stopped is not None:
            raise self._stopped
        for attempt in range(ATTEMPTS):
            answer = self._ask()
            if isinstance(answer, RawAnswer):
                token = self._read(answer)
                if token is not None:
                    return token
                self._stop_on_final(answer)
            if attempt < ATTEMPTS - 1:
                self._clock.sleep(self._wait(answer, attempt))
        raise NotSent(
            f"no token could be had from {self._auth.token_url}: {_describe(answer)}",
            todo="See that the token endpoint is reachable and answers; nothing was sent to the system",
        )

    def _ask(self) -> RawAnswer | TransportFailure:
        raw = token_request(self._auth, self._resolve, now=self._clock.now().timestamp(), nonce=uuid4().hex)
        self._count()
        try:
            return self._transport.send(raw)
        except TransportFailure as failure:
            if failure.lasting:
                self._stopped = BondStopped(f"no token: {failure.message}", todo=failure.todo)
                raise self._stopped from None
            return failure

    def _read(self, answer: RawAnswer) -> Token | None:
        if answer.status not in (200, 201):
            return None
        try:
            body = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            return None
        return read_token(body, self._auth.answer, received=self._clock.monotonic())

    def _stop_on_final(self, answer: RawAnswer) -> None:
        """A wrong client is not asked twice: servers lock accounts that hammer."""
        said = _error_code(answer)
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return
        todo = "Check the client id, the secret and the scopes of this gateway"
        if said == "invalid_client" and encodings_differ(self._auth, self._resolve):
            todo += (
                f"; the id or the secret has characters that the two encodings treat differently: "
                f"basic_encoding is {self._auth.basic_encoding!r}, try the other of 'raw' and 'rfc6749'"
            )
        reason = said if said in _FINAL else _describe(answer)
        self._stopped = BondStopped(
            f"the token endpoint {self._auth.token_url} refused us: {reason}", status=answer.status, todo=todo
        )
        raise self._stopped

    def _wait(self, answer: RawAnswer | TransportFailure, attempt: int) -> float:
        if isinstance(answer, RawAnswer):
            asked = retry_after(answer.headers, "", self._clock.now())
            if asked is not None:
                return min(asked, 60.0)
        return float(2**attempt)


def _error_code(answer: RawAnswer) -> str:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return ""
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) else ""


def _describe(answer: RawAnswer | TransportFailure) -> str:
    if isinstance(answer, TransportFailure):
        return answer.message
    kind = answer.headers.get("content-type", "no content type")
    return f"status {answer.status}, {_error_code(answer) or kind}"
