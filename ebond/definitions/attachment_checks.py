"""Do attachments hold together: with their own resource, with the record, and with what a mapping wants of them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ebond.definitions.attachments import Attachments, FileRule, FilesWay
from ebond.definitions.child_checks import check_attach, check_ends, check_field, check_listed
from ebond.definitions.nearest import nearest
from ebond.definitions.parents import part_names_parent
from ebond.definitions.request_checks import check_headers, check_placeholders
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_CONTENTS: Final = ("path", "url", "base64")
#: The keys that name a field of the file, and of what type that is.
_FIELDS: Final = (
    ("name", ("text",)),
    ("size", ("number",)),
    ("type", ("text",)),
    ("digest", ("text",)),
)


def check_attachments(system: System, resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with how a resource's files hang together with it."""
    files = resource.attachments
    if files is None:
        return
    file = system.resources.get(files.resource)
    if file is None:
        todo = nearest(files.resource, system.resources)
        yield spot.fault(f"there is no resource {files.resource!r} to be its attachments", "resource", todo=todo)
        return
    yield from _source(resource, file, files, spot)
    yield from _fields(file, files, spot)
    yield from _content(file, files, spot.into("content"))
    yield from _adding(resource, file, files, spot)
    yield from _attaching(system, files, spot)


def _source(resource: Resource, file: Resource, files: Attachments, spot: Spot) -> Iterator[Problem]:
    if spot.says("in_list") and files.source == "list":
        yield spot.fault("attachments from 'list' do not use 'in_list'", "in_list", key=True, todo="remove it")
    if files.source != "list":
        if files.at is None:
            yield spot.fault(f"attachments from {files.source!r} need 'at'", "source")
        if not files.in_list:
            yield from _read_by_id(resource, spot)
        if files.source == "ids" and file.read is None:
            yield spot.fault("attachments that are named by ids are read by id, and there is no 'read'", "source")
        return
    yield from check_listed(resource, file, files, spot, kind="attachments")


def _read_by_id(resource: Resource, spot: Spot) -> Iterator[Problem]:
    if resource.read is None:
        yield spot.fault("records whose attachments no list shows are read by id, and there is no 'read'", "in_list")
    elif resource.updated is None and resource.version is None:
        yield spot.fault("nothing in the list shows that a record has to be read for its attachments", "in_list")


def _fields(file: Resource, files: Attachments, spot: Spot) -> Iterator[Problem]:
    for key, types in _FIELDS:
        name = getattr(files, key)
        if name is not None:
            yield from check_field(file, name, types, spot, key, kind="attachments")
    if spot.says("algorithm") and files.digest is None:
        yield spot.fault("there is no 'digest' of this kind", "algorithm", key=True, todo="remove it")


def _content(file: Resource, files: Attachments, spot: Spot) -> Iterator[Problem]:
    content = files.content
    given = [key for key in _CONTENTS if getattr(content, key) is not None]
    if len(given) != 1:
        todo = f"give one of {', '.join(_CONTENTS)}"
        yield spot.fault("nothing says how the content is had" if not given else "the content is had twice", todo=todo)
    for key in ("url", "base64"):
        name = getattr(content, key)
        if name is not None:
            yield from check_field(file, name, ("text",), spot, key, kind="attachments")
    if content.base64 is not None and files.source == "list" and file.read is None:
        todo = "a list with the contents of all files would be too much"
        yield spot.fault("the content is a field of the file, and there is no 'read' of one by id", "base64", todo=todo)
    for key in ("path", "params", "headers"):
        yield from check_placeholders(spot, key, getattr(content, key), "id", "parent", "name")
    yield from check_headers(spot, content.headers)


def _adding(resource: Resource, file: Resource, files: Attachments, spot: Spot) -> Iterator[Problem]:
    match files.add:
        case "raw" | "multipart" | "base64" if file.create is None:
            yield spot.fault("attachments are added by a create, and their resource has none", "add")
        case "raw" | "multipart" | "base64" if files.attach is None and not part_names_parent(file, "create"):
            todo = "put {parent} into its create, or say with 'attach' how it is hung to its record"
            yield spot.fault("nothing says whose attachment is added", "add", todo=todo)
        case "whole_list" if files.source != "in_record":
            yield spot.fault("only a list in the record can be sent whole", "add")
        case "whole_list" if resource.update is None:
            yield spot.fault("the list is sent by an update of the record, and there is none", "add")
    if files.in_json and files.content.base64 is None:
        yield spot.fault("nothing says which field takes the content", "add", todo="name it under content: base64")
    if spot.says("part") and files.add != "multipart":
        yield spot.fault(f"attachments added by {files.add!r} do not use 'part'", "part", key=True, todo="remove it")
    if files.add == "raw":
        for key in ("mark_public", "mark_internal"):
            if spot.says(key):
                yield spot.fault("a body that is the content alone carries nothing besides", key, key=True)


def _attaching(system: System, files: Attachments, spot: Spot) -> Iterator[Problem]:
    for key in ("attach", "token"):
        if spot.says(key) and files.add in ("none", "whole_list"):
            yield spot.fault(f"attachments added by {files.add!r} do not use {key!r}", key, key=True, todo="remove it")
    if files.attach is None and spot.says("token"):
        yield spot.fault("a token is for a second call, and there is none", "token", key=True, todo="add 'attach'")
    yield from check_attach(system, files.attach, spot, "id", "file", "name", "type")


def check_file_rule(
    rule: FileRule, left: Resource, right: Resource, names: Mapping[str, str], spot: Spot
) -> Iterator[Problem]:
    """Yield what is wrong with how a mapping carries files; ``names``: by side ``system/resource``."""
    ends = {"left": left.attachments, "right": right.attachments}
    yield from check_ends(ends, names, spot, kind="attachments")
    for key, target in (("to_right", ends["right"]), ("to_left", ends["left"])):
        if target is not None:
            yield from _way(getattr(rule, key), key, target, spot)


def _way(way: FilesWay, key: str, target: Attachments, spot: Spot) -> Iterator[Problem]:
    wanted = {way.public, way.internal}
    if target.add == "none" and wanted != {"never"}:
        todo = "say public: never"
        yield spot.fault("the contract has no way to add attachments there", key, todo=todo)
    elif "internal" in wanted and target.mark_internal is None:
        yield spot.fault("the contract has no way to add an internal attachment there", key)
