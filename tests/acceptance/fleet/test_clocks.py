"""The clock of one process is ten minutes off, from the start or because somebody sets it."""

from __future__ import annotations

import signal

import pytest

from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import LONG

OFF = 600.0
BOTH_WAYS = pytest.mark.parametrize("off", [OFF, -OFF], ids=["ahead", "behind"])


@LONG
@BOTH_WAYS
def test_a_worker_whose_clock_is_wrong_does_no_harm(yard, off):
    """4: it does its part; nothing is lost or doubled, and no side is read from a moment that has not come yet."""
    it = yard()
    it.let_left_win()
    it.people_open(20)
    it.scheduler()
    it.workers(1, threads=2)
    wrong = it.with_wrong_clock(off, "worker", "--threads", "2")
    it.come_to_rest()
    it.slow_down(0.1)
    it.people_edit(40)
    until(lambda: it.in_hand(wrong), "the one whose clock is wrong does its part")
    it.slow_down(0.0)
    it.come_to_rest()
    assert max(it.floors()) <= it.store.time()
    assert "taken for dead" not in it.logs()


@LONG
@BOTH_WAYS
def test_a_scheduler_whose_clock_is_set_in_mid_run_goes_on_asking(yard, off):
    """4: neither a slot that has not come yet is asked for, nor does everything wait for the old time to come."""
    it = yard()
    it.people_open(5)
    it.workers(1)
    scheduler = it.with_wrong_clock(0.0, "scheduler", jump=off)
    it.come_to_rest()
    scheduler.tell(signal.SIGUSR1)
    for _ in range(3):
        slot = it.asked()
        until(lambda slot=slot: it.asked() > slot, "the schedule goes on", patience=30)
    assert it.asked() <= it.store.time().timestamp() * 1_000_000 + 1_000_000
    it.people_open(5)
    it.come_to_rest()
