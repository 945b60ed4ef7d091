"""Texts, numbers and booleans, in the many forms that systems give them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from ebond.definitions.fields import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, Codec, as_it_is, is_blank, is_empty
from ebond.mapping.reasons import shape
from ebond.values.numbers import exact, fixed, plain, rounded, to_json
from ebond.values.text import ascii_reader, reader, storable

#: Whole numbers up to here need no care.
USUAL_WHOLE: Final = 2**53
_TRUE: Final = ("true", "1", "y", "yes", "on", "t")
_FALSE: Final = ("false", "0", "n", "no", "off", "f")


def text_codec(field: ResourceField) -> Codec:
    """Compile a text field: what the system itself does to text is taken out of it."""
    read = reader(field.normalise)
    usual = ascii_reader(field.normalise)

    def canon(raw: Any) -> Canonical:
        if type(raw) is str and raw.isascii():
            return (raw if usual is None else usual(raw)) or None
        return None if raw is None else read(as_text(raw)) or None

    return Codec(canon, as_it_is)


def as_text(raw: Any) -> str:
    """Read a scalar as text; raises ValueParked for what is none."""
    if isinstance(raw, str):
        if storable(raw):
            return raw
        raise ValueParked("the text has half a character in it, which no system takes")
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if is_empty(raw):
        return ""
    try:
        return plain(exact(raw))
    except ValueError as error:
        raise ValueParked(f"a text was expected, not {shape(raw)}") from error


def number_codec(field: ResourceField) -> Codec:
    """Compile a number field: compared and written with the places that the system keeps."""
    step = step_of(field)

    def canon(raw: Any) -> Canonical:
        if raw is None or raw == "":
            return None
        if type(raw) is int and -USUAL_WHOLE < raw < USUAL_WHOLE:
            return Decimal(raw)
        try:
            number = exact(raw)
        except ValueError as error:
            if is_blank(raw):
                return None
            raise ValueParked(f"a number was expected, not {shape(raw)} that is none") from error
        return number if step is None else rounded(number, step)

    def as_number(value: Canonical) -> Any:
        try:
            return to_json(value) if isinstance(value, Decimal) else value
        except ValueError as error:
            raise ValueParked(str(error)) from error

    def in_text(value: Canonical) -> Any:
        return fixed(value, step) if isinstance(value, Decimal) else value

    return Codec(canon, in_text if field.number_as == "text" else as_number)


def step_of(field: ResourceField) -> Decimal | None:
    """Return the smallest difference that a number field keeps; None where it keeps all."""
    return None if field.decimals is None else Decimal(1).scaleb(-field.decimals)


def boolean_codec(field: ResourceField) -> Codec:
    """Compile a yes or no: the field's own spelling goes before the usual ones."""
    usual = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
    spelled: dict[str, bool] = usual | {_spelling(field.false): False, _spelling(field.true): True}

    def canon(raw: Any) -> Canonical:
        if type(raw) is str and raw in spelled:
            return spelled[raw]
        if is_blank(raw):
            return None
        value = spelled.get(_spelling(raw))
        if value is None:
            raise ValueParked(f"a yes or no was expected, not {shape(raw)} that is neither")
        return value

    def encode(value: Canonical) -> Any:
        return None if value is None else field.true if value else field.false

    return Codec(canon, encode)


def _spelling(raw: Any) -> str:
    if isinstance(raw, str):
        return raw.strip().casefold()
    if isinstance(raw, dict | list):
        return "?"
    try:
        return as_text(raw)
    except ValueParked:
        return "?"
