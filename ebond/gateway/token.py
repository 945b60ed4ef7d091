"""The life of a token: asked for once however many threads need it, renewed early, dropped when it is rejected.

A failure is shared as a token is: whoever waited for the same request gets the same error, and for a while nobody
asks again. Servers lock accounts that hammer, and a lock-out stops more than one bond.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import uuid4

import structlog

from ebond.clock import Clock
from ebond.definitions.auth import Login, TokenAuth
from ebond.detail import detail
from ebond.errors import BondStopped, CallError, NotSent, RateLimited
from ebond.gateway.evidence import LOOKED_AT
from ebond.gateway.outcome import Outcome
from ebond.gateway.retry_after import retry_after
from ebond.gateway.sharing import Shelf
from ebond.gateway.steps import Do, Tried, next_step
from ebond.gateway.token_answer import NoToken, Token, read_answer
from ebond.gateway.token_request import Resolve, encodings_differ, proof, token_request
from ebond.gateway.wire import RawAnswer, Transport, TransportFailure
from ebond.secrets import Secret

log = structlog.get_logger("ebond.token")

#: Seconds for which nobody asks again after the endpoint could not be reached or did not answer in its senses.
COOL: Final = 10.0
#: The same after it refused us; doubled each time, and at an end when the secret is another.
STOPPED: Final = 300.0
LONGEST: Final = 3600.0


@dataclass(frozen=True, slots=True)
class TokenStanding:
    """How a gateway's token stands."""

    age: float | None
    """Seconds since it came; None where there is none."""
    lifetime: float | None
    """Seconds for which it is good, as the server said."""
    failing: bool
    """Could none be had when one was last asked for?"""


class TokenKeeper:
    """Holds the token of one gateway for all threads; raises BondStopped, NotSent or RateLimited for want of one."""

    def __init__(
        self,
        auth: TokenAuth,
        *,
        resolve: Resolve,
        transport: Transport,
        clock: Clock,
        count: Callable[[], None] = lambda: None,
        max_wait: float = 300.0,
        shelf: Shelf | None = None,
    ) -> None:
        self._auth, self._resolve, self._transport, self._clock = auth, resolve, transport, clock
        self._count, self._max_wait, self._shelf = count, max_wait, shelf
        self._lock = Lock()
        self._token: Token | None = None
        self._trial_until = float("-inf")
        """Until then a rejected token is not renewed again, unless one is taken."""
        self._failure: CallError | None = None
        self._silent_until = 0.0
        self._pause = STOPPED
        self._proof: tuple[Secret, ...] = ()

    def current(self) -> Secret:
        """Return a token that is good, asking for one where need be."""
        token = self._token
        if token is not None and self._fresh(token):
            return token.secret
        with self._lock:
            token = self._token
            if token is None or not self._fresh(token):
                token = self._token = self._renewed(token)
            return token.secret

    def standing(self) -> TokenStanding:
        """Return how the token stands, for those who watch; nothing is asked for."""
        token, failing = self._token, self._failure is not None
        if token is None:
            return TokenStanding(None, None, failing)
        return TokenStanding(self._clock.monotonic() - token.received, token.lifetime, failing)

    def accept(self, secret: Secret) -> None:
        """Note that the gateway took it."""
        if self._trial_until > self._clock.monotonic():
            with self._lock:
                if self._token is not None and self._token.secret == secret:
                    self._trial_until, self._pause = float("-inf"), STOPPED

    def reject(self, secret: Secret) -> bool:
        """Drop a token that the gateway refused, if it is still the current one; return whether to try again.

        Where a fresh one is refused as well, tokens are not what is wrong. It is kept, for other systems behind the
        gateway may take it, and no more are asked for until later.
        """
        with self._lock:
            if self._token is None or self._token.secret != secret:
                return True
            now = self._clock.monotonic()
            if now < self._trial_until:
                return False
            self._token, self._trial_until = None, now + self._grown()
            if self._shelf is not None:
                self._shelf.drop(secret)
            return True

    def _renewed(self, token: Token | None) -> Token:
        # Renewal begins early so that an endpoint in trouble stops nobody while the old token is still good.
        good = token is not None and token.fresh(self._clock.monotonic(), 0)
        try:
            self._keep_silent()
            return self._obtained(patient=not good)
        except (NotSent, RateLimited):
            if token is None or not good:
                raise
            return token

    def _obtained(self, *, patient: bool) -> Token:
        """Take the token that the fleet shares, or fetch one for all."""
        if self._shelf is None:
            return self._fetch(patient=patient)
        return self._shelf.obtain(self._own_proof(), self._fresh, lambda: self._fetch(patient=patient))

    def _own_proof(self) -> tuple[Secret, ...]:
        return proof(self._auth, self._resolve)

    def _fresh(self, token: Token) -> bool:
        return token.fresh(self._clock.monotonic(), self._auth.leeway)

    def _keep_silent(self) -> None:
        failure = self._failure
        if failure is None:
            return
        if self._clock.monotonic() < self._silent_until and self._own_proof() == self._proof:
            raise copy(failure)
        self._failure = None

    def _remember(self, error: CallError, seconds: float) -> CallError:
        self._failure, self._silent_until = error, self._clock.monotonic() + min(seconds, LONGEST)
        self._proof = self._own_proof()
        if self._shelf is not None:
            self._shelf.refused(self._proof, error, min(seconds, LONGEST))
        return copy(error)

    def _grown(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST)
        return pause

    def _fetch(self, *, patient: bool) -> Token:
        attempt = 0
        while True:
            attempt += 1
            answer, asked = self._ask()
            if isinstance(answer, Token):
                if self._trial_until < self._clock.monotonic():
                    self._pause = STOPPED
                return answer
            lasting = answer.outcome is Outcome.STOP
            tried = Tried(attempt, safe=True, renewed=True, lasting=lasting, asked=asked)
            step = next_step(answer.outcome, tried, max_wait=self._max_wait)
            if step.do is Do.FAIL or not patient:
                raise self._failed(answer, asked)
            self._clock.sleep(step.seconds)

    def _ask(self) -> tuple[Token | NoToken, float | None]:
        """Ask once; return the token or what came instead, and the seconds that the answer asks to wait."""
        now = self._clock.now()
        raw = token_request(self._auth, self._resolve, now=now.timestamp(), nonce=uuid4().hex)
        self._count()
        try:
            answer = self._transport.send(raw)
        except TransportFailure as failure:
            outcome = Outcome.STOP if failure.lasting else Outcome.NOT_SENT
            return NoToken(outcome, failure.message, todo=failure.todo), None
        read = read_answer(answer, self._auth.answer, received=self._clock.monotonic(), now=now)
        if isinstance(read, Token):
            detail(log, "token", lifetime=read.lifetime)
            return read, None
        log.warning("no token", why=read.why, outcome=read.outcome.value)
        return read, self._asked(answer, read)

    def _asked(self, answer: RawAnswer, read: NoToken) -> float | None:
        quota = read.outcome is Outcome.RATE_LIMITED
        text = answer.content[:LOOKED_AT].decode("utf-8", "replace")
        return retry_after(answer.headers, text, self._clock.now(), quota=quota)

    def _failed(self, answer: NoToken, asked: float | None) -> CallError:
        """Say what came of it, and have it remembered."""
        message = f"no token could be had from {self._auth.token_url.partition('?')[0]}: {answer.why}"
        match answer.outcome:
            case Outcome.RATE_LIMITED:
                todo = "Nothing is lost; see who else uses this client"
                return self._remember(RateLimited(message, retry_after=asked, todo=todo), asked or COOL)
            case Outcome.NOT_SENT | Outcome.RETRY | Outcome.UNKNOWN:
                todo = "See that the token endpoint is reachable and answers; nothing was sent to the system"
                return self._remember(NotSent(message, retry_after=asked, todo=todo), max(asked or 0.0, COOL))
        return self._remember(BondStopped(message, todo=answer.todo or self._advice(answer.code)), self._grown())

    def _advice(self, code: str) -> str:
        if isinstance(self._auth, Login):
            return "Check the login's 'url', the name and the password of this gateway, and 'answer'"
        todo = "Check token_url, the client id, the secret and the scopes of this gateway"
        if code in ("", "invalid_client") and encodings_differ(self._auth, self._resolve):
            todo += (
                f"; the id or the secret has characters that the two encodings treat differently: "
                f"basic_encoding is {self._auth.basic_encoding!r}, try the other of 'raw' and 'rfc6749'"
            )
        return todo
