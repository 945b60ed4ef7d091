"""What a fleet shares, put together from its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from ebond.clock import Clock
from ebond.definitions.gateway import Gateway, TokenAuth
from ebond.secrets import Secret, setting
from ebond.shared.board import Board
from ebond.shared.gate import SharedGate
from ebond.shared.lifeline import Lifeline
from ebond.shared.tokens import SharedToken
from ebond.shared.vault import VARIABLE, Vault

log = structlog.get_logger("ebond.shared")

#: The environment variable with the URL of Redis.
REDIS_URL: Final = "EBOND_REDIS_URL"


class Fleet:
    """The shared side of every gateway (``ebond.gateway.sharing.Sharing``)."""

    def __init__(
        self, board: Board, vault: Vault | None, *, clock: Clock, processes: Callable[[], int] = lambda: 1
    ) -> None:
        """Without a ``vault`` tokens are not shared: each process has its own."""
        self.board, self._vault, self._clock, self._processes = board, vault, clock, processes
        self._lifeline = Lifeline()

    @classmethod
    def of(cls, environ: Mapping[str, str], *, clock: Clock, processes: Callable[[], int] = lambda: 1) -> Fleet | None:
        """Return the fleet that the environment names, or None where it names none.

        URL and key may lie in files (``file:PATH``). Raises UsageError for a URL and SecretError for a key that
        cannot be read.
        """
        url = environ.get(REDIS_URL)
        if not url:
            return None
        keys = environ.get(VARIABLE)
        vault = Vault(Secret(setting(keys))) if keys else None
        if vault is None:
            log.warning(
                "tokens are not shared: each process asks for its own",
                todo=f"Make a key with `ebond key` and give it to all as {VARIABLE}",
            )
        return cls(Board(setting(url)), vault, clock=clock, processes=processes)

    def gate(self, gateway: Gateway) -> SharedGate:
        """Return the shared gate of a gateway."""
        return SharedGate(
            self.board, gateway.gateway, room=gateway.concurrency, clock=self._clock, lifeline=self._lifeline
        )

    def shelf(self, gateway: Gateway) -> SharedToken | None:
        """Return the shared token of a gateway."""
        if self._vault is None or not isinstance(gateway.auth, TokenAuth):
            return None
        asked_with = f"{gateway.base_url} {gateway.auth.model_dump_json()}"
        return SharedToken(
            self.board,
            self._vault,
            self._clock,
            asked_with=asked_with,
            lifeline=self._lifeline,
            longest=gateway.max_wait,
        )

    def share(self) -> int:
        """Return how many processes divide the quota among them while nothing can be shared."""
        return max(self._processes(), 1)

    def ping(self) -> None:
        """Ask Redis for a sign of life; raises Away."""
        self.board.ask(lambda redis: redis.ping())

    def close(self) -> None:
        """Close the connections to Redis."""
        self._lifeline.close()
        self.board.close()
