"""A resource with one field more: what in a record shows that its comments moved. Pure."""

from __future__ import annotations

from ebond.comments import COMMENTS
from ebond.definitions.fields import ResourceField
from ebond.definitions.system import Resource


def with_mark(resource: Resource) -> Resource:
    """Return the resource as a bond that carries comments looks at it."""
    comments = resource.comments
    if comments is None or comments.source == "feed":
        return resource
    path = comments.at or resource.version or resource.updated
    assert path is not None, "checked with the definitions"
    written = "always" if comments.add == "whole_list" else "never"
    field = ResourceField(path=path, type="json", write=written)
    listing = resource.list if comments.in_list else resource.list.model_copy(update={"complete": False})
    return resource.model_copy(update={"fields": {**resource.fields, COMMENTS: field}, "list": listing})


def mark_of(resource: Resource) -> tuple[str, ...]:
    """Return the name of that field, where there is one."""
    return (COMMENTS,) if COMMENTS in resource.fields else ()
