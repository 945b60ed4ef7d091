"""Which keys the models know, and where: for messages about keys that stand at the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from ebond.definitions.catalogue import KINDS
from ebond.definitions.yaml_source import Path_


def keys_at(model: type[BaseModel], path: Path_, data: Any) -> set[str]:
    """Return the keys that are known at a path of a document."""
    models, value = _models_at(model, path, data)
    fitting = [one for one in models if _kind_fits(one, value)]
    return {_key(one, name) for one in fitting or models for name in one.model_fields}


def kinds_with(name: str, model: type[BaseModel], path: Path_, data: Any) -> list[str]:
    """Return the values of ``kind`` that a key belongs to, at a path of a document."""
    models, _ = _models_at(model, path, data)
    knowing = [
        one for one in models if "kind" in one.model_fields and name in {_key(one, key) for key in one.model_fields}
    ]
    return sorted(str(kind) for one in knowing for kind in _kinds(one))


def kinds_at(model: type[BaseModel], path: Path_, data: Any) -> set[str]:
    """Return the values of ``kind`` that are known at a path of a document."""
    models, _ = _models_at(model, path, data)
    return {str(kind) for one in models if "kind" in one.model_fields for kind in _kinds(one)}


def where_known(name: str) -> str:
    """Say into which part of which definition a key belongs; empty where nobody knows it or too many do."""
    places = _places().get(name, ())
    return f"it goes into {' or '.join(places)}" if 0 < len(places) <= 3 else ""


@cache
def _places() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for kind, model in KINDS.items():
        for name, place in _walk(model, f"a {kind}", ()):
            found.setdefault(name, []).append(place)
    return {name: tuple(dict.fromkeys(places)) for name, places in found.items()}


def _walk(model: type[BaseModel], place: str, via: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        key = _key(model, name)
        yield key, place
        for inner in _models(field.annotation):
            if inner not in via:
                yield from _walk(inner, f"{key!r} of {place.rpartition(' of ')[2]}", (*via, inner))


def _models_at(model: type[BaseModel], path: Path_, data: Any) -> tuple[list[type[BaseModel]], Any]:
    annotations: list[Any] = [model]
    for step in path:
        annotations = [inner for one in annotations for inner in _inside(one, step)]
        data = _enter(data, step)
    return [inner for one in annotations for inner in _options(one) if _is_model(inner)], data


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """Yield what a step leads to: a model's field, a map's value, a list's item."""
    for option in _options(annotation):
        if _is_model(option):
            yield from (field.annotation for name, field in option.model_fields.items() if _key(option, name) == step)
        elif get_origin(option) is dict:
            yield get_args(option)[1]
        elif get_origin(option) is tuple:
            yield get_args(option)[0]


def _options(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation."""
    if get_origin(annotation) is Annotated:
        yield from _options(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _options(part)
    else:
        yield annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models anywhere inside of an annotation."""
    if _is_model(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _key(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].alias or name


def _enter(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    return get_args(model.model_fields["kind"].annotation)


def _kind_fits(model: type[BaseModel], data: Any) -> bool:
    if "kind" not in model.model_fields or not isinstance(data, dict) or "kind" not in data:
        return True
    return data["kind"] in _kinds(model)
