"""An API's own description (Swagger 2, OpenAPI 3) as far as a contract can be compared with it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

DATA = Path(os.environ.get("EBOND_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data")


@cache
def description(name: str) -> Description:
    """Return a description of the test data; skips the test where the data is not there."""
    path = DATA / "specs" / name
    if not path.is_file():
        pytest.skip(f"the API descriptions are not at {DATA} (set EBOND_TEST_DATA)")
    text = path.read_text(encoding="utf-8")
    return Description(json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text))


@dataclass(frozen=True)
class Operation:
    """One verb on one path."""

    params: frozenset[str]
    types: frozenset[str]
    """Media types of the body."""
    body: Any
    """Schema of the body."""
    answer: Any
    """Schema of the answer when all is well."""


class Description:
    """A parsed description; its schemas are walked by JSON pointers of records."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._operations = {
            (verb.upper(), _shape(path)): self._operation({**operation, "shared": operations.get("parameters", [])})
            for path, operations in document["paths"].items()
            for verb, operation in operations.items()
            if isinstance(operation, dict) and "responses" in operation
        }

    def operation(self, verb: str, path: str) -> Operation | None:
        """Return what is said of a call; None where nothing is."""
        return self._operations.get((verb, _shape(path)))

    def place(self, schema: Any, pointer: str) -> list[Any]:
        """Return the schemas of a place in a document, none where it has no such place."""
        found = list(self._wholes(schema))
        for step in pointer.split("/")[1:]:
            found = [inner for one in found for inner in self._step(one, step)]
        return found

    def enums(self, schema: Any, pointer: str) -> set[str]:
        """Return the values that a place may hold; empty where all may stand there."""
        return {value for one in self.place(schema, pointer) for value in one.get("enum", ())}

    def _step(self, schema: Any, step: str) -> Iterator[Any]:
        inner = schema.get("items") if step.isdigit() or step.startswith("[") else None
        inner = inner or schema.get("properties", {}).get(step.replace("~1", "/").replace("~0", "~"))
        yield from self._wholes(inner) if inner is not None else ()

    def _wholes(self, schema: Any) -> Iterator[Any]:
        """Yield a schema and all that it is put together of."""
        schema = self._resolved(schema)
        yield schema
        for key in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(key, ()):
                yield from self._wholes(part)

    def _resolved(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            target: Any = self.document
            for step in value["$ref"].split("/")[1:]:
                target = target[step]
            value = target
        return value or {}

    def _operation(self, operation: dict[str, Any]) -> Operation:
        params = [self._resolved(one) for one in [*operation.get("shared", []), *operation.get("parameters", [])]]
        content = self._resolved(operation.get("requestBody")).get("content", {})
        bodies = [one["schema"] for one in params if one["in"] == "body"]
        good = next((one for code, one in operation["responses"].items() if str(code) in ("200", "201", "204")), {})
        good = self._resolved(good)
        answers = [one.get("schema") for one in good.get("content", {}).values()] or [good.get("schema")]
        return Operation(
            params=frozenset(one["name"] for one in params if one["in"] == "query"),
            types=frozenset(content) or frozenset(self.document.get("consumes", ())),
            body=bodies[0] if bodies else next((one.get("schema") for one in content.values()), None),
            answer=answers[0],
        )


def _shape(path: str) -> str:
    """Return a path without the names of what varies in it."""
    return re.sub(r"\{[^}]*\}", "{}", path.replace(".{format}", ".json"))
