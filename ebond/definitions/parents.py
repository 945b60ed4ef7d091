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


def of_parent(resource: Resource, parent: str, *, counted: bool = False) -> Resource:
    """Return the resource as it is for the records of one parent; ``counted``: constants carry its id as a number."""
    parts = {name: getattr(resource, name) for name in _PARTS}
    known: Any = int(parent) if counted and parent.isdigit() else parent
    return resource.model_copy(
        update={name: _filled(part, parent, known) for name, part in parts.items() if part is not None}
    )


def _filled(part: Definition, parent: str, known: Any) -> Definition:
    changes: dict[str, Any] = {"path": getattr(part, "path", "").replace(_PARENT, segment(parent))}
    for name in ("params", "headers"):
        texts: Mapping[str, str] = getattr(part, name, {})
        if texts:
            changes[name] = {key: text.replace(_PARENT, parent) for key, text in texts.items()}
    for name in ("constants", "body"):
        values: Mapping[str, Any] = getattr(part, name, {})
        if values:
            changes[name] = {key: _value(value, parent, known) for key, value in values.items()}
    return part.model_copy(update=changes)


def _value(value: Any, parent: str, known: Any) -> Any:
    if value == _PARENT:
        return known
    return value.replace(_PARENT, parent) if isinstance(value, str) else value
