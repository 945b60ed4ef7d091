"""What a sweep does besides ringing: it forgets what is old, and one bond's trouble stays its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from ebond.errors import SecretError
from ebond.state import Entry
from ebond.store import Store
from ebond.testing.clock import ManualClock
from workers.actors import PRUNING, Actors

DAY = timedelta(days=1)


class Fleet:
    """A worker's runtime with a real store; bonds whose name begins with "bad" cannot be worked on."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.stopping = store, ManualClock(), Event()
        self.bench = SimpleNamespace(environ={"EBOND_KEEP_JOURNAL": "7d", "EBOND_KEEP_RUNS": "1d"})
        self.holder = SimpleNamespace(bury=list)
        self.definitions = SimpleNamespace(bonds={})
        self.rung: list[str] = []
        runtime: Any = self
        bells: Any = SimpleNamespace(scan=self.rung.append)
        self.actors = Actors(runtime, bells)

    def part_in(self, bond: str) -> Any:
        if bond.startswith("bad"):
            raise SecretError("no secret")
        return SimpleNamespace(has_work=lambda: False)

    def write_lines(self, count: int = 1) -> None:
        self.store.append("bond", None, [Entry("old")] * count, now=self.clock.now() - 8 * DAY)

    def lines(self) -> int:
        return len(self.store.read_journal("bond", limit=9999))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Nothing waits."""
    with Store.open(f"sqlite:///{tmp_path / 'ebond.db'}") as store:
        yield Fleet(store)


def test_a_sweep_prunes_once_an_hour(fleet: Fleet) -> None:
    """The first prunes by the environment's retention, others within the hour leave it, then it is time again."""
    left = []
    for wait in (0.0, PRUNING.total_seconds() - 1, 1.0):
        fleet.clock.advance(wait)
        fleet.write_lines()
        fleet.actors.sweep()
        left.append(fleet.lines())
    assert left == [0, 1, 0]


def test_what_a_sweep_leaves_the_next_one_takes(fleet: Fleet) -> None:
    """A worker that is told to end stops pruning at once; the next sweep, of any worker, goes on at once."""
    fleet.write_lines(3)
    fleet.stopping.set()
    fleet.actors.sweep()
    halfway = fleet.lines()
    fleet.stopping.clear()
    fleet.actors.sweep()
    assert (halfway, fleet.lines()) == (3, 0)


@pytest.mark.usefixtures("logged")
def test_a_bond_in_trouble_keeps_no_other_from_its_bell(fleet: Fleet) -> None:
    """A bond for which a secret is missing is passed over; those after it are rung for."""
    for bond in ("bad", "good", "undefined"):
        fleet.store.ask(bond, fleet.clock.now())
    fleet.definitions.bonds = {"bad": None, "good": None}
    fleet.actors.sweep()
    assert fleet.rung == ["good"]
