"""Two schedulers at once: what one asks for, the other one does not ask for again."""

from __future__ import annotations

from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import LONG

SLOT = 1_000_000
RUNS = 5


def test_two_schedulers_bring_about_one_scan_for_each_slot(yard):
    """23: both are at work; there are no more runs than slots, no more calls than runs, and nothing is doubled."""
    it = yard()
    it.people_open(20)
    schedulers = [it.scheduler(), it.scheduler()]
    it.workers(2)
    it.come_to_rest()
    until(lambda: all(map(it.is_there, schedulers)), "both are at work")
    slot, runs, calls = it.asked(), it.runs(), [gateway.calls["passed"] for gateway in it.gateways]
    until(lambda: it.runs() >= runs + RUNS, "so many more runs")
    new = it.runs() - runs
    # One more may be open, and one that was asked for before have begun after we looked.
    assert new <= (it.asked() - slot) / SLOT + 1
    assert all(gateway.calls["passed"] - before <= new + 1 for gateway, before in zip(it.gateways, calls, strict=True))
    it.come_to_rest()


@LONG
def test_where_one_scheduler_dies_the_other_one_goes_on(yard):
    """No slot waits until anybody notices the death."""
    it = yard()
    schedulers = [it.scheduler(), it.scheduler()]
    it.workers(1)
    until(lambda: it.asked_at_all() and all(map(it.is_there, schedulers)), "both are at work")
    schedulers[0].kill()
    it.people_open(5)
    it.come_to_rest()
