"""A YAML text as nodes that know their place: built from the parser's events, so nothing is ever executed.

YAML 1.2 core rules for plain words, whatever a ``%YAML`` line says: ``no`` and ``on`` are words, ``010`` is ten.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ebond.definitions.nearest import nearest
from ebond.errors import Problem

Scalar = str | int | float | bool | None

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LARGEST_NUMBER: Final = 2**63
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_TEXT_TAGS: Final = frozenset({"!", "tag:yaml.org,2002:str"})
_HARMLESS_TAGS: Final = _TEXT_TAGS | {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_DEEPEST: Final = 60
_LARGEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """A file with line and column, counted from 1."""

    file: str
    line: int
    column: int

    def problem(self, message: str, todo: str = "") -> Problem:
        """Report a problem at this place."""
        return Problem(self.file, self.line, self.column, message, todo)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and where it stands: a scalar, a tuple of nodes, or a mapping from key to entry."""

    place: Place
    value: Scalar | tuple[Node, ...] | Mapping[str, Entry]
    size: int = 1
    """How many values it holds, aliases written out."""
    depth: int = 1

    @property
    def children(self) -> tuple[Node, ...]:
        """The values directly inside."""
        if isinstance(self.value, Mapping):
            return tuple(entry.node for entry in self.value.values())
        return self.value if isinstance(self.value, tuple) else ()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One key of a map."""

    key: Place
    node: Node


class Unreadable(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class NodeReader:
    """Reads the documents of a text one after the other; ``problems`` grows with what is wrong and can be passed."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self._anchors: dict[str, Node | None] = {}
        self._depth = 0
        self.quoted: tuple[Place, int] | None = None
        """Where the last quoted text of several lines began, and the line of its end: a forgotten quotation mark?"""

    def documents(self) -> Iterator[Node]:
        """Yield the root of each document; raises MarkedYAMLError where the syntax is wrong."""
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                self._anchors = {}
                yield self._node(next(self._events))

    def _node(self, event: Any, key: Place | None = None) -> Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._fresh(event, key)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _fresh(self, event: Any, key: Place | None) -> Node:
        place = self._place(event)
        self._check_tag(event, place)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place, key)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable(place.problem("the values are nested too deeply"))
        value = self._list() if isinstance(event, SequenceStartEvent) else self._map()
        self._depth -= 1
        return self._measured(Node(place, value))

    def _measured(self, node: Node) -> Node:
        """Know the size before anything walks over it: aliases of aliases grow without bounds."""
        size = 1 + sum(child.size for child in node.children)
        depth = 1 + max((child.depth for child in node.children), default=0)
        if size > _LARGEST or depth > _DEEPEST:
            raise Unreadable(node.place.problem("the aliases in here make too many values", "write less with *"))
        return replace(node, size=size, depth=depth)

    def _scalar(self, event: Any, place: Place, key: Place | None) -> Node:
        if found := _UNSTORABLE.search(event.value):
            self.problems.append(place.problem(f"no text may hold U+{ord(found[0]):04X}", "remove the escape"))
            return Node(place, "")
        if event.style in ("'", '"') and event.end_mark.line > event.start_mark.line:
            self.quoted = place, event.end_mark.line + 1
        if event.style is not None or event.tag in _TEXT_TAGS:
            return Node(place, event.value)
        if event.value == "" and key is not None:
            return Node(key, None)  # an empty value has no place of its own
        value = plain_value(event.value)
        if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < _LARGEST_NUMBER):
            self.problems.append(place.problem("this number is too large", "put it in quotes if it is a text"))
            return Node(place, 1)  # a stand-in that brings no second problem
        return Node(place, value)

    def _list(self) -> tuple[Node, ...]:
        items = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event))
        return tuple(items)

    def _map(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = self._place(event)
            if not isinstance(event, ScalarEvent):
                self.problems.append(place.problem("a key is a single word or text, no list or map"))
                self._node(event)
                self._node(next(self._events))
                continue
            node = self._node(next(self._events), place)
            if event.value == "<<" and event.style is None:
                merged.append(node)
            elif event.value in entries:
                first = entries[event.value].key
                self.problems.append(
                    place.problem(f"the key {event.value!r} stands here twice", f"the first is on line {first.line}")
                )
            else:
                entries[event.value] = Entry(place, node)
        for node in merged:
            self._merge(entries, node)
        return entries

    def _merge(self, entries: dict[str, Entry], node: Node) -> None:
        """Take over what ``<<`` names; the map's own keys count."""
        for base in node.value if isinstance(node.value, tuple) else (node,):
            if not isinstance(base.value, Mapping):
                self.problems.append(base.place.problem("'<<' takes over a map, and this is none"))
                continue
            for name, entry in base.value.items():
                entries.setdefault(name, entry)

    def _alias(self, event: Any) -> Node:
        place = self._place(event)
        node = self._anchors.get(event.anchor)
        if node is not None:
            return node
        if event.anchor in self._anchors:
            raise Unreadable(place.problem(f"*{event.anchor} stands inside of what it names"))
        known = nearest(event.anchor, self._anchors) if self._anchors else "put it in quotes if it is a text"
        raise Unreadable(place.problem(f"there is no anchor &{event.anchor}", known))

    def _check_tag(self, event: Any, place: Place) -> None:
        if event.tag is None or event.tag in _HARMLESS_TAGS:
            return
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        self.problems.append(place.problem(f"the tag {tag} means nothing here", "leave it out: definitions are data"))

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)


def plain_value(text: str) -> Scalar:
    """Read an unquoted word by the core schema of YAML 1.2; what is no null, boolean or number is text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _DECIMAL.fullmatch(text) and len(text) < 400:
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
