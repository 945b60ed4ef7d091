"""JSON Patch (RFC 6902) operations for changed places of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ebond.mapping.path import split

_ABSENT = object()


def json_patch(changes: Iterable[tuple[str, Any]], current: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the operations that make the changes; a value of None removes its place.

    With the present record: ``replace`` what is there, ``add`` what is not, with the parents it lacks, and
    nothing for what is absent already. Without it the parents are taken to be there.
    """
    operations: list[dict[str, Any]] = []
    added: dict[str, Any] = {}
    for pointer, value in changes:
        operations += _change(pointer, value, current, added)
    return operations


def _change(pointer: str, value: Any, current: Mapping[str, Any] | None, added: dict[str, Any]) -> list[dict[str, Any]]:
    path = split(pointer)
    there = _ABSENT if current is None else _walk(current, path)
    if value is None:
        absent = current is not None and (there is _ABSENT or there is None)
        return [] if absent else [{"op": "remove", "path": pointer}]
    if there is not _ABSENT or (current is None and path[-1].isdigit()):
        return [{"op": "replace", "path": pointer, "value": value}]
    parents = _missing_parents(pointer, path, current, added) if current is not None else []
    return [*parents, {"op": "add", "path": pointer, "value": value}]


def _missing_parents(
    pointer: str, path: tuple[str, ...], current: Mapping[str, Any], added: dict[str, Any]
) -> list[dict[str, Any]]:
    operations = []
    names = pointer.split("/")
    for depth in range(1, len(path)):
        parent = "/".join(names[: depth + 1])
        if parent in added or isinstance(_walk(current, path[:depth]), (dict, list)):
            continue
        added[parent] = [] if path[depth].isdigit() else {}
        operations.append({"op": "add", "path": parent, "value": added[parent]})
    return operations


def _walk(record: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if isinstance(record, dict) and part in record:
            record = record[part]
        elif isinstance(record, list) and part.isdigit() and int(part) < len(record):
            record = record[int(part)]
        else:
            return _ABSENT
    return record
