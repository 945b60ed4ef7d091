"""Which secrets a definition refers to, and which of them lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ebond.definitions.catalogue import Definitions
from ebond.errors import Problem, SecretError
from ebond.secrets import SecretRef


def missing_secrets(definitions: Definitions, environ: Mapping[str, str]) -> list[Problem]:
    """Return a problem for every secret that cannot be fetched, at the place that refers to it."""
    problems = []
    for kind, models in (("gateway", definitions.gateways), ("system", definitions.systems)):
        for name, model in models.items():
            for path, reference in _references(model, ()):
                try:
                    reference.resolve(environ, definitions.folder)
                except SecretError as error:
                    source = definitions.sources[kind, name]
                    problems.append(source.fault(path, error.message, error.todo or ""))
    return problems


def _references(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], SecretRef]]:
    if isinstance(value, SecretRef):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _references(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references(item, (*path, key))
