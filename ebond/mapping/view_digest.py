"""The digest of a view: what tells a record that moved from one that stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from ebond.mapping.frozen import frozen

SIZE = 16


def digester(names: Sequence[str]) -> Callable[[tuple[Any, ...]], bytes]:
    """Return a function from the values of these fields, in this order, to a digest of ``SIZE`` bytes.

    The names are in it too: another field with the same values is another view.
    """
    began = blake2b(frozen(list(names)), digest_size=SIZE)

    def digest(values: tuple[Any, ...]) -> bytes:
        one = began.copy()
        one.update(frozen(values))
        return one.digest()

    return digest
