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
    least: bool = False
    """Is the goal the least that it may be, instead of the most?"""

    @property
    def met(self) -> bool | None:
        """Is the goal met, to the digits that are shown? None where there is none."""
        if self.goal is None:
            return None
        shown = round(self.value, 2)
        return shown >= self.goal if self.least else shown <= self.goal


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
    fleet_pairs: int
    """Rounds with all numbers of worker processes."""
    fleet_edits: int
    """Updates in one run of a fleet."""
    fleet_calls: int
    """Calls that a quota allows in a second."""
    fleet_windows: int
    """Windows of it that are filled."""
    fleet_changes: int
    """Single changes that are waited for."""
    fleet_bonds: int
    """Bonds with nothing to do."""
    fleet_seconds: float
    """For so long a fleet is watched that has nothing to do."""
    fleet_kills: int
    """Workers that are killed."""
    fleet_held: int
    """Updates that they have to do."""
    fleet_elsewhere: bool
    """Are the killed ones another machine's? It takes longer until they are missed."""


FULL = Scale(
    pairs=5,
    links=1200,
    edits=600,
    writes=160,
    rows=50_000,
    tickets=10_000,
    sizes=(("1k", 1000), ("10k", 10_000), ("100k", 100_000)),
    fleet_pairs=3,
    fleet_edits=960,
    fleet_calls=50,
    fleet_windows=20,
    fleet_changes=60,
    fleet_bonds=500,
    fleet_seconds=60,
    fleet_kills=5,
    fleet_held=200,
    fleet_elsewhere=True,
)
#: Enough to see that everything runs; the numbers mean nothing.
QUICK = Scale(
    pairs=1,
    links=6,
    edits=4,
    writes=4,
    rows=20,
    tickets=20,
    sizes=(("1k", 5), ("10k", 10), ("100k", 15)),
    fleet_pairs=1,
    fleet_edits=8,
    fleet_calls=5,
    fleet_windows=2,
    fleet_changes=2,
    fleet_bonds=3,
    fleet_seconds=1,
    fleet_kills=1,
    fleet_held=40,
    fleet_elsewhere=False,
)
