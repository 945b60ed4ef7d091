"""What raw JSON values mean, whatever the system that shows them.

Canonical values: None (whatever form 'no value' has there), str, Decimal, bool, date, datetime (UTC, floored to
the system's granularity), tuple (of texts), and for structured values their JSON text with sorted keys. Two raw
values mean the same where their canonical values are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ebond.values.numbers import plain

Canonical = str | Decimal | bool | date | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Codec:
    """How one field is read and written.

    ``canon`` raises ValueParked for a value that is none of the field's type. ``encode`` takes a canonical value
    of the field's own type; it raises ValueParked where the field has no form for it.
    """

    canon: Callable[[Any], Canonical]
    encode: Callable[[Canonical], Any]


def as_it_is(value: Any) -> Any:
    """Encode a value that is written as it is meant."""
    return value


def is_empty(raw: Any) -> bool:
    """Is this one of the forms of 'no value'?"""
    return raw is None or raw in ("", [], {})


def is_blank(raw: Any) -> bool:
    """Is this a form of 'no value', or a text of blanks alone?"""
    return is_empty(raw) or (isinstance(raw, str) and raw.isspace())


def text_of(value: Canonical) -> str:
    """Write a canonical value as text, for templates, value maps, conditions and text fields."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(value)
