"""From a raw JSON value to its canonical meaning and back, one codec for each field, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ebond.definitions.fields import FieldType, ResourceField
from ebond.mapping.canonical import Codec
from ebond.mapping.moments import day_codec, instant_codec
from ebond.mapping.scalars import boolean_codec, number_codec, text_codec
from ebond.mapping.structures import json_codec, list_codec

_MAKERS: Final[dict[FieldType, Callable[[ResourceField], Codec]]] = {
    "text": text_codec,
    "number": number_codec,
    "boolean": boolean_codec,
    "instant": instant_codec,
    "date": day_codec,
    "list": list_codec,
    "json": json_codec,
}


def codec_for(field: ResourceField) -> Codec:
    """Compile the codec of a field."""
    return _MAKERS[field.type](field)
