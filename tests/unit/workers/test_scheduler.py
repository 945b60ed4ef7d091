"""The timetable and its triggers, by the time of the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebond.clock import SharedClock
from ebond.testing.clock import ManualClock
from tests.unit.workers.fleet import FakeBells, FakeRuntime, bond_named
from workers.scheduler import Timetable, make_scheduler
from workers.triggers import SlotTrigger

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def hourly(name: str = "one") -> Any:
    return bond_named(name, cron="0 * * * *")


def timetable(runtime: FakeRuntime) -> tuple[Timetable, FakeBells]:
    bells = FakeBells()
    return Timetable(runtime, bells), bells


def test_two_schedulers_ask_once_for_a_slot() -> None:
    """Both fire at the slot; one run is asked for and one bell rings."""
    bond, clock = hourly(), ManualClock(NOON - timedelta(minutes=5))
    runtime = FakeRuntime(bond, clock=clock)
    tables = [timetable(runtime), timetable(runtime)]
    clock.advance(300)
    for table, _ in tables:
        table.ask(bond)
    assert runtime.store.asked == {"one": NOON}
    assert [bells.rung for _, bells in tables] == [[("scan", "one")], []]


def test_missed_slots_count_as_one() -> None:
    """After hours in which nothing fired, the latest slot is asked for, once."""
    bond, clock = hourly(), ManualClock(NOON - timedelta(minutes=5))
    runtime = FakeRuntime(bond, clock=clock)
    table, bells = timetable(runtime)
    clock.advance(4 * 3600)
    table.ask(bond)
    table.ask(bond)
    assert (runtime.store.asked, bells.rung) == ({"one": NOON + timedelta(hours=3)}, [("scan", "one")])


def test_first_slot_that_fires_late_is_not_missed() -> None:
    """A job that a busy machine runs seconds late asks all the same, also the first time."""
    bond, clock = hourly(), ManualClock(NOON - timedelta(minutes=5))
    runtime = FakeRuntime(bond, clock=clock)
    table, _ = timetable(runtime)
    clock.advance(300 + 7)
    table.ask(bond)
    assert runtime.store.asked == {"one": NOON}


def test_job_that_fires_early_asks_for_nothing() -> None:
    """Between two slots nothing is asked for."""
    bond, clock = hourly(), ManualClock(NOON - timedelta(minutes=5))
    runtime = FakeRuntime(bond, clock=clock)
    table, bells = timetable(runtime)
    clock.advance(60)
    table.ask(bond)
    assert (runtime.store.asked, bells.rung) == ({}, [])


def test_slot_that_nobody_was_there_for_is_caught_up_with() -> None:
    """A scheduler that was down over the daily slot asks when it is back, not the next day; and asks once."""
    bond, clock = bond_named("one", cron="0 3 * * *"), ManualClock(NOON)
    runtime = FakeRuntime(bond, clock=clock)
    runtime.store.asked = {"one": NOON - timedelta(hours=33)}
    table, bells = timetable(runtime)
    table.catch_up()
    table.catch_up()
    assert (runtime.store.asked, bells.rung) == ({"one": NOON - timedelta(hours=9)}, [("scan", "one")])


def test_new_bond_is_not_caught_up_with() -> None:
    """A bond that was never asked for waits for its first slot."""
    runtime = FakeRuntime(hourly(), clock=ManualClock(NOON))
    table, bells = timetable(runtime)
    table.catch_up()
    assert (runtime.store.asked, bells.rung) == ({}, [])


def test_database_that_is_away_loses_no_slot(logged: list[Any]) -> None:
    """What could not be asked for is logged, raises nothing, and is asked for when the database is back."""
    bond, clock = hourly(), ManualClock(NOON - timedelta(minutes=5))
    runtime = FakeRuntime(bond, clock=clock)
    runtime.store.asked = {"one": NOON - timedelta(hours=1)}
    table, bells = timetable(runtime)
    clock.advance(300)
    runtime.store.down = True
    table.ask(bond)
    table.catch_up()
    assert [line["event"] for line in logged] == ["not asked", "not caught up"]
    runtime.store.down = False
    table.catch_up()
    assert (runtime.store.asked, bells.rung) == ({"one": NOON}, [("scan", "one")])


@pytest.mark.parametrize("off", [-600, 0, 600])
def test_trigger_fires_by_the_database_s_time(off: int) -> None:
    """On a machine whose clock is ten minutes off, the job fires when the database's clock shows the slot."""
    own = ManualClock(NOON + timedelta(seconds=off))
    clock = SharedClock(lambda: NOON + timedelta(seconds=own.monotonic()), own)
    own.advance(1)
    fires = SlotTrigger(hourly().schedule, "one", clock).get_next_fire_time(None, own.now())
    assert fires == NOON + timedelta(hours=1, seconds=off)


def test_trigger_whose_slots_end_is_over() -> None:
    """A schedule that is quiet around the clock has no next time."""
    quiet = [{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}]
    bond = bond_named("one", every="60s", quiet=quiet)
    clock = SharedClock(lambda: NOON, ManualClock(NOON))
    assert SlotTrigger(bond.schedule, "one", clock).get_next_fire_time(None, NOON) is None


def test_no_tick_is_dropped_and_none_runs_twice() -> None:
    """A job for each bond, one for what was missed, one for the sweep; late ticks coalesce, however late."""
    clock = SharedClock(lambda: NOON, ManualClock(NOON))
    runtime = FakeRuntime(hourly("one"), hourly("two"), clock=clock)
    scheduler = make_scheduler(runtime, FakeBells())
    scheduler.start(paused=True)
    jobs = scheduler.get_jobs()
    scheduler.shutdown()
    assert {job.id for job in jobs} == {"bond one", "bond two", "catch up", "sweep"}
    assert {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in jobs} == {(True, 1, None)}
