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

from ebond.clock import Clock
from ebond.errors import Away, BondStopped, CallError, NotSent, RateLimited
from ebond.gateway.sharing import Proof
from ebond.gateway.token_answer import Token
from ebond.secrets import Secret
from ebond.shared.board import Board
from ebond.shared.vault import Vault

#: Seconds for which one process may be renewing; longer than any token request with its repetitions should take.
RENEWAL: Final = 60.0
#: Seconds between two looks for a token that another process is renewing.
LOOK: Final = 0.05
_FAILURES: Final[dict[str, type[CallError]]] = {kind.__name__: kind for kind in (BondStopped, NotSent, RateLimited)}


class SharedToken:
    """The token of one client at one gateway, as the fleet shares it."""

    def __init__(self, board: Board, vault: Vault, clock: Clock, *, asked_with: str) -> None:
        """``asked_with`` is all that a token is asked with but the secret: another scope is another token."""
        self._board, self._vault, self._clock, self._asked_with = board, vault, clock, asked_with

    def obtain(self, proof: Proof, good: Callable[[Token], bool], fetch: Callable[[], Token]) -> Token:
        """Return the shared token where it is good, else fetch one: at one process only, while the others wait.

        Raises what ``fetch`` raises, or what it raised a moment ago in another process.
        """
        client = self._client(proof)
        try:
            found = self._load(client)
            if found is not None and good(found):
                return found
            with self._renewing(client):
                found = self._load(client)
                if found is not None and good(found):
                    return found
                self._fail_as_others_did(client)
                return self._fetched(client, fetch)
        except Away:
            return fetch()

    def _fetched(self, client: str, fetch: Callable[[], Token]) -> Token:
        token = fetch()
        with suppress(Away):
            # The token is good all the same; the others will ask for their own.
            self._keep(client, token)
        return token

    def drop(self, proof: Proof, secret: Secret) -> None:
        """Drop a token that the gateway refused, if it is still the current one."""
        with suppress(Away):
            self._board.run("drop_token", [self._key("token", self._client(proof))], [_print(secret)])

    def refused(self, proof: Proof, error: CallError, seconds: float) -> None:
        """Let all know for so long that there is no token to be had."""
        told = orjson.dumps({"kind": type(error).__name__, "message": error.message, "todo": error.todo})
        key = self._key("refused", self._client(proof))
        with suppress(Away):
            self._board.ask(lambda redis: redis.set(key, told, px=max(int(seconds * 1000), 1)))

    def _client(self, proof: Proof) -> str:
        return self._vault.fingerprint(self._asked_with, *(secret.reveal() for secret in proof))

    def _key(self, kind: str, client: str) -> str:
        return self._board.key(kind, client)

    def _fail_as_others_did(self, client: str) -> None:
        told = self._board.ask(lambda redis: redis.get(self._key("refused", client)))
        if told is None:
            return
        failure = orjson.loads(told)
        kind = _FAILURES.get(failure["kind"])
        if kind is not None:
            raise kind(failure["message"], todo=failure["todo"])

    def _load(self, client: str) -> Token | None:
        stored, left_ms = self._board.ask(lambda redis: _read(redis, self._key("token", client)))
        text = self._vault.open(stored[b"sealed"]) if stored and left_ms > 0 else None
        if text is None:
            return None
        lifetime = float(stored[b"lifetime"])
        return Token(Secret(text), self._clock.monotonic() - (lifetime - left_ms / 1000), lifetime)

    def _keep(self, client: str, token: Token) -> None:
        left = token.received + token.lifetime - self._clock.monotonic()
        if left <= 0:
            return
        sealed = self._vault.seal(token.secret.reveal())
        self._board.run(
            "keep_token",
            [self._key("token", client), self._key("refused", client)],
            [sealed, _print(token.secret), token.lifetime, max(int(left * 1000), 1)],
        )

    @contextmanager
    def _renewing(self, client: str) -> Iterator[None]:
        """Hold the right to renew; wait while another process has it."""
        lock, ours = self._key("renewing", client), uuid4().hex
        while not self._board.ask(lambda redis: redis.set(lock, ours, nx=True, px=int(RENEWAL * 1000))):
            self._clock.sleep(LOOK)
        try:
            yield
        finally:
            with suppress(Away):
                # It ends by itself otherwise.
                self._board.run("unlock", [lock], [ours])


def _read(redis: Any, key: str) -> tuple[dict[bytes, bytes], int]:
    stored, left_ms = redis.pipeline(transaction=True).hgetall(key).pttl(key).execute()
    return stored, left_ms


def _print(secret: Secret) -> str:
    return hashlib.sha256(secret.reveal().encode()).hexdigest()[:32]
