"""Ending workers while they have links in hand."""

from __future__ import annotations

from tests.acceptance.fleet.yard import Member, Yard, until

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
    it.workers(1)
    it.come_to_rest()
