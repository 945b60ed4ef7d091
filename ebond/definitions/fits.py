"""Does a value that a definition gives fit the field that it is for? What is wrong otherwise, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ebond.definitions.fields import ResourceField
from ebond.definitions.nearest import nearest

#: (what is wrong, what to do); None where nothing is.
Fault = tuple[str, str] | None

_YES: Final = frozenset({"true", "1", "y", "yes", "on", "t"})
_NO: Final = frozenset({"false", "0", "n", "no", "off", "f"})


def value_fault(value: Any, field: ResourceField) -> Fault:
    """Say why a value cannot be written to a field."""
    reading = _READERS.get(field.type)
    if reading is not None:
        try:
            reading(value, field)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            return f"{value!r} is no {_WORDS[field.type]}", _example(field)
    if field.values and field.type in ("text", "number", "boolean"):
        canonical = _CANONICAL.get(field.type, _as_text)
        text = canonical(_text(value), field)
        if text not in field.values and text not in {canonical(one, field) for one in field.values}:
            return f"the field never has the value {text!r}", nearest(text, field.values)
    if field.max is not None and isinstance(value, str) and len(value) > field.max:
        return f"the system takes {field.max} characters at most, and this has {len(value)}", "shorten it"
    return None


def key_fault(text: str, field: ResourceField) -> Fault:
    """Say why a field's value is never this text, as value maps and conditions compare it."""
    if (fault := value_fault(text, field)) is not None:
        return fault
    canonical = _CANONICAL.get(field.type, _as_text)(text, field)
    if canonical == text:
        return None
    return f"{text!r} never stands here: values are compared as {canonical!r}", f"write {canonical!r}"


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _number(value: Any, _: ResourceField) -> Decimal:
    number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    if isinstance(value, bool) or not number.is_finite():
        raise ValueError
    return number


def _boolean(value: Any, field: ResourceField) -> bool:
    key = str(value).strip().casefold()
    if key == str(field.true).strip().casefold() or key in _YES:
        return True
    if key == str(field.false).strip().casefold() or key in _NO:
        return False
    raise ValueError


def _moment(value: Any, field: ResourceField) -> Any:
    form = field.stamp
    if form.format in ("epoch_s", "epoch_ms"):
        return int(value)
    if form.format == "pattern":
        return datetime.strptime(value, form.pattern or "")  # noqa: DTZ007  # only tried
    return datetime.fromisoformat(value)


def _day(value: Any, field: ResourceField) -> Any:
    if field.stamp.format != "pattern" and isinstance(value, str) and len(value) == len("2026-11-24"):
        return date.fromisoformat(value)
    return _moment(value, field)


def _json(value: Any, _: ResourceField) -> Any:
    return json.loads(value) if isinstance(value, str) else value


_READERS: Final[dict[str, Callable[[Any, ResourceField], Any]]] = {
    "number": _number,
    "boolean": _boolean,
    "instant": _moment,
    "date": _day,
    "json": _json,
}
_WORDS: Final = {
    "number": "number",
    "boolean": "yes or no",
    "instant": "point in time as the field writes it",
    "date": "date as the field writes it",
    "json": "JSON text",
}


def _example(field: ResourceField) -> str:
    if field.type in ("instant", "date"):
        return f"its format is {field.stamp.pattern or field.stamp.format}"
    return {"boolean": "write true or false", "json": "a text needs its own quotes: '\"text\"'"}.get(field.type, "")


def _plain(text: str, field: ResourceField) -> str:
    plain = format(_number(text, field), "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def _as_text(text: str, field: ResourceField) -> str:
    if "casefold" in field.normalise:
        text = text.casefold()
    return text.strip() if "trim" in field.normalise else text


_CANONICAL: Final[dict[str, Callable[[str, ResourceField], str]]] = {
    "number": _plain,
    "boolean": lambda text, field: _text(_boolean(text, field)),
    "instant": lambda text, _: text,
    "date": lambda text, _: text,
    "json": lambda text, _: text,
}
