"""One gateway at work: its token, its quota, its connections; shared by all systems behind it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from threading import Semaphore
from typing import Any, Protocol

from ebond.clock import Clock
from ebond.definitions.gateway import ApiKeyAuth, BasicAuth, BearerAuth, Gateway, NoAuth, OAuth2
from ebond.errors import EbondError
from ebond.gateway.pacer import Pacer
from ebond.gateway.token import TokenKeeper
from ebond.gateway.token_request import Resolve, plain
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.turnstile import Turnstile
from ebond.gateway.url import origin
from ebond.gateway.user_rules import compile_rules
from ebond.gateway.wire import Transport
from ebond.secrets import Secret


class Credentials(Protocol):
    """What proves who we are, call by call."""

    def header(self) -> tuple[str, str] | None:
        """Return the header to send, and remember nothing."""

    def reject(self, header: tuple[str, str] | None) -> bool:
        """Note that the gateway refused it; return whether another try makes sense."""


class FixedCredentials:
    """A header that is always the same; refused once, it is refused for good."""

    def __init__(self, name: str, value: str) -> None:
        self._header = (name, value)

    def header(self) -> tuple[str, str] | None:
        return self._header if self._header[0] else None

    def reject(self, header: tuple[str, str] | None) -> bool:  # noqa: ARG002  # there is no other
        return False


class TokenCredentials:
    """A bearer token from a keeper."""

    def __init__(self, keeper: TokenKeeper) -> None:
        self._keeper = keeper

    def header(self) -> tuple[str, str] | None:
        return "Authorization", f"Bearer {self._keeper.current().reveal()}"

    def reject(self, header: tuple[str, str] | None) -> bool:
        if header is not None:
            self._keeper.reject(Secret(header[1].removeprefix("Bearer ")))
        return True


class GatewayConnection:
    """A gateway at work; threads share it."""

    def __init__(self, gateway: Gateway, *, resolve: Resolve, clock: Clock, transport: Transport) -> None:
        self.gateway, self.clock, self.transport = gateway, clock, transport
        self.origin = origin(gateway.base_url)
        self.rules = compile_rules(gateway.errors)
        self.turnstile = Turnstile(Pacer(gateway.quota), clock)
        self.room = Semaphore(gateway.concurrency)
        self._token_calls = count()
        self.token_calls = 0
        self.credentials = self._credentials(resolve)
        self.headers = dict(gateway.headers) | {
            name: resolve(reference).reveal() for name, reference in gateway.secret_headers.items()
        }

    @classmethod
    def open(
        cls,
        gateway: Gateway,
        *,
        resolve: Resolve,
        clock: Clock,
        transport: Transport | None = None,
        folder: Path | None = None,
    ) -> GatewayConnection:
        """Open a gateway; no call is made yet. Raises SecretError for a secret that leads nowhere."""
        carrier = transport or HttpxTransport.for_gateway(gateway, resolve=resolve, folder=folder or Path())
        return cls(gateway, resolve=resolve, clock=clock, transport=carrier)

    def _credentials(self, resolve: Resolve) -> Credentials:
        match self.gateway.auth:
            case OAuth2() as auth:
                keeper = TokenKeeper(
                    auth, resolve=resolve, transport=self.transport, clock=self.clock, count=self._count_token
                )
                if auth.client_secret is not None:
                    resolve(auth.client_secret)
                return TokenCredentials(keeper)
            case BasicAuth(username=username, password=password):
                pair = f"{plain(username, resolve)}:{resolve(password).reveal()}"
                return FixedCredentials("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
            case BearerAuth(token=token, prefix=prefix):
                return FixedCredentials("Authorization", f"{prefix} {resolve(token).reveal()}")
            case ApiKeyAuth(header=header, key=key):
                return FixedCredentials(header, resolve(key).reveal())
            case NoAuth():
                return FixedCredentials("", "")
        raise EbondError(f"gateway {self.gateway.gateway} has no authentication mode")

    def _count_token(self) -> None:
        self.token_calls = next(self._token_calls) + 1

    def quota_left(self) -> dict[str, int]:
        """Return what is left of each window of the quota, by its name (``50/1s``)."""
        return self.turnstile.left()

    def quota_snapshot(self) -> dict[str, Any]:
        """Return what of the quota has to outlive this process."""
        return dict(self.turnstile.snapshot())

    def restore_quota(self, kept: Mapping[str, Any]) -> None:
        """Take back what an earlier process left of the quota."""
        self.turnstile.restore(dict(kept))

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()
