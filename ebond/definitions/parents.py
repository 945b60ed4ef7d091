"""A resource whose records belong to a record of another one: ``{parent}`` in its texts stands for that one's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ebond.definitions.base import Definition
from ebond.definitions.system import Resource
from ebond.definitions.texts import segment

_PARENT: Final = "{parent}"
_PARTS: Final = ("list", "read", "create", "update", "delete", "lookup")


def names_parent(resource: Resource) -> bool:
    """Does any text of a resource name the record that its records belong to?"""
    parts = (getattr(resource, name) for name in _PARTS)
    return any(_PARENT in part.model_dump_json() for part in parts if part is not None)


def part_names_parent(resource: Resource, part: str) -> bool:
    """Does one part of a resource, such as ``create``, name the record that its records belong to?"""
    given = getattr(resource, part)
    return given is not None and _PARENT in given.model_dump_json()


def of_file(resource: Resource, **known: str) -> Resource:
    """Return the resource as it is for one new file: with its name, type and size in what creates it."""
    if resource.create is None:
        return resource
    creating: Definition = resource.create
    for name, value in known.items():
        creating = _filled(creating, f"{{{name}}}", value, value)
    return resource.model_copy(update={"create": creating})


def of_parent(resource: Resource, parent: str, *, counted: bool = False) -> Resource:
    """Return the resource as it is for the records of one parent; ``counted``: constants carry its id as a number."""
    parts = {name: getattr(resource, name) for name in _PARTS}
    known: Any = int(parent) if counted and parent.isdigit() else parent
    return resource.model_copy(
        update={name: _filled(part, _PARENT, parent, known) for name, part in parts.items() if part is not None}
    )


def _filled(part: Definition, mark: str, value: str, known: Any) -> Definition:
    changes: dict[str, Any] = {"path": getattr(part, "path", "").replace(mark, segment(value))}
    for name in ("params", "headers"):
        texts: Mapping[str, str] = getattr(part, name, {})
        if texts:
            changes[name] = {key: text.replace(mark, value) for key, text in texts.items()}
    for name in ("constants", "body"):
        values: Mapping[str, Any] = getattr(part, name, {})
        if values:
            changes[name] = {key: _value(one, mark, value, known) for key, one in values.items()}
    return part.model_copy(update=changes)


def _value(text: Any, mark: str, value: str, known: Any) -> Any:
    if text == mark:
        return known
    return text.replace(mark, value) if isinstance(text, str) else text
