"""One token for a whole fleet: renewed once however many processes need it, and a refusal that all know of.

The token lies sealed in Redis for as long as it lives; how long that still is, Redis itself tells, so no process's
clock matters. Where Redis is away each process asks for a token of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import uuid4

import orjson
import structlog

from ebond.clock import Clock
from ebond.errors import Away, BondStopped, CallError, NotSent, RateLimited
from ebond.gateway.sharing import Proof
from ebond.gateway.token_answer import Token
from ebond.secrets import Secret
from ebond.shared.board import Board
from ebond.shared.lifeline import LEASE, Lifeline
from ebond.shared.vault import VARIABLE, Vault

log = structlog.get_logger("ebond.shared")

#: Seconds between two looks for a token that another process is renewing.
LOOK: Final = 0.05
_FAILURES: Final[dict[str, type[CallError]]] = {kind.__name__: kind for kind in (BondStopped, NotSent, RateLimited)}


class SharedToken:
    """The token of one client at one gateway, as the fleet shares it."""

    def __init__(
        self, board: Board, vault: Vault, clock: Clock, *, asked_with: str, lifeline: Lifeline, longest: float = 300.0
    ) -> None:
        """``asked_with`` is all that a token is asked with but the secret: another scope is another token.

        A token outlives the secret that it was asked with: where secrets are changed one process at a time, all go
        on with the one token. Nobody waits for another process longer than ``longest`` seconds.
        """
        self._board, self._vault, self._clock, self._lifeline = board, vault, clock, lifeline
        self._client, self._longest = hashlib.sha256(asked_with.encode()).hexdigest()[:32], longest

    def obtain(self, proof: Proof, good: Callable[[Token], bool], fetch: Callable[[], Token]) -> Token:
        """Return the shared token where it is good, else fetch one: at one process only, while the others wait.

        Where the old one still works meanwhile, nobody waits for the new one, nor fails for want of it. Raises what
        ``fetch`` raises, or what it raised a moment ago in another process, and NotSent after too long a wait.
        """
        try:
            found = self._load()
            if found is not None and good(found):
                return found
            works = found is not None and found.fresh(self._clock.monotonic(), 0)
            return self._renewed(proof, good, fetch, meanwhile=found if works else None)
        except Away:
            return fetch()

    def _renewed(
        self, proof: Proof, good: Callable[[Token], bool], fetch: Callable[[], Token], *, meanwhile: Token | None
    ) -> Token:
        try:
            with self._renewing(wait=0.0 if meanwhile else self._longest):
                found = self._load()
                if found is not None and good(found):
                    return found
                self._fail_as_others_did(proof)
                return self._fetched(fetch)
        except (NotSent, RateLimited):
            if meanwhile is None:
                raise
            return meanwhile

    def _fetched(self, fetch: Callable[[], Token]) -> Token:
        token = fetch()
        with suppress(Away):
            # The token is good all the same; the others will ask for their own.
            self._keep(token)
        return token

    def drop(self, secret: Secret) -> None:
        """Drop a token that the gateway refused, if it is still the current one."""
        with suppress(Away):
            self._board.run("drop_token", [self._key("token")], [_print(secret)])

    def refused(self, proof: Proof, error: CallError, seconds: float) -> None:
        """Let all who have the same secret know for so long that there is no token to be had."""
        told = {"kind": type(error).__name__, "message": error.message, "todo": error.todo, "secret": _print(*proof)}
        sealed, lasts = self._vault.seal(orjson.dumps(told).decode()), max(int(seconds * 1000), 1)
        with suppress(Away):
            self._board.ask(lambda redis: redis.set(self._key("refused"), sealed, px=lasts))

    def _key(self, kind: str) -> str:
        return self._board.key(kind, self._client)

    def _fail_as_others_did(self, proof: Proof) -> None:
        sealed = self._board.ask(lambda redis: redis.get(self._key("refused")))
        told = self._vault.open(sealed) if sealed is not None else None
        if told is None:
            return
        failure = orjson.loads(told)
        kind = _FAILURES.get(failure["kind"])
        if kind is not None and failure["secret"] == _print(*proof):
            raise kind(failure["message"], todo=failure["todo"])

    def _load(self) -> Token | None:
        stored, left_ms = self._board.ask(lambda redis: _read(redis, self._key("token")))
        if not stored or left_ms <= 0:
            return None
        text = self._vault.open(stored[b"sealed"])
        if text is None:
            log.warning("the shared token was sealed with a key that is not ours", variable=VARIABLE)
            return None
        lifetime = float(stored[b"lifetime"])
        left = min(left_ms / 1000, lifetime)
        return Token(Secret(text), self._clock.monotonic() - (lifetime - left), lifetime)

    def _keep(self, token: Token) -> None:
        left = token.received + token.lifetime - self._clock.monotonic()
        if left <= 0:
            return
        sealed = self._vault.seal(token.secret.reveal())
        self._board.run(
            "keep_token",
            [self._key("token"), self._key("refused")],
            [sealed, _print(token.secret), token.lifetime, max(int(left * 1000), 1)],
        )

    @contextmanager
    def _renewing(self, *, wait: float) -> Iterator[None]:
        """Hold the right to renew; wait while another process has it, at most so many seconds."""
        lock, ours, lease = self._key("renewing"), uuid4().hex, int(LEASE * 1000)
        give_up = self._clock.monotonic() + wait
        while not self._board.ask(lambda redis: redis.set(lock, ours, nx=True, px=lease)):
            if self._clock.monotonic() >= give_up:
                raise NotSent(
                    f"another process has been asking for a token for {wait:.0f} s",
                    todo="Nothing is lost. See what the log of the other processes says about the token endpoint",
                )
            self._clock.sleep(LOOK)
        try:
            with self._lifeline.kept(lambda: self._board.run("prolong_lock", [lock], [ours, lease])):
                yield
        finally:
            with suppress(Away):
                # It ends by itself otherwise.
                self._board.run("unlock", [lock], [ours])


def _read(redis: Any, key: str) -> tuple[dict[bytes, bytes], int]:
    stored, left_ms = redis.pipeline(transaction=True).hgetall(key).pttl(key).execute()
    return stored, left_ms


def _print(*secrets: Secret) -> str:
    return hashlib.sha256("\0".join(secret.reveal() for secret in secrets).encode()).hexdigest()[:32]
