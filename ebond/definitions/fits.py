"""Does a value that a definition gives fit the field that it is for? What is wrong otherwise, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from ebond.definitions.fields import ResourceField
from ebond.definitions.nearest import nearest
from ebond.values.json_date import milliseconds
from ebond.values.numbers import exact, plain, rounded, to_json
from ebond.values.text import reader

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
        except (ValueError, TypeError, ArithmeticError, OSError):
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


def _number(value: Any, field: ResourceField) -> Decimal:
    number = exact(value)
    step = None if field.decimals is None else Decimal(1).scaleb(-field.decimals)
    number = number if step is None else rounded(number, step)
    if field.number_as == "number":
        to_json(number)
    return number


def _boolean(value: Any, field: ResourceField) -> bool:
    key = str(value).strip().casefold()
    if key == str(field.true).strip().casefold():
        return True
    if key == str(field.false).strip().casefold() or key in _NO:
        return False
    if key in _YES:
        return True
    raise ValueError


def _moment(value: Any, field: ResourceField) -> datetime:
    form = field.stamp
    if form.format in ("epoch_s", "epoch_ms"):
        return datetime.fromtimestamp(int(exact(value)) / (1 if form.format == "epoch_s" else 1000), UTC)
    if form.format == "json_date":
        return datetime.fromtimestamp(int(milliseconds(value)) / 1000, UTC)
    pattern = form.pattern or ""
    moment = datetime.strptime(value, pattern) if form.format == "pattern" else datetime.fromisoformat(value)  # noqa: DTZ007
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(form.zone))).astimezone(UTC)


def _day(value: Any, field: ResourceField) -> date:
    if field.stamp.format != "pattern" and isinstance(value, str) and len(value) == len("2026-11-24"):
        return date.fromisoformat(value)
    return _moment(value, field).astimezone(ZoneInfo(field.stamp.zone)).date()


def _json(value: Any, _: ResourceField) -> str:
    return orjson.dumps(orjson.loads(value) if isinstance(value, str) else value, option=orjson.OPT_SORT_KEYS).decode()


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


def _as_text(text: str, field: ResourceField) -> str:
    return reader(field.normalise)(text)


def _as_instant(text: str, field: ResourceField) -> str:
    moment = _moment(text, field)
    rest = moment.timestamp() % field.stamp.granularity if field.stamp.granularity >= 1 else 0
    return (moment - timedelta(seconds=rest)).isoformat().replace("+00:00", "Z")


def _as_list(text: str, field: ResourceField) -> str:
    if field.separator is None:
        return _as_text(text, field)
    read = reader((*field.normalise, "trim"))
    return ", ".join(shown for item in text.split(field.separator) if (shown := read(item)))


#: How a value is compared, by the type of its field: see ``text_of`` of the mapping.
_CANONICAL: Final[dict[str, Callable[[str, ResourceField], str]]] = {
    "number": lambda text, field: plain(_number(text, field)),
    "boolean": lambda text, field: _text(_boolean(text, field)),
    "instant": _as_instant,
    "date": lambda text, field: _day(text, field).isoformat(),
    "json": _json,
    "list": _as_list,
}
