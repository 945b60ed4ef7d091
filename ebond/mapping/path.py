"""JSON pointers (RFC 6901), compiled to closures once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Getter = Callable[[Any], Any]
Setter = Callable[[dict[str, Any], Any], None]


def split(pointer: str) -> tuple[str, ...]:
    """Return a pointer's steps, unescaped."""
    if pointer == "":
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def getter(pointer: str) -> Getter:
    """Return a function that reads a pointer from a JSON value; None where nothing is there."""
    steps = split(pointer)
    if any(step.isdigit() for step in steps):
        return _walker(steps)
    match steps:
        case ():
            return lambda record: record
        case (one,):
            return _one_step(one)
        case (one, two):
            return _two_steps(one, two)
    return _walker(steps)


def _one_step(step: str) -> Getter:
    def get(record: Any) -> Any:
        return record.get(step) if type(record) is dict else None

    return get


def _two_steps(first: str, second: str) -> Getter:
    def get(record: Any) -> Any:
        inner = record.get(first) if type(record) is dict else None
        return inner.get(second) if type(inner) is dict else None

    return get


def _walker(steps: tuple[str, ...]) -> Getter:
    def get(record: Any) -> Any:
        for step in steps:
            if isinstance(record, dict):
                record = record.get(step)
            elif isinstance(record, list) and step.isdigit() and int(step) < len(record):
                record = record[int(step)]
            else:
                return None
        return record

    return get


def setter(pointer: str) -> Setter:
    """Return a function that puts a value at a pointer, making the objects on the way.

    A numeric step makes and fills a list where nothing is there yet: ``/tags/0/name``.
    """
    steps = split(pointer)
    if not steps:
        raise ValueError("the whole document is no place to put a value")

    def put(record: dict[str, Any], value: Any) -> None:
        place: Any = record
        for step, following in pairwise(steps):
            place = _enter(place, step, [] if following.isdigit() else {})
        _put(place, steps[-1], value)

    return put


def _enter(place: Any, step: str, fresh: Any) -> Any:
    if isinstance(place, list):
        _stretch(place, int(step))
        if not isinstance(place[int(step)], dict | list):
            place[int(step)] = fresh
        return place[int(step)]
    inner = place.get(step)
    if not isinstance(inner, dict | list):
        inner = place[step] = fresh
    return inner


def _put(place: Any, step: str, value: Any) -> None:
    if isinstance(place, list):
        _stretch(place, int(step))
        place[int(step)] = value
    else:
        place[step] = value


def _stretch(items: list[Any], index: int) -> None:
    items.extend([None] * (index + 1 - len(items)))
