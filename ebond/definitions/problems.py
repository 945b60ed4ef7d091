"""From pydantic's errors to ours: plain words, the place in the file, the nearest known name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ebond.definitions.nearest import nearest
from ebond.definitions.yaml_source import Document, Path_
from ebond.errors import Problem

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map of keys and values",
    "model_type": "a map of keys and values",
    "model_attributes_type": "a map of keys and values",
}


def problems_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Problem]:
    """Return one problem for each fault that pydantic found."""
    found: dict[tuple[Path_, str], Problem] = {}
    for item in error.errors(include_url=False):
        path = _path(item["loc"], document.data)
        problem = _problem(item, path, model, document)
        found.setdefault((path, problem.message), problem)
    return list(found.values())


def _path(loc: tuple[str | int, ...], data: Any) -> Path_:
    """Keep the steps that are in the document; unions and tags add steps of their own."""
    path: list[str | int] = []
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(data, dict) and (step in data or last):
            path.append(step)
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            path.append(step)
            data = data[step]
    return tuple(path)


def _problem(item: Any, path: Path_, model: type[BaseModel], document: Document) -> Problem:
    kind, name = item["type"], str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = _names(model, path[:-1], document.data)
        return document.at(path, key=True).problem(f"unknown key {name!r}", nearest(name, known))
    if kind == "missing":
        return document.at(path[:-1]).problem(f"the key {name!r} is missing")
    message, todo = _said(item)
    return document.at(path).problem(f"{name}: {message}" if name else message, todo)


def _said(item: Any) -> tuple[str, str]:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "literal_error":
        allowed = [part.strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"{item['input']!r} is none of the values that go here", nearest(str(item["input"]), allowed)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        allowed = [part.strip(" '") for part in str(context.get("expected_tags", "")).split(",")]
        word = str(context.get("tag", ""))
        return (f"the kind {word!r} is not known" if word else "the key 'kind' is missing"), nearest(word, allowed)
    if kind in _KINDS:
        return f"{_KINDS[kind]} goes here", ""
    if kind == "value_error":
        return str(context["error"]), ""
    return item["msg"][:1].lower() + item["msg"][1:], ""


def _names(model: type[BaseModel], path: Path_, data: Any) -> Iterator[str]:
    """Yield the keys that are known at a path of a document."""
    for candidate in _models(model, path, data):
        for name, field in candidate.model_fields.items():
            yield field.alias or name


def _models(model: type[BaseModel], path: Path_, data: Any) -> list[type[BaseModel]]:
    here: list[type[BaseModel]] = [model]
    for step in path:
        data = _enter(data, step)
        if isinstance(step, int):
            continue
        following = []
        for candidate in here:
            field = _field(candidate, step)
            following += _inner(field.annotation) if field else [candidate]
        here = following
    tagged = [one for one in here if _tag_fits(one, data)]
    return tagged or here


def _enter(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _field(model: type[BaseModel], key: str | int) -> FieldInfo | None:
    return next((field for name, field in model.model_fields.items() if key == (field.alias or name)), None)


def _inner(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _inner(part)]


def _tag_fits(model: type[BaseModel], data: Any) -> bool:
    kind = model.model_fields.get("kind")
    if kind is None or not isinstance(data, dict):
        return True
    return data.get("kind") in get_args(kind.annotation)
