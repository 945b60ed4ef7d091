"""Calling one system through its gateway: contract, quota, token, call, verdict."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final, NoReturn
from uuid import uuid4

import orjson
import structlog

from ebond.definitions.system import System
from ebond.errors import (
    BondStopped,
    CallError,
    ContractError,
    Exists,
    Gone,
    NotSent,
    RateLimited,
    Refused,
    Stale,
    Unavailable,
    Unknown,
)
from ebond.gateway.breaker import Breaker
from ebond.gateway.connection import GatewayConnection
from ebond.gateway.evidence import LOOKED_AT, Evidence
from ebond.gateway.outcome import Outcome, Verdict, classify
from ebond.gateway.pacer import Pacer
from ebond.gateway.retry_after import retry_after
from ebond.gateway.token_request import Resolve
from ebond.gateway.turnstile import Turnstile
from ebond.gateway.url import clean_path, encode_query, is_absolute, join, with_query, within_origin
from ebond.gateway.user_rules import compile_rules
from ebond.gateway.wire import Answer, Headers, Raw, RawAnswer, Request, TransportFailure

__all__ = ["GatewayConnection", "SystemClient"]

log = structlog.get_logger("ebond.call")

#: Tries of a call that may be made again, the first included.
ATTEMPTS: Final = 4
#: Waiting time where a quota answer names none.
QUOTA_WAIT: Final = 5.0
_USER_AGENT: Final = "ebond"

_ERRORS: Final[Mapping[Outcome, type[CallError]]] = {
    Outcome.NOT_SENT: NotSent,
    Outcome.REFUSED: Refused,
    Outcome.STALE: Stale,
    Outcome.EXISTS: Exists,
    Outcome.GONE: Gone,
    Outcome.MOVED: Refused,
    Outcome.RATE_LIMITED: RateLimited,
    Outcome.REAUTH: BondStopped,
    Outcome.RETRY: NotSent,
    Outcome.UNKNOWN: Unknown,
    Outcome.STOP: BondStopped,
}
#: What counts towards opening the system's circuit.
_TROUBLE: Final = frozenset({Outcome.NOT_SENT, Outcome.RETRY, Outcome.UNKNOWN})
_TODO: Final[Mapping[Outcome, str]] = {
    Outcome.REAUTH: "The gateway refuses even a fresh token: check the client's subscription to this API",
    Outcome.STOP: "Check the client's rights, the base path and the contract with the API's team",
    Outcome.MOVED: "Update the base path, or see where the record went",
}


class SystemClient:
    """Calls one system; threads share it."""

    def __init__(self, connection: GatewayConnection, system: System, *, resolve: Resolve) -> None:
        gateway = connection.gateway
        self._connection, self._system = connection, system
        self._base = join(gateway.base_url, system.base_path)
        secret = {name: resolve(one).reveal() for name, one in (gateway.secret_query | system.secret_query).items()}
        self._query = encode_query((gateway.query | system.query | secret).items())
        self._rules = compile_rules(system.errors) + connection.rules
        self._turnstile = Turnstile(Pacer(system.quota), connection.clock) if system.quota else None
        self._breaker = Breaker()
        self._calls = count(1)
        self.calls = 0
        """HTTP calls made so far, token requests not counted."""
        own = {name: resolve(reference).reveal() for name, reference in system.secret_headers.items()}
        self._headers = {
            "Accept": "application/json",
            "User-Agent": _USER_AGENT,
            **connection.headers,
            **system.headers,
            **own,
        }

    def send(self, request: Request) -> Answer:
        """Make a call and return its answer where it was applied or accepted.

        Safe calls and calls that certainly did nothing are made again; an unsafe one whose outcome is unknown
        never is. Raises ContractError before anything is sent, else a CallError that says what became of it.
        """
        if request.method not in self._system.verbs:
            raise ContractError(
                f"the contract of {self._system.system} does not allow {request.method}",
                todo=f"It allows {', '.join(self._system.verbs)}; see its 'verbs'",
            )
        url = self._url(request)
        renewed = False
        for attempt in range(1, ATTEMPTS + 1):
            self._hold_back()
            call = _Call(self, request, url)
            verdict = call.make()
            self._take_down(verdict)
            if verdict.outcome in (Outcome.APPLIED, Outcome.ACCEPTED):
                return call.answer(verdict)
            if verdict.outcome is Outcome.REAUTH:
                if renewed or not self._connection.credentials.reject(call.credentials):
                    call.fail(verdict)
                renewed = True
                continue
            if attempt == ATTEMPTS or not self._again(request, verdict, call):
                call.fail(verdict)
        raise AssertionError("the last attempt returns or raises")

    def _hold_back(self) -> None:
        held = self._breaker.held_for(self._connection.clock.monotonic())
        if held > 0:
            raise Unavailable(
                f"{self._system.system} is in trouble; calls are held back for {held:.0f} s",
                todo="Nothing is lost: what waits is done in a later run. See the log for what it answered last",
            )

    def _take_down(self, verdict: Verdict) -> None:
        if verdict.outcome in _TROUBLE:
            self._breaker.failed(self._connection.clock.monotonic())
        else:
            self._breaker.worked()

    def _again(self, request: Request, verdict: Verdict, call: _Call) -> bool:
        """Wait before another try, where one is allowed; False where it is not."""
        if verdict.outcome is Outcome.RATE_LIMITED:
            return self._wait_for_quota(call)
        harmless = verdict.outcome in (Outcome.NOT_SENT, Outcome.RETRY)
        if not harmless and not (request.safe and verdict.outcome is Outcome.UNKNOWN):
            return False
        if call.lasting:
            return False
        asked = call.retry_after
        if asked is not None and asked > self._connection.gateway.max_wait:
            return False
        self._connection.clock.sleep(asked if asked is not None else 0.25 * 2.0 ** (call.number % 3))
        return True

    def _wait_for_quota(self, call: _Call) -> bool:
        """Have every thread wait as long as the answer asks; the turnstile does the waiting."""
        asked = call.retry_after
        seconds = QUOTA_WAIT if asked is None else asked
        if seconds > self._connection.gateway.max_wait:
            return False
        self._connection.turnstile.pause(seconds)
        return True

    def _url(self, request: Request) -> str:
        if is_absolute(request.path):
            path = clean_path(within_origin(request.path, self._connection.origin))
            url = self._connection.gateway.base_url.split("/", 3)
            base = "/".join(url[:3]) + path
        else:
            base = join(self._base, clean_path(request.path))
        for query in (encode_query(request.params), self._query):
            base = with_query(base, query)
        return base

    def enter(self) -> None:
        """Wait for a turn under every quota that counts."""
        if self._turnstile is not None:
            self._turnstile.enter()
        self._connection.turnstile.enter()
        self.calls = next(self._calls)

    @property
    def connection(self) -> GatewayConnection:
        """The gateway's connection."""
        return self._connection

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of every call, credentials excepted."""
        return self._headers

    def verdict(self, seen: Evidence) -> Verdict:
        """Look an answer up in the contract's table and ebond's."""
        return classify(seen, self._rules)

    @property
    def name(self) -> str:
        """The system's name."""
        return self._system.system


class _Call:
    """One HTTP call and what came of it."""

    __slots__ = (
        "client",
        "credentials",
        "failure",
        "number",
        "raw_answer",
        "request",
        "request_id",
        "retry_after",
        "url",
    )

    def __init__(self, client: SystemClient, request: Request, url: str) -> None:
        self.client, self.request, self.url = client, request, url
        self.request_id = uuid4().hex
        self.raw_answer: RawAnswer | None = None
        self.failure: TransportFailure | None = None
        self.retry_after: float | None = None
        self.credentials: tuple[str, str] | None = None
        self.number = 0

    @property
    def lasting(self) -> bool:
        return self.failure is not None and self.failure.lasting

    def make(self) -> Verdict:
        connection = self.client.connection
        self.credentials = connection.credentials.header()
        self.client.enter()
        self.number = self.client.calls
        began = connection.clock.monotonic()
        try:
            with connection.room:
                self.raw_answer = connection.transport.send(self._raw())
        except TransportFailure as failure:
            self.failure = failure
        verdict = self._verdict()
        log.debug(
            "call",
            system=self.client.name,
            method=self.request.method,
            path=self.request.path.partition("?")[0],
            status=self.raw_answer.status if self.raw_answer else None,
            outcome=verdict.outcome.value,
            ms=round((connection.clock.monotonic() - began) * 1000, 1),
            request_id=self.request_id,
            gateway_id=self.gateway_id,
        )
        return verdict

    def _raw(self) -> Raw:
        headers = Headers(self.client.headers)
        headers[self.client.connection.gateway.request_ids.send] = self.request_id
        content = b""
        if self.request.json is not None:
            content = orjson.dumps(self.request.json)
            headers["Content-Type"] = self.request.media_type
        headers.update(self.request.headers)
        if self.credentials is not None:
            headers[self.credentials[0]] = self.credentials[1]
        return Raw(self.request.method, self.url, headers, content)

    def _verdict(self) -> Verdict:
        answer = self.raw_answer
        if answer is None:
            failure = self.failure
            assert failure is not None
            if failure.lasting:
                return Verdict(Outcome.STOP, failure.message)
            return Verdict(Outcome.UNKNOWN if failure.sent else Outcome.NOT_SENT, failure.message)
        seen = Evidence(
            self.request.method,
            answer.status,
            answer.headers,
            answer.content,
            safe=self.request.safe,
            creating=self.request.operation == "create",
            conditional=any(name.lower() == "if-none-match" for name in self.request.headers),
        )
        verdict = self.client.verdict(seen)
        if verdict.outcome not in (Outcome.APPLIED, Outcome.ACCEPTED):
            connection = self.client.connection
            self.retry_after = retry_after(
                answer.headers,
                seen.text,
                connection.clock.now(),
                rate_headers=connection.gateway.rate_headers,
            )
        return verdict

    @property
    def gateway_id(self) -> str:
        """The gateway's own id of this call, where it gave one."""
        if self.raw_answer is None:
            return ""
        headers = self.raw_answer.headers
        names = self.client.connection.gateway.request_ids.keep
        found = (headers.get(name.lower(), "") for name in names)
        return next((one for one in found if one and one != self.request_id), "")

    def answer(self, verdict: Verdict) -> Answer:
        raw = self.raw_answer
        assert raw is not None
        return Answer(raw.status, raw.headers, raw.content, self.request_id, self.gateway_id, verdict.outcome)

    def fail(self, verdict: Verdict) -> NoReturn:
        """Raise what the verdict means."""
        answer = self.raw_answer
        where = f"request {self.request_id}" + (f", gateway's id {self.gateway_id}" if self.gateway_id else "")
        status = f" ({answer.status})" if answer else ""
        todo = self.failure.todo if self.failure is not None else None
        raise _ERRORS[verdict.outcome](
            f"{self.request.method} {self.request.path.partition('?')[0]} on {self.client.name}: {verdict.why}{status}",
            status=answer.status if answer else None,
            request_id=self.request_id,
            gateway_id=self.gateway_id,
            retry_after=self.retry_after,
            content=answer.content[:LOOKED_AT] if answer else b"",
            where=where,
            todo=todo or _TODO.get(verdict.outcome),
        )
