"""Workers that are killed in the middle of everything, again and again."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime

import orjson
import pytest

from ebond.state import Side
from tests.acceptance.fleet.members import Member, until
from tests.acceptance.fleet.yard import LONG, Yard

KILLS = [25, pytest.param(100, marks=LONG)]
#: Seconds within which another worker has taken over what a killed one had in hand, in the median.
RECOVERY = 30.0


@pytest.mark.parametrize("kills", KILLS)
def test_nothing_is_lost_or_doubled_however_often_workers_are_killed(yard, kills, record_property):
    """86, 87, 88, 89, 95: hundreds of creates and edits, a worker killed every second or so; both systems agree."""
    it = yard()
    # A conflict that waits for a human would never come to rest.
    it.let_left_win()
    it.people_open(150)
    it.people_open(50, Side.RIGHT)
    it.slow_down(0.02)
    it.scheduler()
    workers = it.workers(3)
    until(it.links, "the fleet is at work")
    deaths = [kill_one(it, workers) for _ in range(kills)]
    it.come_to_rest()
    recovery = statistics.median(taken_over(it, deaths))
    record_property("fleet.recovery_s", recovery)
    print(f"fleet.recovery_s: {recovery:.1f}")
    assert "Traceback" not in it.logs()
    assert recovery < RECOVERY


def kill_one(it: Yard, workers: list[Member]) -> tuple[str, datetime]:
    """Kill a worker in the middle of something while people go on, start it again; return whose death it was and when.

    Each victim has shown life before, that the fleet has something to notice.
    """
    it.people_open(4, it.chance.choice(list(Side)))
    it.people_edit(12)
    busy = until(lambda: [one for one in workers if it.in_hand(one)], "a worker has something in hand")
    victim = it.chance.choice(busy)
    died = victim.name, datetime.now(UTC)
    victim.kill()
    victim.start()
    return died


def taken_over(it: Yard, deaths: list[tuple[str, datetime]]) -> list[float]:
    """Return for each death how many seconds later the fleet noticed, and what the dead had was free."""
    told = [orjson.loads(line) for line in it.logs().splitlines() if '"holder is dead"' in line]
    noticed = {line["holder"]: datetime.fromisoformat(line["timestamp"]) for line in told}
    return [(noticed[name] - at).total_seconds() for name, at in deaths]
