"""What proves who we are, call by call; and keeping it out of everything that is written down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from urllib.parse import quote

from ebond.definitions.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth
from ebond.gateway.token import TokenKeeper
from ebond.gateway.token_request import Resolve, plain
from ebond.gateway.url import QUERY_SAFE
from ebond.secrets import MASK, Secret

_BASIC: Final = "Basic "
#: What is shorter is no secret, and would mask half of the text around it.
_SHORTEST: Final = 4
#: What stands before the name of credentials that are no header but a query parameter.
IN_QUERY: Final = "?"


class Credentials(Protocol):
    """A header for each call, or a query parameter where its name begins with ``?``."""

    def header(self) -> tuple[str, str] | None:
        """Return the header to send; raises what the TokenKeeper does."""

    def accept(self, header: tuple[str, str] | None) -> None:
        """Note that the gateway took it."""

    def reject(self, header: tuple[str, str] | None) -> bool:
        """Note that the gateway refused it; return whether another try makes sense."""


class FixedCredentials:
    """A header that is looked up once, and again when it is refused: secrets are changed while we run."""

    def __init__(self, look_up: Callable[[], tuple[str, str] | None]) -> None:
        self._look_up, self._header = look_up, look_up()

    def header(self) -> tuple[str, str] | None:
        return self._header

    def accept(self, header: tuple[str, str] | None) -> None:
        """Nothing changes."""

    def reject(self, header: tuple[str, str] | None) -> bool:
        self._header = self._look_up()
        return self._header != header


class TokenCredentials:
    """A token from a keeper."""

    def __init__(self, keeper: TokenKeeper, *, header: str, prefix: str) -> None:
        self._keeper, self._name, self._prefix = keeper, header, spaced(prefix)

    def header(self) -> tuple[str, str] | None:
        return self._name, self._prefix + self._keeper.current().reveal()

    def accept(self, header: tuple[str, str] | None) -> None:
        if header is not None:
            self._keeper.accept(self._token(header))

    def reject(self, header: tuple[str, str] | None) -> bool:
        return header is None or self._keeper.reject(self._token(header))

    def _token(self, header: tuple[str, str]) -> Secret:
        return Secret(header[1].removeprefix(self._prefix))


def spaced(prefix: str) -> str:
    """Return what stands before a token; after ``token=`` or ``SESSION=`` there is no blank."""
    return prefix if prefix.endswith("=") else f"{prefix} ".lstrip()


def fixed_credentials(auth: Auth, resolve: Resolve) -> FixedCredentials:
    """Return the header of every authentication mode but OAuth; raises SecretError."""
    return FixedCredentials(lambda: _fixed_header(auth, resolve))


def _fixed_header(auth: Auth, resolve: Resolve) -> tuple[str, str] | None:
    match auth:
        case BasicAuth(username=username, password=password):
            pair = f"{plain(username, resolve)}:{resolve(password).reveal()}"
            return "Authorization", _BASIC + base64.b64encode(pair.encode()).decode()
        case BearerAuth(token=token, prefix=prefix):
            return "Authorization", spaced(prefix) + resolve(token).reveal()
        case ApiKeyAuth(header=header, key=key):
            return header, resolve(key).reveal()
    return None


def holds(text: str, secrets: Iterable[str]) -> bool:
    """Is one of our own credentials in it?"""
    parts = [secret.rpartition(" ")[2] for secret in secrets]
    return any(len(part) >= _SHORTEST and part in text for part in parts)


def masked(content: bytes, secrets: Iterable[str]) -> bytes:
    """Take our own credentials out of what a gateway answered: some echo the call that they refuse."""
    for secret in secrets:
        for spelling in sorted(_spellings(secret), key=len, reverse=True):
            if len(spelling) >= _SHORTEST:
                content = content.replace(spelling.encode(), MASK.encode())
    return content


def _spellings(secret: str) -> set[str]:
    """Return the ways in which a header's value, or what is in it, may come back."""
    plain = {secret, secret.rpartition(" ")[2]}
    if secret.startswith(_BASIC):
        plain.add(base64.b64decode(secret.removeprefix(_BASIC)).decode().partition(":")[2])
    escaped = {json.dumps(one, ensure_ascii=ascii_only)[1:-1] for one in plain for ascii_only in (True, False)}
    slashed = {one.replace("/", "\\/") for one in escaped}
    return plain | escaped | slashed | {quote(one, safe=safe) for one in plain for safe in ("", QUERY_SAFE)}
