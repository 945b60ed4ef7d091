"""Reading YAML with the place of every key and value, so that every fault can be pointed at.

YAML 1.2: ``no`` and ``on`` are words. Tags are not executed: definitions are data, never code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ebond.errors import Problem

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A file with line and column, counted from 1."""

    file: str
    line: int
    column: int

    def problem(self, message: str, todo: str = "") -> Problem:
        """Report a problem at this place."""
        return Problem(self.file, self.line, self.column, message, todo)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: plain data, and where everything stands."""

    file: str
    data: dict[str, Any]
    keys: Mapping[Path_, Place] = field(default_factory=dict)
    """Where each key or list item begins."""
    values: Mapping[Path_, Place] = field(default_factory=dict)

    def at(self, path: Path_, *, key: bool = False) -> Place:
        """Return the place of a value (or its key), or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            part = path[:end]
            first, second = (self.keys, self.values) if key or end < len(path) else (self.values, self.keys)
            place = first.get(part) or second.get(part)
            if place is not None:
                return place
        return Place(self.file, 1, 1)


def read_yaml(path: Path, name: str) -> tuple[list[Document], list[Problem]]:
    """Read all documents of a file; ``name`` is how messages call it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        return [], [Problem(name, 1, 1, f"the file cannot be read: {reason}")]
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> tuple[list[Document], list[Problem]]:
    """Read all documents of a text."""
    parser = YAML(typ="rt", pure=True)
    parser.version = (1, 2)
    documents: list[Document] = []
    try:
        for loaded in parser.load_all(text):
            if loaded is None:
                continue
            if not isinstance(loaded, CommentedMap):
                return documents, [Problem(name, 1, 1, "a definition is a map of keys and values")]
            documents.append(_document(loaded, name))
    except MarkedYAMLError as error:
        return documents, [_syntax(error, name)]
    except (YAMLError, ValueError) as error:
        return documents, [Problem(name, 1, 1, f"this is no YAML: {error}")]
    return documents, []


def _syntax(error: MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = (error.problem or "it cannot be parsed").partition("\n")[0]
    if "\\t" in said:
        return Problem(name, line, column, "a tab stands where YAML wants blanks", "indent with blanks")
    if "duplicate key" in said:
        key = said.partition('"')[2].partition('"')[0]
        return Problem(name, line, column, f"the key {key!r} stands here twice", "keep one of them")
    return Problem(name, line, column, f"this is no YAML: {said}")


def _document(loaded: CommentedMap, name: str) -> Document:
    keys: dict[Path_, Place] = {}
    values: dict[Path_, Place] = {(): Place(name, loaded.lc.line + 1, loaded.lc.col + 1)}
    for path, key_at, value_at in _places(loaded, ()):
        keys[path] = Place(name, key_at[0] + 1, key_at[1] + 1)
        values[path] = Place(name, value_at[0] + 1, value_at[1] + 1)
    data = _plain(loaded)
    return Document(name, data, keys, values)


def _places(node: Any, path: Path_) -> Iterator[tuple[Path_, tuple[int, int], tuple[int, int]]]:
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            here = (*path, str(key))
            try:
                yield here, node.lc.key(key), node.lc.value(key)
            except KeyError:  # merged in by an anchor: it has no place of its own
                continue
            yield from _places(value, here)
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            here = (*path, index)
            yield here, node.lc.item(index), node.lc.item(index)
            yield from _places(value, here)


def _plain(node: Any) -> Any:
    """Return ruamel's value as plain Python, without its round-trip types."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    return str(node)
