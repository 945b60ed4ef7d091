"""From a raw JSON value to its canonical meaning and back, one codec for each resource field.

Canonical values: None (whatever form 'no value' has there), str, Decimal, bool, date, datetime (UTC, floored to
the system's granularity), tuple (of canonical texts), and frozen JSON text for structured values. Two raw values
mean the same where their canonical values are equal.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

import orjson

from ebond.definitions.system import Normaliser, ResourceField
from ebond.errors import ValueParked
from ebond.mapping.stamps import floor_stamp, format_day, format_stamp, parse_day, parse_stamp

Canonical = str | Decimal | bool | date | datetime | tuple[Any, ...] | None

_SPACES: Final = re.compile(r"[ \t\u00a0]+")
_TAGS: Final = re.compile(r"<[^<>]*>")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


#: What a system does to text by itself, undone or done alike on both sides before values are compared.
NORMALISERS: Final[dict[Normaliser, Callable[[str], str]]] = {
    "trim": str.strip,
    "collapse_spaces": lambda text: _SPACES.sub(" ", text),
    "lf": _lf,
    "casefold": str.casefold,
    # The system stores text escaped: canonical is the plain text, so that "&" never grows to "&amp;amp;".
    "html_escape": html.unescape,
    "nfc": _nfc,
    "strip_html": lambda text: html.unescape(_TAGS.sub("", text)),
    "no_emoji": lambda text: _ASTRAL.sub("", text),
}

_TRUE: Final = frozenset({"true", "1", "y", "yes", "on", "t"})
_FALSE: Final = frozenset({"false", "0", "n", "no", "off", "f"})


@dataclass(frozen=True, slots=True)
class Codec:
    """How one field is read and written.

    ``canon`` raises ValueParked for a value that is none of the field's type; ``encode`` takes a canonical value
    of the field's own type.
    """

    canon: Callable[[Any], Canonical]
    encode: Callable[[Canonical], Any]


def codec_for(field: ResourceField) -> Codec:
    """Compile the codec of a field."""
    return _MAKERS[field.type](field)


def is_empty(raw: Any) -> bool:
    """Is this one of the forms of 'no value'?"""
    return raw is None or raw in ("", [], {})


def _text(field: ResourceField) -> Codec:
    steps = tuple(NORMALISERS[name] for name in field.normalise)

    def canon(raw: Any) -> Canonical:
        if raw is None:
            return None
        text = raw if isinstance(raw, str) else _as_text(raw)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        for step in steps:
            text = step(text)
        return text or None

    return Codec(canon, lambda value: value)


def _as_text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return plain(Decimal(repr(raw)))
    if raw in ([], {}):
        return ""
    raise ValueParked(f"a text was expected, not {_kind(raw)}")


def plain(number: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _kind(raw: Any) -> str:
    return {dict: "an object", list: "a list", bool: "a boolean", str: "a text"}.get(type(raw), "a number")


def _number(field: ResourceField) -> Codec:
    step = None if field.decimals is None else Decimal(1).scaleb(-field.decimals)

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        try:
            number = _decimal(raw)
            return number.normalize() if step is None else number.quantize(step, ROUND_HALF_EVEN).normalize()
        except (InvalidOperation, ValueError, TypeError) as error:
            raise ValueParked(f"a number was expected, not {_kind(raw)} that is none") from error

    def encode(value: Canonical) -> Any:
        if not isinstance(value, Decimal):
            return value
        if field.number_as == "text":
            return format(value.quantize(step), "f") if step is not None else plain(value)
        return int(value) if value == value.to_integral_value() else float(value)

    return Codec(canon, encode)


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise TypeError
    number = Decimal(repr(raw) if isinstance(raw, float) else raw.strip() if isinstance(raw, str) else raw)
    if not number.is_finite():
        raise ValueError
    return number


def _boolean(field: ResourceField) -> Codec:
    spelled = {_key(field.true): True, _key(field.false): False}

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        key = _key(raw)
        if key in spelled:
            return spelled[key]
        if key in _TRUE or key in _FALSE:
            return key in _TRUE
        raise ValueParked(f"a yes or no was expected, not {_kind(raw)} that is neither")

    def encode(value: Canonical) -> Any:
        return None if value is None else field.true if value else field.false

    return Codec(canon, encode)


def _key(raw: Any) -> str:
    return str(raw).strip().casefold()


def _instant(field: ResourceField) -> Codec:
    form = field.stamp

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        try:
            return floor_stamp(parse_stamp(raw, form), form)
        except ValueError as error:
            raise ValueParked(f"a point in time was expected ({form.pattern or form.format})") from error

    def encode(value: Canonical) -> Any:
        return format_stamp(value, form) if isinstance(value, datetime) else value

    return Codec(canon, encode)


def _date(field: ResourceField) -> Codec:
    form = field.stamp

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        try:
            return parse_day(raw, form)
        except ValueError as error:
            raise ValueParked(f"a date was expected ({form.pattern or form.format})") from error

    def encode(value: Canonical) -> Any:
        return format_day(value, form) if isinstance(value, date) else value

    return Codec(canon, encode)


def _list(field: ResourceField) -> Codec:
    separator = field.separator
    items = tuple(NORMALISERS[name] for name in field.normalise)

    def canon(raw: Any) -> Canonical:
        if is_empty(raw):
            return None
        parts = raw.split(separator) if separator is not None and isinstance(raw, str) else raw
        if not isinstance(parts, list):
            parts = [parts]
        texts = [_item(part, items, strip=separator is not None) for part in parts]
        texts = [text for text in texts if text]
        return tuple(texts if field.ordered else sorted(set(texts))) or None

    def encode(value: Canonical) -> Any:
        if not isinstance(value, tuple):
            return value
        return separator.join(value) if separator is not None else list(value)

    return Codec(canon, encode)


def _item(raw: Any, steps: tuple[Callable[[str], str], ...], *, strip: bool) -> str:
    if isinstance(raw, dict | list):
        return orjson.dumps(raw, option=orjson.OPT_SORT_KEYS).decode()
    text = _nfc(raw if isinstance(raw, str) else _as_text(raw))
    for step in steps:
        text = step(text)
    return text.strip() if strip else text


def _json(field: ResourceField) -> Codec:  # noqa: ARG001  # all makers have one form
    def canon(raw: Any) -> Canonical:
        return None if is_empty(raw) else orjson.dumps(raw, option=orjson.OPT_SORT_KEYS).decode()

    def encode(value: Canonical) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value

    return Codec(canon, encode)


_MAKERS: Final[dict[str, Callable[[ResourceField], Codec]]] = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "instant": _instant,
    "date": _date,
    "list": _list,
    "json": _json,
}
