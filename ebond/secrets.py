"""Secrets are references in definitions and a masked type in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ebond.errors import SecretError

MASK: Final = "****"


class Secret:
    """A value that never shows itself: ``repr``, ``str`` and formatting give ``****``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the plain value; call it only where it goes on the wire."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is never serialised")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret lies: ``env:NAME`` or ``file:PATH`` (relative to the definition's folder)."""

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """Read ``env:NAME`` or ``file:PATH``; raise ValueError for anything else."""
        kind, colon, name = text.partition(":")
        if not colon or kind not in ("env", "file") or not name:
            raise ValueError("a secret is given by reference: env:NAME or file:PATH")
        return cls(kind, name)

    def resolve(self, environ: Mapping[str, str], folder: Path) -> Secret:
        """Fetch the secret; a trailing line break of a file does not count. Raises SecretError."""
        if self.kind == "env":
            value = environ.get(self.name)
            if not value:
                raise SecretError(
                    f"the environment variable {self.name} is not set",
                    todo=f"Set {self.name} before you start ebond",
                )
            return Secret(value)
        return Secret(_line_of(folder / self.name))

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def setting(text: str) -> str:
    """Return a setting as it is given, or what the file holds that it refers to by ``file:PATH``.

    URLs with passwords and keys come in files where a platform hands secrets out so. Raises SecretError.
    """
    return _line_of(Path(text.removeprefix("file:"))) if text.startswith("file:") else text


def _line_of(path: Path) -> str:
    try:
        # Editors of other systems put a byte order mark in front; it is no part of a secret.
        text = path.read_text(encoding="utf-8-sig").rstrip("\r\n")
    except OSError as error:
        raise SecretError(
            f"the secret file {path} cannot be read: {error.strerror}",
            todo="Create it, or give ebond's user the right to read it",
        ) from None
    except UnicodeDecodeError:
        raise SecretError(f"the secret file {path} is no text in UTF-8", todo="Save it as UTF-8") from None
    if not text:
        raise SecretError(f"the secret file {path} is empty", todo="Write the secret into it")
    return text
