"""Lists of texts, and values of any structure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import orjson

from ebond.definitions.fields import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, Codec, is_empty
from ebond.mapping.reasons import shape
from ebond.mapping.scalars import as_text
from ebond.values.text import ascii_reader, reader


def list_codec(field: ResourceField) -> Codec:
    """Compile a list of texts, or a text that holds one; empty items say nothing and are left out."""
    separator, item = field.separator, _item_reader(field)
    ordered, quick = field.ordered, None if field.separator is None else ascii_reader(_habits(field))

    def canon(raw: Any) -> Canonical:
        if raw is None or raw == "":
            return None
        if quick is not None and type(raw) is str and raw.isascii():
            texts = [text for part in raw.split(separator) if (text := quick(part))]
            return tuple(texts if ordered else sorted(set(texts))) or None
        parts = raw.split(separator) if separator is not None and isinstance(raw, str) else raw
        texts = [text for part in (parts if isinstance(parts, list) else [parts]) if (text := item(part))]
        return tuple(texts if ordered else sorted(set(texts))) or None

    def encode(value: Canonical) -> Any:
        if not isinstance(value, tuple):
            return value
        return list(value) if separator is None else _joined(value, separator)

    return Codec(canon, encode)


def _habits(field: ResourceField) -> tuple[str, ...]:
    # Blanks around a separator are layout.
    return field.normalise if field.separator is None else (*field.normalise, "trim")


def _item_reader(field: ResourceField) -> Callable[[Any], str]:
    names = _habits(field)
    read, usual = reader(names), ascii_reader(names)

    def item(raw: Any) -> str:
        if type(raw) is str and raw.isascii():
            return raw if usual is None else usual(raw)
        if isinstance(raw, dict | list) and raw:
            raise ValueParked(f"a list of texts was expected, and {shape(raw)} is in it: 'type: json' takes that")
        return read(as_text(raw))

    return item


def _joined(items: tuple[str, ...], separator: str) -> str:
    if any(separator in item for item in items):
        raise ValueParked(f"an item holds {separator!r}, which keeps the items of this list apart")
    return separator.join(items)


def json_codec(_: ResourceField) -> Codec:
    """Compile a value of any structure; the order of keys means nothing, and 1.0 is 1."""

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        try:
            return orjson.dumps(_whole_numbers(raw), option=orjson.OPT_SORT_KEYS).decode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueParked(
                f"{shape(raw)} that JSON cannot carry: too deep, too large a number, a broken text"
            ) from error

    def encode(value: Canonical) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value

    return Codec(canon, encode)


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(inner) for inner in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not finite")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value
