"""Ending, pausing and suspending workers while they have links in hand."""

from __future__ import annotations

import signal

from ebond.sync.holder import TTL
from tests.acceptance.fleet.members import Member, until
from tests.acceptance.fleet.yard import BOND, LONG, Yard

RECORDS = 40


def in_the_middle(it: Yard, *, workers: int = 1, latency: float = 0.3, **how: float) -> list[Member]:
    """Bring workers to where they have edits in hand, and calls that take long."""
    ids = it.people_open(RECORDS)
    it.scheduler()
    started = it.workers(workers, **how)
    it.come_to_rest()
    it.slow_down(latency)
    for record in ids:
        it.left.system.person_edits(record, title=f"edited {record}")
    until(lambda: any(it.differing()) and len(it.differing()) < RECORDS, "some edits have arrived")
    return started


def test_a_signal_lets_a_worker_finish_what_it_writes_and_leave_the_rest(yard):
    """93: it is gone within its grace, without an error; another one does the rest, and nothing is written twice."""
    it = yard()
    [worker] = in_the_middle(it, threads=1)
    assert worker.end() == 0
    assert len(it.differing()) > 0
    assert not it.in_hand_at_all()
    it.slow_down(0.0)
    it.workers(1)
    it.come_to_rest()


@LONG
def test_a_second_signal_does_not_wait(yard):
    """The process is gone at once, and what it had in hand is done by another one."""
    it = yard()
    [worker] = in_the_middle(it, threads=1, latency=2.0)
    worker.tell(signal.SIGTERM)
    until(lambda: "ending" in worker.said(), "it has heard the first one")
    worker.tell(signal.SIGTERM)
    assert worker.process.wait(5) == 130
    it.slow_down(0.0)
    it.workers(1)
    it.come_to_rest()


@LONG
def test_a_pause_takes_effect_before_the_next_write_of_any_process(yard):
    """99: after the command has ended, only calls that were under way arrive; resuming goes on."""
    it = yard()
    in_the_middle(it, workers=2, threads=2)
    assert it.run("pause", BOND).code == 0
    until(lambda: not it.in_hand_at_all(), "nothing is in hand")
    written = it.writes()
    slot = it.asked()
    until(lambda: it.asked() > slot, "the schedule goes on")
    assert it.writes() == written
    it.slow_down(0.0)
    assert it.run("resume", BOND).code == 0
    it.come_to_rest()


@LONG
def test_a_worker_suspended_for_too_long_writes_nothing_more_of_what_it_had(yard):
    """98: others take over; awake again it neither writes nor stores what it had in hand, and works on as another."""
    it = yard()
    [asleep] = in_the_middle(it, threads=1)
    asleep.tell(signal.SIGSTOP)
    it.workers(1)
    it.slow_down(0.0)
    it.come_to_rest(patience=4 * TTL)
    written = it.writes()
    asleep.tell(signal.SIGCONT)
    until(lambda: "taken for dead" in asleep.said(), "it has found out")
    until(lambda: it.is_there(asleep), "it has begun anew")
    it.come_to_rest()
    assert it.writes() == written
