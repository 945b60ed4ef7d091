"""Which secrets and certificates definitions refer to, and which of them lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ebond.definitions.catalogue import Definitions
from ebond.errors import Problem, SecretError
from ebond.secrets import SecretRef


def secrets_of(definitions: Definitions) -> list[SecretRef]:
    """Return the secrets that definitions refer to, each once, in the order in which they are written."""
    found = [
        reference
        for models in (definitions.gateways, definitions.systems)
        for model in models.values()
        for _, reference in _references(model, ())
    ]
    return list(dict.fromkeys(found))


def missing_secrets(definitions: Definitions, environ: Mapping[str, str]) -> list[Problem]:
    """Return a problem for every secret or certificate that cannot be fetched, at the place that refers to it."""
    problems = list(_missing_certificates(definitions))
    for kind, models in (("gateway", definitions.gateways), ("system", definitions.systems)):
        for name, model in models.items():
            for path, reference in _references(model, ()):
                try:
                    reference.resolve(environ, definitions.folder)
                except SecretError as error:
                    source = definitions.sources[kind, name]
                    problems.append(source.fault(path, error.message, error.todo or ""))
    return problems


def _missing_certificates(definitions: Definitions) -> Iterator[Problem]:
    for name, gateway in definitions.gateways.items():
        for key in ("ca", "client_cert"):
            path = getattr(gateway.tls, key)
            if path is not None and not (definitions.folder / path).is_file():
                message = f"there is no file {definitions.folder / path}"
                yield definitions.sources["gateway", name].fault(("tls", key), message, "give a PEM file")


def _references(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], SecretRef]]:
    if isinstance(value, SecretRef):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _references(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references(item, (*path, key))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _references(item, (*path, number))
