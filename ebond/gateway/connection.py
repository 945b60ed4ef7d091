"""One gateway at work: its token, its quota, its connections; shared by all systems behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from ebond.clock import Clock
from ebond.definitions.gateway import Gateway, Login, TokenAuth
from ebond.definitions.system import System
from ebond.detail import detail
from ebond.gateway.breaker import Breaker
from ebond.gateway.credentials import IN_QUERY, Credentials, TokenCredentials, fixed_credentials
from ebond.gateway.pacer import Pacer
from ebond.gateway.sharing import Sharing
from ebond.gateway.token import TokenKeeper, TokenStanding
from ebond.gateway.token_request import Resolve, token_request
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.turnstile import Turnstile
from ebond.gateway.user_rules import compile_rules
from ebond.gateway.wire import CallRecord, Transport
from ebond.tracing import UNTRACED, Tracer

log = structlog.get_logger("ebond.call")

Observer = Callable[[CallRecord], None]


class GatewayConnection:
    """A gateway at work; threads share it."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        resolve: Resolve,
        clock: Clock,
        transport: Transport,
        observer: Observer | None = None,
        sharing: Sharing | None = None,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self.tracer = tracer
        self.gateway, self.clock, self.transport = gateway, clock, transport
        self.rules = compile_rules(gateway.errors)
        self._observer, self._sharing = observer, sharing
        self.turnstile = self._turnstile()
        self._lock = Lock()
        self._breakers: dict[str, Breaker] = {}
        self.token_calls = 0
        """Token requests made so far."""
        self._keeper: TokenKeeper | None = None
        self.credentials = self._credentials(resolve)

    @classmethod
    def open(
        cls,
        gateway: Gateway,
        *,
        resolve: Resolve,
        clock: Clock,
        transport: Transport | None = None,
        folder: Path | None = None,
        observer: Observer | None = None,
        sharing: Sharing | None = None,
        tracer: Tracer = UNTRACED,
    ) -> GatewayConnection:
        """Open a gateway; no call is made yet. Raises SecretError for a secret that leads nowhere.

        ``observer`` is told of every try of every call, on the thread that made it. ``sharing`` is what other
        processes call the same gateway with, ``tracer`` where the spans of calls go.
        """
        carrier = transport or HttpxTransport.for_gateway(gateway, resolve=resolve, folder=folder or Path())
        return cls(
            gateway,
            resolve=resolve,
            clock=clock,
            transport=carrier,
            observer=observer,
            sharing=sharing,
            tracer=tracer,
        )

    def _turnstile(self) -> Turnstile:
        gateway, sharing = self.gateway, self._sharing
        pacer = Pacer(gateway.quota, owner="gateway")
        if sharing is None:
            return Turnstile(pacer, self.clock, room=gateway.concurrency, longest=gateway.max_wait)
        return Turnstile(
            pacer,
            self.clock,
            room=gateway.concurrency,
            longest=gateway.max_wait,
            gate=sharing.gate(gateway),
            share=sharing.share,
        )

    def _credentials(self, resolve: Resolve) -> Credentials:
        auth = self.gateway.auth
        if not isinstance(auth, TokenAuth):
            return fixed_credentials(auth, resolve)
        # A secret that leads nowhere and a key that cannot sign are said before any work begins.
        token_request(auth, resolve, now=0, nonce="")
        keeper = TokenKeeper(
            auth,
            resolve=resolve,
            transport=self.transport,
            clock=self.clock,
            count=self._count_token,
            max_wait=self.gateway.max_wait,
            shelf=self._sharing.shelf(self.gateway) if self._sharing else None,
        )
        self._keeper = keeper
        if isinstance(auth, Login) and auth.query_param is not None:
            return TokenCredentials(keeper, header=IN_QUERY + auth.query_param, prefix="")
        return TokenCredentials(keeper, header=auth.header, prefix=auth.prefix)

    def _count_token(self) -> None:
        with self._lock:
            self.token_calls += 1

    def pacer(self, system: System) -> Pacer | None:
        """Return the one pacer of a system behind this gateway; None where it has no quota of its own."""
        return self.turnstile.add(system.system, Pacer(system.quota, owner=system.system)) if system.quota else None

    def breaker(self, system: System) -> Breaker:
        """Return the one circuit of a system behind this gateway."""
        with self._lock:
            return self._breakers.setdefault(system.system, Breaker())

    def circuits(self) -> dict[str, bool]:
        """Return whether the circuit of each system that was opened here is open: its calls are held back."""
        with self._lock:
            return {system: breaker.is_open() for system, breaker in self._breakers.items()}

    def token(self) -> TokenStanding | None:
        """Return how this gateway's token stands; None where it takes none."""
        return self._keeper.standing() if self._keeper else None

    def observe(self, record: CallRecord) -> None:
        """Log one try, and tell the observer; one that fails must not make the call look failed."""
        detail(
            log,
            "call",
            system=record.system,
            operation=record.operation,
            method=record.method,
            path=record.path,
            attempt=record.attempt,
            status=record.status,
            outcome=record.outcome.value,
            ms=round(record.seconds * 1000, 1),
            request_id=record.request_id,
            gateway_id=record.gateway_id,
        )
        if self._observer is None:
            return
        try:
            self._observer(record)
        except Exception as error:
            log.warning("observer failed", kind=type(error).__name__)

    def quota_left(self) -> dict[str, int]:
        """Return what is left of each window of the quota, by its name (``50/1s``)."""
        return self.turnstile.left()

    def quota_snapshot(self) -> dict[str, Any]:
        """Return what of the quota has to outlive this process."""
        return self.turnstile.snapshot()

    def restore_quota(self, kept: Mapping[str, Any]) -> None:
        """Take back what an earlier process left of the quota."""
        self.turnstile.restore(kept)

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()
