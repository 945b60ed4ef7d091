"""JSON Patch (RFC 6902) operations for changed places of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from ebond.mapping.path import finder, in_list, member, setter, split

_ABSENT = object()


def json_patch(changes: Iterable[tuple[str, Any]], current: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the operations that make the changes; a value of None removes its place.

    With the present record: ``replace`` what is there, ``add`` what is not, with the parents it lacks, and
    nothing for what is absent already. Without it the parents are taken to be there.
    """
    operations: list[dict[str, Any]] = []
    known = None if current is None else deepcopy(dict(current))
    for pointer, value in changes:
        operations += _change(pointer, value, known)
        if known is not None and value is not None:
            # A second change may lie in what the first one added.
            setter(pointer)(known, value)
    return operations


def _change(pointer: str, value: Any, current: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    pointer, value = _by_number(pointer, value, current)
    path = split(pointer)
    there = _ABSENT if current is None else _walk(current, path)
    if value is None:
        absent = current is not None and (there is _ABSENT or there is None)
        return [] if absent else [{"op": "remove", "path": pointer}]
    if path[-1] == "-":
        return [{"op": "add", "path": pointer, "value": value}]
    if there is not _ABSENT or (current is None and path[-1].isdigit()):
        return [{"op": "replace", "path": pointer, "value": value}]
    parents = _missing_parents(pointer, path, current) if current is not None else []
    return [*parents, {"op": "add", "path": pointer, "value": value}]


def _by_number(pointer: str, value: Any, current: Mapping[str, Any] | None) -> tuple[str, Any]:
    """Say a choice from a list, which JSON Patch does not know, by number; a member that is missing is added whole."""
    names = pointer.split("/")
    for depth, step in enumerate(split(pointer), 1):
        if step.isdigit() or not in_list(step):
            continue
        items = _walk(current, split("/".join(names[:depth])))
        at = finder(step)(items) if isinstance(items, list) else None
        if at is None and value is not None:
            return _added("/".join(names[:depth]), step, names[depth + 1 :], value, is_list=isinstance(items, list))
        names[depth] = "-" if at is None else str(at)
    return "/".join(names), value


def _added(at: str, step: str, rest: list[str], value: Any, *, is_list: bool) -> tuple[str, Any]:
    whole: Any = value
    if rest:
        whole = member(step)
        setter("/" + "/".join(rest))(whole, value)
    return (f"{at}/-", whole) if is_list else (at, [whole])


def _missing_parents(pointer: str, path: tuple[str, ...], current: Mapping[str, Any]) -> list[dict[str, Any]]:
    operations = []
    names = pointer.split("/")
    for depth in range(1, len(path)):
        parent = "/".join(names[: depth + 1])
        if isinstance(_walk(current, path[:depth]), (dict, list)):
            continue
        operations.append({"op": "add", "path": parent, "value": [] if path[depth].isdigit() else {}})
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
