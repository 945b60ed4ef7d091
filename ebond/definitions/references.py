"""Secrets as definitions give them: by reference only. What may be a secret is never repeated in a message."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from ebond.definitions.base import Misspelt, spelled
from ebond.secrets import SecretRef

_REFERENCE: Final = r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)"

#: How shells and other tools spell a variable.
_SHELL: Final = r"\$\{?[A-Za-z_]\w*\}?|\$\{\{.*\}\}|%[A-Za-z_]\w*%|(?i:env)[.:]\s*[A-Za-z_]\w*"


def _reference(value: Any) -> SecretRef:
    if isinstance(value, SecretRef):
        return value
    if isinstance(value, str) and re.fullmatch(_REFERENCE, value):
        return SecretRef.parse(value)
    if isinstance(value, dict) and set(value) <= {"env", "file"}:
        raise Misspelt("a secret is given by reference", "write env:NAME or file:PATH without a blank after the ':'")
    if isinstance(value, str) and value.startswith("env:"):
        raise Misspelt("an environment variable's name has letters, digits and '_' only", "write env:NAME")
    if isinstance(value, str) and re.fullmatch(_SHELL, value):
        raise Misspelt(
            "a secret is given by reference: env:NAME or file:PATH", "write env:NAME, without $, braces or %"
        )
    # What stands here may be the secret itself: it is not repeated.
    raise Misspelt("a secret is given by reference: env:NAME or file:PATH", "never write the secret itself")


class _ReferenceSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _reference, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


Reference = Annotated[SecretRef, _ReferenceSchema, spelled(_REFERENCE)]


def _text_or_reference(value: Any) -> str | SecretRef:
    if isinstance(value, SecretRef) or (isinstance(value, str) and value.startswith(("env:", "file:"))):
        return _reference(value)
    if isinstance(value, str):
        return value
    todo = "write env:NAME or file:PATH without a blank after the ':'" if isinstance(value, dict) else ""
    raise Misspelt("a text or a reference goes here", todo)


class _TextOrReferenceSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _text_or_reference, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


TextOrReference = Annotated[
    str | SecretRef,
    _TextOrReferenceSchema,
    WithJsonSchema({"type": "string", "pattern": f"^({_REFERENCE}|(?!env:|file:).*)$"}),
]
