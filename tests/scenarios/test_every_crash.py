"""The process dies at every line that touches the world outside, one after the other; nothing is lost or doubled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ebond.gateway.wire import Raw
from ebond.state import Side
from tests.scenarios.checks import Tape, check
from tests.scenarios.systems import KINDS
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.world import Crash, World


class Points:
    """Counts the places of a run where a process may die, and dies at one of them.

    A place is the moment before and after each call to a gateway, and before and after each transaction.
    """

    def __init__(self, world: World, at: int | None) -> None:
        self.world, self.at = world, at
        self.numbers = itertools.count()
        self.passed = 0

    def place(self, _raw: Raw | None = None) -> None:
        self.passed = next(self.numbers)
        if self.passed == self.at:
            raise Crash

    def sync(self) -> None:
        """Run the bond once and die at the place, if it comes to that."""
        with self.watched():
            try:
                self.world.sync()
            except Crash:
                self.world.after_a_crash()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stand at every place for as long as the block lasts."""
        db, write = self.world.store.db, self.world.store.db.write

        @contextmanager
        def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
            self.place()
            with write(*args, **kwargs) as connection:
                yield connection
            self.place()

        db.write = counted  # type: ignore[method-assign]
        for end in self.world.ends:
            end.faults.before = end.faults.after = self.place
        try:
            yield
        finally:
            db.write = write  # type: ignore[method-assign]
            for end in self.world.ends:
                end.faults.clear()


def busy(world: Callable[..., World], left: str, right: str) -> tuple[World, Tape]:
    """Two links with edits on both sides, one of them a conflict, and a new record on each side."""
    it = world(KINDS[left](), KINDS[right]())
    tape = Tape(it)
    ids = [it.left.system.person_creates({"title": f"t{n} & x", "status": it.left.preset.statuses[0]}) for n in (1, 2)]
    it.settle()
    one, two = ((one, it.partner(Side.LEFT, one)) for one in ids)
    it.left.system.person_edits(one[0], title="by the left", urgency=4)
    it.right.system.person_edits(one[1], description="by the right")
    it.left.system.person_edits(two[0], cost=1.25, description="mine")
    it.right.system.person_edits(two[1], cost=2.5)
    it.left.system.person_creates({"title": "new on the left", "status": it.left.preset.statuses[1]})
    it.right.system.person_creates({"title": "new on the right", "status": it.right.preset.statuses[0]})
    return it, tape


#: Kinds of systems, and how many places lie between two that are tried; ``EBOND_LONG`` tries all of them.
PAIRS = [("plain", "versioned", 2), ("bare", "escaping", 9), ("kinto", "lagging", 9)]


@pytest.mark.parametrize(("left", "right", "step"), PAIRS)
def test_a_crash_at_any_place_of_a_busy_run_loses_and_doubles_nothing(world, left, right, step):
    """25, 55, 94: whatever was half done is finished by the next runs, with no write more than the edits needed."""
    for at in itertools.count(step=1 if LONG else step):
        it, tape = busy(world, left, right)
        points = Points(it, at)
        points.sync()
        it.settle()
        check(it, tape, born=4)
        it.close()
        if points.passed < at:
            break
    assert at > 20, "the run has places to die at"
