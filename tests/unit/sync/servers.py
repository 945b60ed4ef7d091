"""A record on a normalising server, without any wire: for the state machine over the planner."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any, Final

from ebond.testing.habits import FieldHabits
from ebond.testing.normalising import stored


@dataclass(frozen=True)
class Edit:
    """What a person did: the value, as their server keeps it, and every earlier edit that they could know of."""

    number: int
    value: Any
    known: frozenset[int]


@dataclass
class Server:
    """Keeps one record in its own form, and of each field whose edit it stands for."""

    habits: dict[str, FieldHabits]
    values: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Edit] = field(default_factory=dict)
    past: dict[str, list[Edit]] = field(default_factory=dict)
    version: int = 0
    writes: int = 0
    edits: int = 0

    def put(self, name: str, value: Any, origin: Edit) -> None:
        """Store a value for somebody's edit."""
        self.values = {**self.values, name: stored(value, self.habits[name])}
        self.origin[name] = origin
        self.past.setdefault(name, []).append(origin)
        self.version += 1

    def edit(self, name: str, value: Any, number: int) -> None:
        """A person edits a field, seeing what stands there."""
        seen = self.origin.get(name)
        known = frozenset() if seen is None else seen.known | {seen.number}
        self.put(name, value, Edit(number, stored(value, self.habits[name]), known))
        self.edits += 1


TEXTS: Final = {
    "plain": FieldHabits(),
    "trims": FieldHabits(trim=True),
    "truncates": FieldHabits(truncate=20),
    "escapes": FieldHabits(html_escape=True),
    "newlines": FieldHabits(lf=True),
}
NUMBERS: Final = {"plain": FieldHabits(), "rounds": FieldHabits(decimals=0)}


def meaning(value: Any) -> Any:
    """Reduce a value to what no server of these changes: 19 letters of plain text, whole numbers."""
    if isinstance(value, int | float):
        return round(value)
    text = str(value or "")
    while (bare := html.unescape(text)) != text:
        text = bare
    return " ".join(text.split())[:12]
