"""What proves who we are, call by call; and keeping it out of everything that is written down."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final, Protocol

from ebond.definitions.gateway import ApiKeyAuth, BasicAuth, BearerAuth, Gateway
from ebond.gateway.token import TokenKeeper
from ebond.gateway.token_request import Resolve, plain
from ebond.secrets import MASK, Secret

_BEARER: Final = "Bearer "
#: What is shorter is no secret, and would mask half of the text around it.
_SHORTEST: Final = 4


class Credentials(Protocol):
    """A header for each call."""

    def header(self) -> tuple[str, str] | None:
        """Return the header to send; raises what the TokenKeeper does."""

    def accept(self, header: tuple[str, str] | None) -> None:
        """Note that the gateway took it."""

    def reject(self, header: tuple[str, str] | None) -> bool:
        """Note that the gateway refused it; return whether another try makes sense."""


class FixedCredentials:
    """A header that is always the same, or none; refused once, it is refused for good."""

    def __init__(self, name: str = "", value: str = "") -> None:
        self._header = (name, value) if name else None

    def header(self) -> tuple[str, str] | None:
        return self._header

    def accept(self, header: tuple[str, str] | None) -> None:
        """Nothing changes."""

    def reject(self, header: tuple[str, str] | None) -> bool:  # noqa: ARG002  # there is no other
        return False


class TokenCredentials:
    """A bearer token from a keeper."""

    def __init__(self, keeper: TokenKeeper) -> None:
        self._keeper = keeper

    def header(self) -> tuple[str, str] | None:
        return "Authorization", _BEARER + self._keeper.current().reveal()

    def accept(self, header: tuple[str, str] | None) -> None:
        if header is not None:
            self._keeper.accept(Secret(header[1].removeprefix(_BEARER)))

    def reject(self, header: tuple[str, str] | None) -> bool:
        return header is None or self._keeper.reject(Secret(header[1].removeprefix(_BEARER)))


def fixed_credentials(gateway: Gateway, resolve: Resolve) -> FixedCredentials:
    """Return the header of every authentication mode but OAuth; raises SecretError."""
    match gateway.auth:
        case BasicAuth(username=username, password=password):
            pair = f"{plain(username, resolve)}:{resolve(password).reveal()}"
            return FixedCredentials("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        case BearerAuth(token=token, prefix=prefix):
            return FixedCredentials("Authorization", f"{prefix} {resolve(token).reveal()}".strip())
        case ApiKeyAuth(header=header, key=key):
            return FixedCredentials(header, resolve(key).reveal())
    return FixedCredentials()


def masked(content: bytes, secrets: Iterable[str]) -> bytes:
    """Take our own credentials out of what a gateway answered: some echo the call that they refuse."""
    for secret in secrets:
        for part in {secret, secret.rpartition(" ")[2]}:
            if len(part) >= _SHORTEST:
                content = content.replace(part.encode(), MASK.encode())
    return content
