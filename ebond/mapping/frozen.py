"""Raw JSON values as bytes that are equal where the values are: what tells a changed record from an unchanged one."""

from __future__ import annotations

import marshal
from hashlib import blake2b
from typing import Any

import orjson


def fingerprint(value: Any, *, size: int = 16, salt: bytes = b"") -> bytes:
    """Return a digest of ``size`` bytes of a raw value; the order of an object's keys means nothing."""
    return blake2b(frozen(value) + salt, digest_size=size).digest()


def frozen(value: Any) -> bytes:
    """Return a raw value as JSON with sorted keys.

    What orjson refuses is no reason to stop at one record: numbers beyond 64 bits, halves of characters, lists in
    lists beyond its depth. There the order of keys counts, and a record may look changed that is not.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return marshal.dumps(value, 2)  # version 2 writes equal values as equal bytes
