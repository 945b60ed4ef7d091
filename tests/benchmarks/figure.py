"""A figure, its goal, and how much is measured for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number of the table."""

    key: str
    value: float
    goal: float | None = None
    """At most so much; None where the numbers beside it are the goal."""
    note: str = ""
    """What the number is made of, in absolute terms."""

    @property
    def met(self) -> bool | None:
        """Is the goal met, to the digits that are shown? None where there is none."""
        return None if self.goal is None else round(self.value, 2) <= self.goal


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    pairs: int
    """Paired runs for each ratio."""
    links: int
    """Records created at first, where calls are counted."""
    edits: int
    """Edits in one sync, where calls are counted."""
    writes: int
    """Writes of the sync that is replayed on the wire."""
    rows: int
    """Rows pulled by a scan, both sides together."""
    tickets: int
    """Tickets mapped in one go."""
    sizes: tuple[tuple[str, int], ...]
    """Records of a side, by the name that the key carries."""


FULL = Scale(
    pairs=5,
    links=1200,
    edits=600,
    writes=160,
    rows=50_000,
    tickets=10_000,
    sizes=(("1k", 1000), ("10k", 10_000), ("100k", 100_000)),
)
#: Enough to see that everything runs; the numbers mean nothing.
QUICK = Scale(pairs=1, links=6, edits=4, writes=4, rows=20, tickets=20, sizes=(("1k", 5), ("10k", 10), ("100k", 15)))
