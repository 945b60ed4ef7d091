"""Calling one system through its gateway: contract, quota, token, call, verdict."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Lock
from typing import Final

from ebond.definitions.system import System
from ebond.errors import ContractError, Unavailable
from ebond.gateway.call import Call
from ebond.gateway.connection import GatewayConnection
from ebond.gateway.evidence import Evidence
from ebond.gateway.outcome import Outcome, Verdict, classify
from ebond.gateway.steps import Do, Tried, next_step
from ebond.gateway.token_request import Resolve
from ebond.gateway.url import clean_path, encode_query, is_absolute, join, with_defaults, with_query, within_origin
from ebond.gateway.user_rules import compile_rules
from ebond.gateway.wire import Answer, Headers, Request

__all__ = ["GatewayConnection", "SystemClient"]

_USER_AGENT: Final = "ebond"
#: However long an answer asks us to stay away, after this long we ask again.
LONGEST_PAUSE: Final = 3600.0
#: What counts towards opening the system's circuit.
_TROUBLE: Final = frozenset({Outcome.NOT_SENT, Outcome.RETRY, Outcome.UNKNOWN})


class SystemClient:
    """Calls one system; threads share it."""

    def __init__(self, connection: GatewayConnection, system: System, *, resolve: Resolve) -> None:
        gateway = connection.gateway
        self.connection, self.system = connection, system
        self._base = join(gateway.base_url, system.base_path)
        self._home = "/".join(gateway.base_url.split("/", 3)[:3])
        secret_query = connection.secret_query | {k: resolve(v).reveal() for k, v in system.secret_query.items()}
        secret_headers = connection.secret_headers | {k: resolve(v).reveal() for k, v in system.secret_headers.items()}
        self._query = gateway.query | system.query | secret_query
        self._ours = frozenset(secret_query)
        self.secrets = (*secret_query.values(), *secret_headers.values())
        """What must not be written down, the credentials of the call excepted."""
        self.headers = Headers({"Accept": "application/json", "User-Agent": _USER_AGENT})
        """The headers of every call, credentials excepted."""
        for headers in (gateway.headers, connection.secret_headers, system.headers, secret_headers):
            for name, value in headers.items():
                self.headers.set(name, value)
        self._rules = compile_rules(system.errors) + connection.rules
        self._pacer = connection.pacer(system)
        self._breaker = connection.breaker(system)
        self._lock = Lock()
        self.calls = 0
        """HTTP calls made so far, token requests not counted."""

    @property
    def name(self) -> str:
        """The system's name."""
        return self.system.system

    def send(self, request: Request) -> Answer:
        """Make a call and return its answer where it was applied or accepted.

        Safe calls and calls that certainly did nothing are made again; an unsafe one whose outcome is unknown
        never is. Raises ContractError before anything is sent, else a CallError that says what became of it.
        """
        self._check(request)
        url = self._url(request)
        clock, max_wait = self.connection.clock, self.connection.gateway.max_wait
        tried = Tried(0, safe=request.safe)
        while True:
            tried = replace(tried, attempt=tried.attempt + 1)
            self._hold_back()
            call = Call(self, request, url, tried.attempt)
            verdict = call.make()
            self._take_down(call, verdict)
            step = next_step(
                verdict.outcome, replace(tried, lasting=call.lasting, asked=call.retry_after), max_wait=max_wait
            )
            match step.do:
                case Do.TAKE:
                    return call.answer(verdict)
                case Do.RENEW if self.connection.credentials.reject(call.credentials):
                    tried = replace(tried, attempt=tried.attempt - 1, renewed=True)
                case Do.PAUSE:
                    self.connection.turnstile.pause(step.seconds)
                case Do.WAIT:
                    clock.sleep(step.seconds)
                case _:
                    self._keep_away(call, verdict)
                    call.fail(verdict)

    def _check(self, request: Request) -> None:
        if request.method not in self.system.verbs:
            raise ContractError(
                f"the contract of {self.name} does not allow {request.method}",
                todo=f"It allows {', '.join(self.system.verbs)}; see its 'verbs'",
            )

    def _hold_back(self) -> None:
        held = self._breaker.held_for(self.connection.clock.monotonic())
        if held > 0:
            raise Unavailable(
                f"{self.name} is in trouble; calls are held back for {held:.0f} s",
                todo="Nothing is lost: what waits is done in a later run. See the log for what it answered last",
            )

    def _take_down(self, call: Call, verdict: Verdict) -> None:
        if verdict.outcome in _TROUBLE:
            self._breaker.failed(self.connection.clock.monotonic())
        else:
            self._breaker.worked()
        if call.raw_answer is not None and verdict.outcome is not Outcome.REAUTH:
            self.connection.credentials.accept(call.credentials)

    def _keep_away(self, call: Call, verdict: Verdict) -> None:
        """Obey a wait that is too long for this run in the next ones, too; but no answer closes a gateway for ever."""
        if verdict.outcome is Outcome.RATE_LIMITED and call.retry_after is not None:
            self.connection.turnstile.pause(min(call.retry_after, LONGEST_PAUSE))

    def _url(self, request: Request) -> str:
        if is_absolute(request.path):
            url = self._home + clean_path(within_origin(request.path, self.connection.origin))
        else:
            url = join(self._base, clean_path(request.path))
        return with_defaults(with_query(url, encode_query(request.params)), self._query, ours=self._ours)

    def turn(self) -> AbstractContextManager[None]:
        """Wait for a turn under every quota that counts, and hold it."""
        with self._lock:
            self.calls += 1
        return self.connection.turnstile.turn(self._pacer)

    def verdict(self, seen: Evidence) -> Verdict:
        """Look an answer up in the contract's table and ebond's."""
        return classify(seen, self._rules)
