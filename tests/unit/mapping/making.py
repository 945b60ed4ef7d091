"""Fields and mappings in one line, for tests of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.codec import codec_for
from ebond.mapping.compile import CompiledMapping, compile_mapping
from ebond.state import Side

SERVICENOW = {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S"}
PARKED = "parked"


def field(**parts: Any) -> ResourceField:
    """Return a field; text at /it unless said otherwise."""
    return ResourceField.model_validate({"path": "/it", **parts})


def canon(raw: Any, **parts: Any) -> Any:
    """Return what a raw value means in a field; the word for it where it parks."""
    try:
        return codec_for(field(**parts)).canon(raw)
    except ValueParked:
        return PARKED


def written(raw: Any, **parts: Any) -> Any:
    """Return the form in which a field writes back what it shows."""
    codec = codec_for(field(**parts))
    return codec.encode(codec.canon(raw))


def resource(**fields: Mapping[str, Any]) -> Resource:
    """Return a resource with these fields, each at a path of its own name unless said otherwise."""
    return Resource.model_validate(
        {
            "id": "/id",
            "list": {"path": "/all", "records": "", "paging": {"kind": "single"}},
            "fields": {name: {"path": f"/{name}", **parts} for name, parts in fields.items()},
        }
    )


def mapped(a: Mapping[str, Any] | None = None, b: Mapping[str, Any] | None = None, **rule: Any) -> CompiledMapping:
    """Compile a mapping of one rule between the field ``a`` on the left and ``b`` on the right.

    ``a`` and ``b`` say more of the fields; a part of the rule that is None is left out.
    """
    said = {key: part for key, part in {"name": "it", "left": "a", "right": "b", **rule}.items() if part is not None}
    definition = {"version": 1, "mapping": "m", "left": "one/a", "right": "two/b", "fields": [said]}
    return compile_mapping(
        MappingDefinition.model_validate(definition), resource(a=a or {}, z={}), resource(b=b or {}, y={})
    )


def to_right(mapping: CompiledMapping, raw: Any) -> Any:
    """Return what is written on the right for a left value; the word for it where it parks."""
    return _carried(mapping, Side.RIGHT, {"a": raw})


def to_left(mapping: CompiledMapping, raw: Any) -> Any:
    """Return what is written on the left for a right value; the word for it where it parks."""
    return _carried(mapping, Side.LEFT, {"b": raw})


def _carried(mapping: CompiledMapping, target: Side, view: Mapping[str, Any]) -> Any:
    try:
        return mapping.rule("it").to(target, view).raw
    except ValueParked:
        return PARKED


def agree(mapping: CompiledMapping, left: Any, right: Any) -> bool:
    """Tell whether the two sides agree on the rule."""
    return mapping.rule("it").equal({"a": left}, {"b": right})


def label(value: Any) -> str:
    """Name a parameter of a test, which may be no text at all."""
    return ascii(value)[:40] if not isinstance(value, int) or value.bit_length() < 1000 else "huge"
