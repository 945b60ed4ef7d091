"""YAML files as documents: plain data, and the place of every key and value, so that every fault can be pointed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.error import MarkedYAMLError

from ebond.definitions.versions import up_to_date
from ebond.definitions.yaml_nodes import Entry, Node, NodeReader, Place, Unreadable
from ebond.definitions.yaml_syntax import syntax_problem, unprintable
from ebond.errors import Problem

Path_ = tuple[str | int, ...]

#: No definition has more bytes.
_LARGEST: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document whose root is a map."""

    root: Node
    base: Document | None = None
    """What it extends."""
    data: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _plain(self.root))

    def at(self, path: Path_, *, key: bool = False) -> Place:
        """Return the place of a value (or of its key); of what is not written, that of the key around it."""
        place, node = self.root.place, self.root
        for position, step in enumerate(path):
            entry = _child(node, step)
            if entry is None:
                return place
            last = position == len(path) - 1
            node = entry.node
            place = node.place if last and not key else entry.key
        return place

    def spot(self, *path: str | int) -> Spot:
        """Return a part of the document to report faults against."""
        return Spot(self, path)

    def fault(self, path: Path_, message: str, todo: str = "", *, key: bool = False) -> Problem:
        """Report a fault at a value or its key; one of an inherited value at the line that inherits it."""
        place = self.at(path, key=key)
        if self.base is not None and path and self._written(path) is self.base._written(path):
            return self.at(("extends",)).problem(inherited(place, message), todo)
        return place.problem(message, todo)

    def _written(self, path: Path_) -> Node:
        """Return the node at a path, or the last one on the way to it."""
        node = self.root
        for step in path:
            entry = _child(node, step)
            if entry is None:
                break
            node = entry.node
        return node

    def overlay(self, own: Document) -> Document:
        """Lay another document over this one; places stay with their files.

        Maps are merged, all else is replaced; null takes away what this one has.
        """
        return Document(_overlay(self.root, own.root), base=self)

    def respelled(self, data: dict[str, Any]) -> Document:
        """Return the document with other data; what was written keeps its place, what is new gets its parent's."""
        return Document(_located(data, self.root, self.root.place))


def inherited(place: Place, message: str) -> str:
    """Say of a fault that it comes with what a system extends."""
    return f"{message}, at {place.file}:{place.line} of what this extends"


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a document that faults are reported against."""

    document: Document
    path: Path_ = ()

    def into(self, *steps: str | int) -> Spot:
        """Go further in."""
        return Spot(self.document, (*self.path, *steps))

    def fault(self, message: str, *steps: str | int, todo: str = "", key: bool = False) -> Problem:
        """Report a fault at a value below, or at its key."""
        return self.document.fault((*self.path, *steps), message, todo, key=key)

    def says(self, *steps: str | int) -> bool:
        """Is this written in the definition, and not just a default?"""
        node: Node | None = self.document.root
        for step in (*self.path, *steps):
            entry = _child(node, step) if node else None
            node = entry.node if entry else None
        return node is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave: its documents as far as they can be read, and what is wrong with it."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = ""


def read_yaml(path: Path, name: str) -> Reading:
    """Read all documents of a file; ``name`` is how messages call it."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        return _unreadable(name, error.strerror or "it cannot be opened")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Reading((), (Problem(name, line, 1, "this line is no UTF-8 text", "save the file as UTF-8"),))
    if len(content) > _LARGEST:
        return _unreadable(name, "it is larger than any definition")
    return parse_yaml(text, name)


def _unreadable(name: str, reason: str) -> Reading:
    return Reading((), (Problem(name, 1, 1, f"the file cannot be read: {reason}"),))


def parse_yaml(text: str, name: str) -> Reading:
    """Read all documents of a text; those before a fault in the syntax are returned all the same."""
    if (problem := unprintable(text, name)) is not None:
        return Reading((), (problem,), text)
    reader = NodeReader(text, name)
    documents: list[Document] = []
    try:
        for root in reader.documents():
            if isinstance(root.value, Mapping):
                documents.append(_current(Document(root)))
            elif root.value is not None:
                todo = "write `key: value`, with a blank after the ':'" if isinstance(root.value, str) else ""
                reader.problems.append(root.place.problem("a definition is a map of keys and values", todo))
    except MarkedYAMLError as error:
        reader.problems.append(syntax_problem(error, name, text, reader.quoted))
    except Unreadable as error:
        reader.problems.append(error.problem)
    return Reading(tuple(documents), tuple(reader.problems), text)


def _current(document: Document) -> Document:
    data = up_to_date(document.data)
    return document if data is document.data else document.respelled(data)


def _located(value: Any, like: Node | None, place: Place) -> Node:
    place = like.place if like else place
    if isinstance(value, dict):
        entries = {key: _child(like, key) if like else None for key in value}
        return Node(
            place,
            {
                key: Entry(old.key if old else place, _located(value[key], old.node if old else None, place))
                for key, old in entries.items()
            },
        )
    if isinstance(value, list):
        old_items = [_child(like, index) if like else None for index in range(len(value))]
        return Node(
            place,
            tuple(_located(item, old.node if old else None, place) for item, old in zip(value, old_items, strict=True)),
        )
    return Node(place, value)


def _child(node: Node, step: str | int) -> Entry | None:
    if isinstance(node.value, Mapping):
        return node.value.get(str(step))
    if isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return Entry(item.place, item)
    return None


def _plain(node: Node) -> Any:
    if isinstance(node.value, Mapping):
        return {key: _plain(entry.node) for key, entry in node.value.items()}
    return [_plain(item) for item in node.value] if isinstance(node.value, tuple) else node.value


def _overlay(base: Node, own: Node) -> Node:
    if not (isinstance(base.value, Mapping) and isinstance(own.value, Mapping)):
        return own
    merged = dict(base.value)
    for key, entry in own.value.items():
        under = merged.pop(key, None)
        if under is None:
            merged[key] = entry
        elif entry.node.value is not None:
            merged[key] = Entry(entry.key, _overlay(under.node, entry.node))
    return Node(own.place, merged)
