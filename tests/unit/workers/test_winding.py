"""Somebody sets the clock of the machine that a scheduler runs on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from ebond.clock import SharedClock
from ebond.testing.clock import ManualClock
from workers.winding import Winding

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class FakeJob:
    """A job that is due every minute."""

    def __init__(self) -> None:
        self.trigger = IntervalTrigger(minutes=1, start_date=NOON, timezone="UTC")
        self.due: list[datetime] = []

    def modify(self, *, next_run_time: datetime) -> None:
        self.due.append(next_run_time)


class FakeScheduler:
    """A scheduler with one job."""

    def __init__(self) -> None:
        self.job = FakeJob()

    def get_jobs(self) -> list[FakeJob]:
        return [self.job]


def wound() -> tuple[Winding, ManualClock, FakeJob]:
    own, scheduler = ManualClock(NOON), FakeScheduler()
    clock = SharedClock(lambda: NOON + timedelta(seconds=own.monotonic()), own)
    return Winding(scheduler, clock), own, scheduler.job


@pytest.mark.parametrize("off", [-600, 600])
def test_jobs_are_due_by_the_new_time(off: int, logged: list[Any]) -> None:
    """Once for each time that it is set, whichever way."""
    winding, own, job = wound()
    own.jump(off)
    winding.look()
    winding.look()
    assert job.due == [NOON + timedelta(seconds=off) + MINUTE]
    assert [line["seconds"] for line in logged] == [off]


def test_time_that_only_passes_changes_nothing() -> None:
    """Neither an hour nor a clock that is not that exact."""
    winding, own, job = wound()
    own.advance(3600)
    own.jump(0.5)
    winding.look()
    assert job.due == []
