"""JSON pointers (RFC 6901), compiled to closures once.

Beyond the RFC a step may choose from a list: ``[id=7]`` is the first member whose ``id`` is 7, as text, ``[last]``
the last one. Systems keep custom fields, parties and references in lists whose order means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from ebond.errors import ContractError

Getter = Callable[[Any], Any]
Setter = Callable[[dict[str, Any], Any], None]
Finder = Callable[[list[Any]], int | None]

_CHOICE: Final = re.compile(r"\[(?:last|(?P<key>[^=\]]+)=(?P<value>.*))\]", re.DOTALL)


def split(pointer: str) -> tuple[str, ...]:
    """Return a pointer's steps, unescaped."""
    if pointer == "":
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def getter(pointer: str) -> Getter:
    """Return a function that reads a pointer from a JSON value; None where nothing is there."""
    steps = split(pointer)
    if any(in_list(step) for step in steps):
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
    moves = tuple((step, finder(step)) for step in steps)

    def get(record: Any) -> Any:
        for step, find in moves:
            if type(record) is dict:
                record = record.get(step)
            elif type(record) is list and (at := find(record)) is not None:
                record = record[at]
            else:
                return None
        return record

    return get


def is_index(step: str) -> bool:
    """Can a step count the items of a list? No leading zeros, as RFC 6901 has it."""
    return step.isascii() and step.isdigit() and (step == "0" or step[0] != "0")


def in_list(step: str) -> bool:
    """Tell whether a step leads into a list: by number, or by a choice."""
    return is_index(step) or _CHOICE.fullmatch(step) is not None


def finder(step: str) -> Finder:
    """Return a function that tells where in a list a step leads to; None for nowhere."""
    if is_index(step):
        number = int(step)
        return lambda items: number if number < len(items) else None
    choice = _CHOICE.fullmatch(step)
    if choice is None:
        return lambda _: None
    if choice["key"] is None:
        return lambda items: len(items) - 1 if items else None
    key, value = choice["key"], choice["value"]
    return lambda items: next(
        (at for at, item in enumerate(items) if isinstance(item, dict) and key in item and str(item[key]) == value),
        None,
    )


def member(step: str) -> dict[str, Any]:
    """Return what a list member that a step chooses has at least; a number is written as one."""
    choice = _CHOICE.fullmatch(step)
    if choice is None or choice["key"] is None:
        return {}
    value = choice["value"]
    plain = value.isascii() and value.isdigit() and str(int(value)) == value
    return {choice["key"]: int(value) if plain else value}


def setter(pointer: str) -> Setter:
    """Return a function that puts a value at a pointer, making the objects on the way.

    A step into a list makes and fills it where nothing is there yet: ``/tags/0/name``, ``/tags/[kind=x]/name``.
    The function raises ContractError where the record holds a list and the pointer names no member of it.
    """
    steps = split(pointer)
    if not steps:
        raise ValueError("the whole document is no place to put a value")

    def put(record: dict[str, Any], value: Any) -> None:
        place: Any = record
        for step, following in pairwise(steps):
            place = _enter(place, step, [] if in_list(following) else {})
        _put(place, steps[-1], value)

    return put


def _enter(place: Any, step: str, fresh: Any) -> Any:
    if isinstance(place, list):
        at = _place_in(place, step)
        if not isinstance(place[at], dict | list):
            place[at] = fresh
        return place[at]
    inner = place.get(step)
    if not isinstance(inner, dict | list):
        inner = place[step] = fresh
    return inner


def _put(place: Any, step: str, value: Any) -> None:
    if isinstance(place, list):
        place[_place_in(place, step)] = value
    else:
        place[step] = value


def _place_in(items: list[Any], step: str) -> int:
    """Return where in a list a step leads to, which is made where it is not there yet."""
    if not in_list(step):
        raise ContractError(
            f"the record holds a list where the step {step!r} leads into an object",
            todo="Say in the field's path which member is meant: /party/0/name, /party/[role=customer]/name",
        )
    if is_index(step):
        items.extend([None] * (int(step) + 1 - len(items)))
        return int(step)
    at = finder(step)(items)
    if at is None:
        items.append(member(step))
        return len(items) - 1
    return at
