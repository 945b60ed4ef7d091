"""From a canonical value of one type to one of another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import orjson

from ebond.definitions.fields import FieldType, ResourceField
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.codec import codec_for
from ebond.mapping.days import day_of, midnight
from ebond.mapping.quick_stamp import stamp_floor, tells_less
from ebond.mapping.scalars import step_of
from ebond.values.numbers import rounded, to_json
from ebond.values.text import reader, taker

Converter = Callable[[Any], Canonical]
"""Takes a canonical value that is not None; raises ValueParked for one that has no counterpart."""


def converter(source: ResourceField, target: ResourceField) -> Converter | None:
    """Return what turns a source field's canonical values into the target's; None where they are the same."""
    special = _SPECIAL.get((source.type, target.type))
    return special(source, target) if special is not None else _as_shown(source, target)


def constant(value: Any, target: ResourceField) -> Canonical:
    """Read a constant or default of a definition as a value of the target field; raises ValueParked."""
    if target.type == "text":
        # Plain text, and not as the system would show it: what it escapes is not escaped here.
        take = taker(target.normalise) or reader(())
        return take(text_of(codec_for(_TEXT).canon(value))) or None
    raw: Any = orjson.loads(value) if target.type == "json" and isinstance(value, str) else value
    return codec_for(target).canon(raw)


_TEXT: Final = ResourceField(path="/text")


def _text_to_text(source: ResourceField, target: ResourceField) -> Converter | None:
    if "strip_html" not in target.normalise and set(target.normalise) <= {"html_escape", *source.normalise}:
        return None
    take = taker(target.normalise)
    return None if take is None else lambda value: take(value) or None


def _to_text(source: ResourceField, target: ResourceField) -> Converter:
    take = taker(target.normalise) or str
    write = _json_as_text if source.type == "json" else text_of
    return lambda value: take(write(value)) or None


def _json_as_text(value: str) -> str:
    inner = orjson.loads(value)
    return inner if isinstance(inner, str) else value


def _text_to_json(_: ResourceField, target: ResourceField) -> Converter:
    """A text that holds an object or a list becomes one, as a structure that went to a text field left it."""
    canon = codec_for(target).canon

    def convert(value: str) -> Canonical:
        if value.startswith(("{", "[")):
            try:
                return canon(orjson.loads(value))
            except orjson.JSONDecodeError:
                pass
        return canon(value)

    return convert


def _numbers(source: ResourceField, target: ResourceField) -> Converter | None:
    step = step_of(target)
    if step is None or step == step_of(source):
        return None
    return lambda value: rounded(value, step)


def _instants(source: ResourceField, target: ResourceField) -> Converter | None:
    floor = stamp_floor(target.stamp)
    return None if floor is None or tells_less(source.stamp, target.stamp) else _parking(floor)


def _instant_to_day(_: ResourceField, target: ResourceField) -> Converter:
    form = target.stamp
    return _parking(lambda moment: day_of(moment, form))


def _day_to_instant(source: ResourceField, target: ResourceField) -> Converter:
    form, floor = source.stamp, stamp_floor(target.stamp)
    return _parking(lambda day: midnight(day, form) if floor is None else floor(midnight(day, form)))


def _parking(convert: Callable[[Any], Canonical]) -> Converter:
    def attempt(value: Any) -> Canonical:
        try:
            return convert(value)
        except ValueError as error:
            raise ValueParked(f"the other side has no form for this value: {error}") from error

    return attempt


def _text_to_moment(_: ResourceField, target: ResourceField) -> Converter:
    """The target's own spelling goes first, then ISO 8601, which is what points in time become in a text field."""
    own, iso = codec_for(target).canon, codec_for(_iso_of(target)).canon

    def convert(value: str) -> Canonical:
        try:
            return own(value)
        except ValueParked as parked:
            try:
                return iso(value)
            except ValueParked:
                raise parked from None

    return convert


def _iso_of(field: ResourceField) -> ResourceField:
    return field.model_copy(update={"stamp": field.stamp.model_copy(update={"format": "iso", "pattern": None})})


def _lists(source: ResourceField, target: ResourceField) -> Converter | None:
    reduced = "strip_html" not in target.normalise and set(target.normalise) <= {"html_escape", *source.normalise}
    sorted_ = target.ordered or not source.ordered
    stripped = target.separator is None or source.separator is not None
    if reduced and sorted_ and stripped:
        return None
    canon = _plain_canon(target)
    return lambda value: canon(list(value))


def _plain_canon(target: ResourceField) -> Converter:
    """Return what reads plain text, and not text as the target shows it: nothing is escaped."""
    names = tuple(name for name in target.normalise if name != "html_escape")
    return codec_for(target.model_copy(update={"normalise": names})).canon


def _to_json(source: ResourceField, target: ResourceField) -> Converter:
    canon, write = codec_for(target).canon, _JSON_FORMS.get(source.type, text_of)
    return _parking(lambda value: canon(write(value)))


_JSON_FORMS: Final[dict[FieldType, Callable[[Any], Any]]] = {"number": to_json, "boolean": bool, "list": list}


def _from_boolean(_: ResourceField, __: ResourceField) -> Converter:
    return Decimal


def _nothing(_: ResourceField, __: ResourceField) -> None:
    return None


def _as_shown(source: ResourceField, target: ResourceField) -> Converter:
    """Read the other side's value as if the target itself had shown it."""
    canon, encode = _plain_canon(target), codec_for(source).encode
    counted = target.type == "number" and source.type in ("instant", "date")
    write = encode if counted or source.type == "json" else text_of
    return lambda value: canon(write(value))


_SPECIAL: Final[dict[tuple[FieldType, FieldType], Callable[[ResourceField, ResourceField], Converter | None]]] = {
    ("text", "text"): _text_to_text,
    **{(other, "text"): _to_text for other in ("number", "boolean", "date", "instant", "list", "json")},
    ("text", "json"): _text_to_json,
    **{(other, "json"): _to_json for other in ("number", "boolean", "date", "instant", "list")},
    ("number", "number"): _numbers,
    ("boolean", "number"): _from_boolean,
    ("boolean", "boolean"): _nothing,
    ("instant", "instant"): _instants,
    ("instant", "date"): _instant_to_day,
    ("date", "instant"): _day_to_instant,
    ("text", "instant"): _text_to_moment,
    ("text", "date"): _text_to_moment,
    ("date", "date"): _nothing,
    ("list", "list"): _lists,
    ("json", "json"): _nothing,
}
