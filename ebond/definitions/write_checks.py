"""Is the write side of a resource's contract whole?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ebond.definitions.nearest import nearest
from ebond.definitions.request_checks import check_headers, check_placeholders, check_plain
from ebond.definitions.system import Resource
from ebond.definitions.writing import Action, Creating, Deleting, Remark, Updating
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


def check_writes(resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with creating and changing records of a resource."""
    yield from _encoding(resource, spot)
    if resource.create is not None:
        yield from _create(resource, resource.create, spot.into("create"))
    if resource.update is not None:
        yield from _update(resource, resource.update, spot.into("update"))
    for name, field in resource.fields.items():
        for value, action in field.actions.items():
            yield from _action(resource, action, spot.into("fields", name, "actions", value))
    if resource.delete is not None:
        yield from _delete(resource, resource.delete, spot.into("delete"))


def _encoding(resource: Resource, spot: Spot) -> Iterator[Problem]:
    encoding, at = resource.encoding, spot.into("encoding")
    form = encoding.kind == "form"
    if encoding.field is not None and not form:
        yield at.fault("'field' is for forms", "field", key=True, todo="say kind: form")
    if form and resource.media_type != "application/json":
        yield spot.fault("a form has a type of its own", "media_type", key=True, todo="remove it")
    patched = resource.update is not None and resource.update.style == "json_patch"
    if patched and (form or encoding.in_list):
        yield spot.fault("a JSON patch is a list of its own, and sent as JSON", "update", "style")


def _create(resource: Resource, create: Creating, spot: Spot) -> Iterator[Problem]:
    yield from _texts(create, spot, "sync_id")
    yield from _once(resource, create, spot)
    if create.once.kind == "upsert":
        if "{sync_id}" not in create.path:
            yield spot.fault("once by 'upsert' needs {sync_id} in the path", "path")
        if resource.correlation is None:
            yield spot.fault("once by 'upsert' needs 'correlation': the field that the path names", "once", "kind")
    elif create.method == "PUT" and create.once.kind != "client_id":
        yield spot.fault(
            "a PUT creates at a place that the client chooses",
            "method",
            todo="say once: {kind: client_id} and put {sync_id} into the path",
        )


def _once(resource: Resource, create: Creating, spot: Spot) -> Iterator[Problem]:
    once = create.once
    if once.kind == "one_time_url" and once.url_path is None:
        yield spot.fault("once by 'one_time_url' needs 'url_path'", "once")
    if once.kind == "client_id":
        if not _names(create, "sync_id"):
            yield spot.fault(
                "once by 'client_id' needs {sync_id} in the path, a parameter or a constant", "path", todo=""
            )
        if resource.id_type == "number":
            yield spot.fault("our ids are 32 hex digits, and this resource counts", "once", "kind")
    for key, kind in (("header", "idempotency_key"), ("ttl", "idempotency_key"), ("url_path", "one_time_url")):
        if once.kind != kind and spot.says("once", key):
            yield spot.fault(f"once by {once.kind!r} does not use {key!r}", "once", key, key=True, todo="remove it")


def _update(resource: Resource, update: Updating, spot: Spot) -> Iterator[Problem]:
    yield from _texts(update, spot, "id")
    if not _names(update, "id"):
        yield spot.fault("nothing says which record is changed", "path", todo="put {id} into the path")
    if resource.read is None:
        yield spot.fault("'update' needs 'read': a lost race is planned anew from a fresh read")
    versioned = resource.version is not None or resource.version_header is not None
    if update.precondition != "compare" and not versioned:
        yield spot.fault(
            f"precondition {update.precondition!r} needs 'version' or 'version_header' of the resource", "precondition"
        )
    if update.precondition == "body_version" and update.version_at is None:
        yield spot.fault("precondition 'body_version' needs 'version_at'", "precondition")
    for key, precondition in (("version_at", "body_version"), ("quote", "if_match")):
        if update.precondition != precondition and spot.says(key):
            yield spot.fault(f"precondition {update.precondition!r} does not use {key!r}", key, key=True)
    if any(name.lower() == "if-match" for name in update.headers):
        yield spot.fault(
            "a fixed If-Match would let writes destroy edits", "headers", todo="say precondition: if_match instead"
        )
    yield from _style(update, spot)
    if update.remark is not None:
        yield from _remark(resource, update, update.remark, spot.into("remark"))


def _remark(resource: Resource, update: Updating, remark: Remark, spot: Spot) -> Iterator[Problem]:
    for name in remark.fields:
        if name not in resource.fields:
            yield spot.fault(f"there is no field {name!r}", "fields", todo=nearest(name, resource.fields))
    yield from check_placeholders(spot, "item", remark.item, "now", "new_id")
    if update.style == "json_patch":
        todo = "say style: merge_patch or changed_fields"
        yield spot.fault("a remark goes along with a list that is sent whole, and a JSON patch sends none", todo=todo)


def _delete(resource: Resource, delete: Deleting, spot: Spot) -> Iterator[Problem]:
    yield from check_placeholders(spot, "path", delete.path, "id")
    if "{id}" not in delete.path:
        yield spot.fault("nothing says which record is deleted", "path", todo="put {id} into the path")
    versioned = resource.version is not None or resource.version_header is not None
    if delete.precondition == "if_match" and not versioned:
        yield spot.fault("precondition 'if_match' needs 'version' or 'version_header' of the resource", "precondition")
    if delete.precondition != "if_match" and spot.says("quote"):
        yield spot.fault(f"precondition {delete.precondition!r} does not use 'quote'", "quote", key=True)


def check_call(action: Action, spot: Spot, *more: str) -> Iterator[Problem]:
    """Yield what is wrong with a call of its own that changes a record; ``more`` can be filled in besides its id."""
    for key in ("path", "params", "constants"):
        yield from check_placeholders(spot, key, getattr(action, key), "id", *more)
    if not names(action, "id"):
        yield spot.fault("nothing says which record is changed", "path", todo="put {id} into the path")


def names(action: Action, placeholder: str) -> bool:
    """Is this filled in anywhere?"""
    texts = [action.path, *action.params.values(), *map(str, action.constants.values())]
    return f"{{{placeholder}}}" in " ".join(texts)


def _action(resource: Resource, action: Action, spot: Spot) -> Iterator[Problem]:
    yield from check_call(action, spot)
    if resource.update is None:
        yield spot.fault("an action is a part of an update, and there is no 'update'")
    elif resource.update.precondition != "compare":
        yield spot.fault(
            "an action is not checked by a version, as the fields before it have moved that",
            todo="say precondition: compare for 'update'",
        )


def _style(update: Updating, spot: Spot) -> Iterator[Problem]:
    if update.style == "put_full" and update.method == "PATCH":
        yield spot.fault("style 'put_full' replaces the record, which PATCH does not", "style", todo="say method: PUT")
    if update.style in ("merge_patch", "json_patch") and update.method == "PUT":
        yield spot.fault(
            f"style {update.style!r} sends a part, and PUT would replace the record with it",
            "style",
            todo="say method: PATCH, or style: changed_fields where PUT takes a part",
        )


def _texts(part: Any, spot: Spot, placeholder: str) -> Iterator[Problem]:
    for key in ("path", "params", "headers", "constants"):
        yield from check_placeholders(spot, key, getattr(part, key), placeholder)
    yield from check_headers(spot, part.headers)
    yield from check_plain(spot, "params", part.params, by_reference="secret_query")


def _names(part: Creating | Updating, placeholder: str) -> bool:
    texts = [part.path, *part.params.values(), *part.headers.values()]
    texts += [value for value in part.constants.values() if isinstance(value, str)]
    return any(f"{{{placeholder}}}" in text for text in texts)
