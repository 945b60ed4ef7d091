"""Calling one system through its gateway: contract, quota, token, call, verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Lock
from typing import Final

from ebond.definitions.system import System
from ebond.errors import Unavailable
from ebond.gateway.call import Call
from ebond.gateway.connection import GatewayConnection
from ebond.gateway.csrf import CsrfGuard
from ebond.gateway.evidence import Evidence
from ebond.gateway.outcome import Outcome, Verdict, classify
from ebond.gateway.outgoing import Outgoing
from ebond.gateway.retry_after import last_call
from ebond.gateway.steps import Do, Tried, next_step
from ebond.gateway.token_request import Resolve
from ebond.gateway.turnstile import Passage
from ebond.gateway.user_rules import compile_rules
from ebond.gateway.wire import Answer, Raw, RawAnswer, Request

__all__ = ["GatewayConnection", "SystemClient"]

#: However long an answer asks us to stay away, after this long we ask again.
LONGEST_PAUSE: Final = 3600.0
#: What counts towards opening the system's circuit.
_TROUBLE: Final = frozenset({Outcome.NOT_SENT, Outcome.RETRY, Outcome.UNKNOWN})


class _TurnedAway(Exception):
    """A write was not done, for want of a token that the system takes."""


class SystemClient:
    """Calls one system; threads share it."""

    def __init__(self, connection: GatewayConnection, system: System, *, resolve: Resolve) -> None:
        self.connection, self.system = connection, system
        self._outgoing = Outgoing(connection.gateway, system, resolve)
        self._rules = compile_rules(system.errors) + connection.rules
        self._pacer = connection.pacer(system)
        self._breaker = connection.breaker(system)
        self._guard = CsrfGuard(system.csrf, self.send, name=self.name) if system.csrf is not None else None
        self._lock = Lock()
        self.calls = 0
        """HTTP calls made so far, token requests not counted."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written down, the credentials of the call excepted."""
        return self._outgoing.secrets

    @property
    def name(self) -> str:
        """The system's name."""
        return self.system.system

    def send(self, request: Request) -> Answer:
        """Make a call and return its answer where it was applied or accepted.

        Safe calls and calls that certainly did nothing are made again; an unsafe one whose outcome is unknown
        never is. Raises ContractError before anything is sent, else a CallError that says what became of it.
        """
        raw = self._outgoing.write(request)
        if self._guard is not None and self._guard.concerns(request):
            return self._guarded(self._guard, request, raw)
        return self._sent(request, raw)

    def _guarded(self, guard: CsrfGuard, request: Request, raw: Raw) -> Answer:
        """Send a write with the token that the system wants; once more with another, where it was not taken."""
        shown = guard.shown()
        try:
            return self._sent(request, guard.signed(raw, shown), unless=guard.refused)
        except _TurnedAway:
            guard.drop(shown)
            return self._sent(request, guard.signed(raw, guard.shown()))

    def _sent(self, request: Request, raw: Raw, *, unless: Callable[[RawAnswer | None], bool] | None = None) -> Answer:
        clock, max_wait = self.connection.clock, self.connection.gateway.max_wait
        tried = Tried(0, safe=request.safe)
        while True:
            tried = replace(tried, attempt=tried.attempt + 1)
            self._hold_back()
            call = Call(self, request, raw, tried.attempt)
            verdict = call.make()
            self._take_down(call, verdict)
            if unless is not None and unless(call.raw_answer):
                raise _TurnedAway
            step = next_step(
                verdict.outcome, replace(tried, lasting=call.lasting, asked=call.retry_after), max_wait=max_wait
            )
            match step.do:
                case Do.TAKE:
                    self._slow_down(call)
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

    def _slow_down(self, call: Call) -> None:
        """Stay away after what the gateway says was the last call of its quota: the next one would only be refused."""
        connection, names = self.connection, self.connection.gateway.rate_headers
        if names.remaining is not None and call.raw_answer is not None:
            wait = last_call(call.raw_answer.headers, connection.clock.now(), names)
            connection.turnstile.pause(min(wait, LONGEST_PAUSE))

    def _keep_away(self, call: Call, verdict: Verdict) -> None:
        """Obey a wait that is too long for this run in the next ones, too; but no answer closes a gateway for ever."""
        if verdict.outcome is Outcome.RATE_LIMITED and call.retry_after is not None:
            self.connection.turnstile.pause(min(call.retry_after, LONGEST_PAUSE))

    def turn(self) -> AbstractContextManager[Passage]:
        """Wait for a turn under every quota that counts, and hold it."""
        with self._lock:
            self.calls += 1
        return self.connection.turnstile.turn(self._pacer)

    def verdict(self, seen: Evidence) -> Verdict:
        """Look an answer up in the contract's table and ebond's."""
        return classify(seen, self._rules)
