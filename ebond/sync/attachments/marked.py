"""A resource with one field more: what in a record shows that its files moved. Pure."""

from __future__ import annotations

from ebond.attachments import FILES
from ebond.definitions.attachments import Attachments
from ebond.definitions.fields import ResourceField
from ebond.definitions.system import Resource


def with_file_mark(resource: Resource) -> Resource:
    """Return the resource as a bond that carries files looks at it."""
    files = resource.attachments
    if files is None:
        return resource
    changed = resource.version or resource.updated
    path = (changed or files.at) if is_read_apart(files) else (files.at or changed)
    assert path is not None, "checked with the definitions"
    field = ResourceField(path=path, type="json", write="never")
    return resource.model_copy(update={"fields": {**resource.fields, FILES: field}})


def is_read_apart(files: Attachments) -> bool:
    """Is a record read by id for its files? Lists may not show them, and contents in the record nobody keeps."""
    in_record = files.source == "in_record"
    return (in_record and files.content.base64 is not None) or (files.source != "list" and not files.in_list)


def file_mark_of(resource: Resource) -> tuple[str, ...]:
    """Return the name of that field, where there is one."""
    return (FILES,) if FILES in resource.fields else ()
