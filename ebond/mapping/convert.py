"""From a canonical value of one type to one of another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from ebond.definitions.system import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.codec import Canonical, codec_for, plain
from ebond.mapping.stamps import floor_stamp, midnight, zone_of

Converter = Callable[[Any], Canonical]


def converter(source: ResourceField, target: ResourceField) -> Converter | None:
    """Return what turns a source field's canonical values into the target's; None where nothing has to be done.

    The converter raises ValueParked for a value that has no counterpart.
    """
    own = source.type == target.type
    if target.type == "text":
        return None if own else _to_text
    if own and target.type in ("json", "boolean"):
        return None
    if target.type == "instant":
        return _to_instant(source, target)
    if target.type == "date" and source.type == "instant":
        zone = zone_of(target.stamp.zone)
        return lambda value: value.astimezone(zone).date() if isinstance(value, datetime) else value
    if own and target.type == "date":
        return None
    if target.type == "list" and source.type not in ("list", "json"):
        return lambda value: (text_of(value),)
    if source.type == "list" and target.type == "list":
        canon = codec_for(target).canon
        return lambda value: canon(list(value)) if target.separator is None else canon(target.separator.join(value))
    # The rest reads the other side's text as if the system itself had shown it.
    canon, encode = codec_for(target).canon, codec_for(source).encode
    return lambda value: canon(value if isinstance(value, str) else encode(value))


def _to_instant(source: ResourceField, target: ResourceField) -> Converter:
    form = target.stamp

    def convert(value: Any) -> Canonical:
        if isinstance(value, datetime):
            return floor_stamp(value, form)
        if isinstance(value, date):
            return midnight(value, source.stamp)
        return codec_for(target).canon(value)

    return convert


def _to_text(value: Any) -> Canonical:
    return text_of(value)


def text_of(value: Canonical) -> str:
    """Write a canonical value as text, for templates, value maps and text fields."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(map(text_of, value))
    raise ValueParked(f"a value of type {type(value).__name__} has no text form")


def constant(value: Any, target: ResourceField) -> Canonical:
    """Read a constant or default of a definition as a value of the target field."""
    raw: Any = orjson.loads(value) if target.type == "json" and isinstance(value, str) else value
    return codec_for(target).canon(raw)
