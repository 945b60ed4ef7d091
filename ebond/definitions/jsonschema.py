"""The JSON Schema of the definitions, so that editors complete and check the YAML.

It is made of the models: their types, and their docstrings as descriptions. What takes more than one key to see
(references, contradictions) is left to ``ebond check``. Draft 7, which all editors know.

``python -m ebond.definitions.jsonschema mappings/schema.json`` writes the one that ships.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import PydanticSerializationError, to_jsonable_python

from ebond.definitions.catalogue import KINDS
from ebond.definitions.durations import show_duration

Schema = dict[str, Any]

_REF: Final = "#/definitions/"
#: What a definition that extends another gives: any part of it, and null for what is taken away.
_PART: Final = "Part"
_MARKUP: Final = re.compile(r"``(.+?)``")


def json_schema() -> Schema:
    """Return one schema for a document of any kind."""
    models: list[Any] = [(model, "validation") for model in KINDS.values()]
    refs, schema = models_json_schema(models, ref_template=_REF + "{model}", schema_generator=_Generator)
    definitions = {name: _tidied(one) for name, one in sorted(schema["$defs"].items())}
    definitions |= _parts("System", definitions)
    own, part = definitions["System"], definitions[f"System{_PART}"]
    part["required"] = ["version", "system", "extends"]
    part["properties"] |= {key: own["properties"][key] for key in part["required"]}
    chosen: Schema = {kind: {"$ref": refs[model, "validation"]["$ref"]} for kind, model in KINDS.items()}
    extends = {"required": ["extends"], "properties": {"extends": {"type": "string"}}}
    chosen["system"] = _if(extends, {"$ref": f"{_REF}System{_PART}"}, chosen["system"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ebond definitions",
        "description": "A gateway, a system, a mapping or a bond.",
        "type": "object",
        "properties": {kind: {"description": _summary(model)} for kind, model in KINDS.items()},
        "anyOf": [{"required": [kind]} for kind in KINDS],
        **_first_that_fits(chosen),
        "definitions": definitions,
    }


class _Generator(GenerateJsonSchema):
    """Leaves defaults as they are written in YAML, and tells unions apart by their ``kind``."""

    def encode_default(self, dft: Any) -> Any:
        try:
            return to_jsonable_python(dft)
        except PydanticSerializationError:
            return None


def _summary(model: type[BaseModel]) -> str:
    return _plain(model.__doc__ or "")


def _plain(text: str) -> str:
    """Write a docstring as editors show it: one line, code in single back-quotes."""
    return _MARKUP.sub(r"`\1`", re.sub(r"\s+", " ", text).strip())


def _if(condition: Schema, then: Schema, otherwise: Schema) -> Schema:
    return {"if": condition, "then": then, "else": otherwise}


def _first_that_fits(chosen: Schema) -> Schema:
    """A later kind may name an earlier one (a bond names its mapping), so the last key tells."""
    *earlier, last = chosen
    chain: Schema = chosen[earlier[0]]
    for kind in [*earlier[1:], last]:
        chain = _if({"required": [kind]}, chosen[kind], chain)
    return chain


def _tidied(schema: Schema) -> Schema:
    """Take out what only makes noise in an editor, and let ``kind`` choose among the models of a union."""

    def tidy(one: Schema) -> Schema:
        if isinstance(one.get("description"), str):
            one["description"] = _plain(one["description"])
        if "properties" in one:
            one["properties"] = {key: _untitled(part) for key, part in one["properties"].items()}
        if one.get("default") in (None, {}, []) or isinstance(one.get("default"), dict):
            one.pop("default", None)
        if isinstance(one.get("default"), float) and one.get("type") == "string":
            one["default"] = show_duration(one["default"])
        if "patternProperties" in one:
            # A key of another form is a fault, which these would let pass.
            ((pattern, value),) = one.pop("patternProperties").items()
            one |= {"propertyNames": {"pattern": pattern}, "additionalProperties": value}
        if "discriminator" in one:
            return _by_kind(one)
        return _with_ref_apart(one)

    tidied: Schema = _walk(schema, tidy)
    return tidied


def _untitled(part: Schema) -> Schema:
    return {key: value for key, value in part.items() if key != "title"}


def _by_kind(union: Schema) -> Schema:
    kinds: dict[str, str] = union.pop("discriminator")["mapping"]
    del union["oneOf"]
    rows = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": {"$ref": ref}}
        for kind, ref in kinds.items()
    ]
    kind = {"enum": list(kinds)}
    return {**union, "type": "object", "required": ["kind"], "properties": {"kind": kind}, "allOf": rows}


def _with_ref_apart(one: Schema) -> Schema:
    """In draft 7 nothing counts beside a ``$ref``."""
    if "$ref" not in one or len(one) == 1:
        return one
    return {"allOf": [{"$ref": one.pop("$ref")}], **one}


def _walk(node: Any, change: Callable[[Schema], Schema]) -> Any:
    """Rebuild a schema from the inside out."""
    if isinstance(node, list):
        return [_walk(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    rebuilt = {
        key: {name: _walk(part, change) for name, part in value.items()}
        if key == "properties"
        else _walk(value, change)
        for key, value in node.items()
        if key not in ("const", "enum", "default")
    }
    return change(rebuilt | {key: node[key] for key in ("const", "enum", "default") if key in node})


def _parts(root: str, definitions: Schema) -> Schema:
    """Return the definitions that are reached from one, as parts: nothing is required, null takes away."""
    found: Schema = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if f"{name}{_PART}" in found:
            continue
        found[f"{name}{_PART}"] = _walk(deepcopy(definitions[name]), lambda one: _as_part(one, waiting))
    return found


def _as_part(one: Schema, waiting: list[str]) -> Schema:
    if "$ref" in one:
        name = one["$ref"].removeprefix(_REF)
        waiting.append(name)
        return {"$ref": f"{_REF}{name}{_PART}"}
    if one.get("type") == "object":
        one.pop("required", None)
        one.pop("default", None)
        if "properties" in one:
            one["properties"] = {key: _or_null(part) for key, part in one["properties"].items()}
        if isinstance(one.get("additionalProperties"), dict):
            one["additionalProperties"] = _or_null(one["additionalProperties"])
    return one


def _or_null(part: Schema) -> Schema:
    if any(option == {"type": "null"} for option in part.get("anyOf", ())):
        return part
    outer: Schema = {key: part[key] for key in ("description", "default") if key in part}
    inner = {key: part[key] for key in part if key not in outer}
    return {**outer, "anyOf": [*inner.get("allOf", (inner,)), {"type": "null"}]}


def schema_text() -> str:
    """Return the schema as it is written to a file."""
    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def main() -> None:
    """Write the schema to a file, or print it."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
    else:
        sys.stdout.write(schema_text())


if __name__ == "__main__":
    main()
