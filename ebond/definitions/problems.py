"""From pydantic's errors to ours: plain words, the place in the file, the nearest known name."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ValidationError

from ebond.definitions.base import Misspelt, shown
from ebond.definitions.known_keys import keys_at, kinds_at, kinds_with, where_known
from ebond.definitions.nearest import close_to, nearest
from ebond.definitions.yaml_source import Document, Path_
from ebond.errors import Problem

_KINDS: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map of keys and values",
    "model_type": "a map of keys and values",
    "model_attributes_type": "a map of keys and values",
}
_LIMITS: Final = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "at least {}"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "at most {}"),
}
_TRUE: Final = frozenset({"yes", "on", "y", "true"})
_FALSE: Final = frozenset({"no", "off", "n", "false"})


def problems_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Problem]:
    """Return one problem for each place where pydantic found a fault."""
    by_path: dict[Path_, list[Any]] = {}
    for item in error.errors(include_url=False):
        by_path.setdefault(_path(item["loc"], document.data), []).append(item)
    meant = {_meant(path, model, document) for path, items in by_path.items() if items[0]["type"] == "extra_forbidden"}
    return [
        _problem(items, path, model, document)
        for path, items in by_path.items()
        if not (_told_inside(items) and any(_inside(other, path) for other in by_path))
        and not (items[0]["type"] == "missing" and path in meant)
    ]


def _meant(path: Path_, model: type[BaseModel], document: Document) -> Path_:
    """Return the path that a misspelt key was meant to have: it is not missing, too."""
    close = close_to(str(path[-1]), keys_at(model, path[:-1], document.data))
    return path if close is None else (*path[:-1], close)


def _path(loc: tuple[str | int, ...], data: Any) -> Path_:
    """Keep the steps that are in the document; unions and tags add steps of their own."""
    path: list[str | int] = []
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(data, dict) and (step in data or (last and step != "[key]")):
            path.append(step)
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            path.append(step)
            data = data[step]
    return tuple(path)


def _told_inside(items: list[Any]) -> bool:
    """Does what is wrong inside say it all? Of a list pydantic counts the entries only that are right."""
    return _only_kinds(items) or items[0]["type"] == "too_short"


def _only_kinds(items: list[Any]) -> bool:
    return all(item["type"] in _KINDS for item in items)


def _inside(path: Path_, of: Path_) -> bool:
    """A union's branch that got further tells more than one that did not fit at all."""
    return len(path) > len(of) and path[: len(of)] == of


def _problem(items: list[Any], path: Path_, model: type[BaseModel], document: Document) -> Problem:
    item = items[0]
    if item["type"] == "extra_forbidden":
        return document.fault(path, *_unknown(path, model, document), key=True)
    if item["type"] == "missing":
        return document.fault(path[:-1], f"the key {str(path[-1])!r} is missing")
    if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(item, path, model, document)
    message, todo = _of_kind(items) if _only_kinds(items) else _said(item)
    if item["loc"][-1] == "[key]":
        return document.fault(path, message, todo, key=True)
    return document.fault(path, f"{_label(path)}: {message}" if path else message, todo)


def _unknown(path: Path_, model: type[BaseModel], document: Document) -> tuple[str, str]:
    name = str(path[-1])
    known = keys_at(model, path[:-1], document.data)
    if kinds := kinds_with(name, model, path[:-1], document.data):
        return f"the key {name!r} does not go with this kind", f"it goes with kind: {', '.join(kinds)}"
    elsewhere = "" if close_to(name, known) else where_known(name)
    return f"unknown key {name!r}", elsewhere or nearest(name, known)


def _wrong_kind(item: Any, path: Path_, model: type[BaseModel], document: Document) -> Problem:
    known = kinds_at(model, path, document.data)
    if item["type"] == "union_tag_not_found":
        misspelt = next((key for key in item["input"] if close_to(key, ["kind"])), None)
        if misspelt is not None:
            return document.fault((*path, misspelt), f"unknown key {misspelt!r}", nearest(misspelt, ["kind"]), key=True)
        return document.fault(path, "the key 'kind' is missing", nearest("", known))
    word = str(item["ctx"]["tag"])
    return document.fault((*path, "kind"), f"the kind {word!r} is not known", nearest(word, known))


def _label(path: Path_) -> str:
    """Name a place by its last key, with the numbers of list entries below it."""
    label = ""
    for step in path:
        label = f"{label}[{step}]" if isinstance(step, int) else str(step)
    return label


def _of_kind(items: list[Any]) -> tuple[str, str]:
    """Say what kinds of values go here, and how this one was probably meant."""
    kinds = list(dict.fromkeys(_KINDS[item["type"]] for item in items))
    message = f"{' or '.join(kinds)} goes here"
    value = items[0]["input"]
    if value is None:
        return f"{message}, and nothing is given", "leave the key out, or give it a value"
    word = value.casefold() if isinstance(value, str) else ""
    if "true or false" in kinds and word in _TRUE | _FALSE:
        return message, f"write {'true' if word in _TRUE else 'false'}"
    if "a whole number" in kinds and word.isdecimal():
        return message, f"write {value} without quotes"
    if "a text" in kinds and isinstance(value, bool | int | float):
        return message, "put it in quotes"
    if kinds == ["a map of keys and values"] and isinstance(value, list):
        return message, "leave the '- ' or the brackets out, and write `key: value`"
    if kinds == ["a list"]:
        return message, "write [first, second], or each on a line of its own after '- '"
    return message, ""


def _said(item: Any) -> tuple[str, str]:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "literal_error":
        return _none_of(item["input"], _words(context["expected"]))
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"{words.format(context[name])} goes here", ""
    if kind in ("too_short", "string_too_short"):
        return "it may not be empty", ""
    if kind == "value_error":
        error = context["error"]
        return str(error), error.todo if isinstance(error, Misspelt) else ""
    return item["msg"][:1].lower() + item["msg"][1:], ""


def _none_of(value: Any, known: list[str]) -> tuple[str, str]:
    if str(value) in known:
        return f"{shown(value)} is of the wrong type", f"write {value} {_quotes(value)} quotes"
    return f"{shown(value)} is none of the values that go here", nearest(str(value), known)


def _quotes(value: Any) -> str:
    return "without" if isinstance(value, str) else "with"


def _words(expected: Any) -> list[str]:
    return [part.strip(" '") for part in str(expected).replace(" or ", ", ").split(", ") if part.strip(" '")]
