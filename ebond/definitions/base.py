"""What all definition models share: closed, frozen, with durations and secret references."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from ebond.secrets import SecretRef

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class Definition(BaseModel):
    """A closed, frozen model: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True)


def parse_duration(value: Any) -> float:
    """Read ``250ms``, ``30s``, ``5m``, ``1h``, ``7d`` as seconds; a bare number is refused as unclear."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a number with a unit: 250ms, 30s, 5m, 1h, 7d")
    return float(match[1]) * _UNITS[match[2]]


Seconds = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(lambda seconds: f"{seconds:g}s"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$"}),
]


def _pointer(value: Any) -> Any:
    if isinstance(value, str) and (value == "" or value.startswith("/")):
        return value
    raise ValueError("a JSON pointer is empty or starts with '/' (RFC 6901)")


Pointer = Annotated[str, BeforeValidator(_pointer), WithJsonSchema({"type": "string", "pattern": r"^(/.*)?$"})]


class _SecretRefSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, SecretRef) else SecretRef.parse(str(value)),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


Reference = Annotated[SecretRef, _SecretRefSchema, WithJsonSchema({"type": "string", "pattern": "^(env|file):.+$"})]


def _reference_or_text(value: Any) -> Any:
    return SecretRef.parse(value) if isinstance(value, str) and value.startswith(("env:", "file:")) else value


TextOrReference = Annotated[str | Reference, BeforeValidator(_reference_or_text)]
