"""Sealing what is shared: tokens lie encrypted in Redis, under a key that only the fleet's environment holds."""

from __future__ import annotations

from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ebond.errors import SecretError
from ebond.secrets import Secret

#: The environment variable with the key, or with several, the newest first.
VARIABLE: Final = "EBOND_KEY"


class Vault:
    """Seals with the first key and opens with any, so that keys can be changed without a gap."""

    def __init__(self, keys: Secret) -> None:
        """Take keys as the environment gives them: one or several Fernet keys, split by commas.

        Raises SecretError where one of them is none.
        """
        parts = [part.strip() for part in keys.reveal().split(",") if part.strip()]
        try:
            self._fernet = MultiFernet([Fernet(part) for part in parts])
        except ValueError:
            raise SecretError(
                f"{VARIABLE} holds what is no key",
                todo="Make one with `ebond key`; several, the newest first, are split by commas",
            ) from None

    def seal(self, text: str) -> bytes:
        """Return the text encrypted and authenticated."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str | None:
        """Return what was sealed, or None where no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None


def new_key() -> str:
    """Return a fresh key."""
    return Fernet.generate_key().decode()
