"""One time for all processes, however wrong their own clocks are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ebond.clock import SharedClock
from ebond.testing.clock import ManualClock

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Database:
    """A clock on the wall of another machine; an answer takes a while."""

    def __init__(self, own: ManualClock, *, takes: float = 0.0) -> None:
        self._own, self.takes = own, takes

    @property
    def time(self) -> datetime:
        return NOON + timedelta(seconds=self._own.monotonic())

    def ask(self) -> datetime:
        self._own.advance(self.takes / 2)
        said = self.time
        self._own.advance(self.takes / 2)
        return said


@pytest.mark.parametrize("off", [-600, 0, 600])
def test_everybody_sees_the_database_s_time(off: float) -> None:
    """A process whose clock is ten minutes off sees the database's time, and knows by how much it is off."""
    own = ManualClock(NOON + timedelta(seconds=off))
    database = Database(own)
    clock = SharedClock(database.ask, own)
    own.advance(3600)
    assert (clock.now(), clock.ahead) == (database.time, off)


def test_slow_answer_is_half_as_old_as_it_took() -> None:
    """What an answer took on the way does not make the clock late."""
    own = ManualClock(NOON)
    database = Database(own, takes=2.0)
    assert SharedClock(database.ask, own).now() == database.time


def test_own_clock_that_is_set_changes_nothing() -> None:
    """An administrator who sets this machine's clock moves ``ahead``, not the time."""
    own = ManualClock(NOON)
    database = Database(own)
    clock = SharedClock(database.ask, own)
    own.jump(-86400)
    own.advance(5)
    assert (clock.now(), clock.ahead) == (database.time, -86400)


def test_monotonic_that_stood_still_is_made_up_for() -> None:
    """After a machine's sleep, in which no clock of the process ran, the next question sets the time right."""
    own = ManualClock(NOON)
    slept = timedelta(hours=8)
    said = [NOON, NOON + slept]
    clock = SharedClock(lambda: said.pop(0), own)
    assert clock.now() == NOON
    clock.synchronise()
    assert clock.now() == NOON + slept


def test_waiting_and_measuring_are_this_machine_s() -> None:
    """Only the time of day is shared."""
    own = ManualClock(NOON)
    clock = SharedClock(lambda: NOON, own)
    clock.sleep(3)
    assert (clock.monotonic(), own.sleeps) == (3, [3])
