"""How long the work of a killed worker lies about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from sqlalchemy import func, select

from ebond.store.sqlkit import LINK
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_stage import Fleet, Ground, fleet, wait_for

LATENCY_MS: Final = 200


def recovery(ground: Ground, scale: Scale) -> Iterator[Figure]:
    """``fleet.recovery_s``: from ``kill -9`` of a worker until others have taken over every link that it held.

    The killed one looks like another machine's: what is dead on this machine is known at once.
    """
    with fleet(ground, records=scale.fleet_held) as stage:
        stage.link_all()
        stage.latency(LATENCY_MS)
        stage.worker()
        stage.scheduler()
        waits = [_killed(stage, scale.fleet_held, elsewhere=scale.fleet_elsewhere) for _ in range(scale.fleet_kills)]
    where = "of another machine" if scale.fleet_elsewhere else "of this machine"
    yield Figure("fleet.recovery_s", median(waits), 30, f"{len(waits)} kills {where}, at most {max(waits):.1f} s")


def _killed(stage: Fleet, edits: int, *, elsewhere: bool) -> float:
    stage.worker(elsewhere=elsewhere)
    victim = stage.holders("worker")[-1]
    stage.left.touch(edits)
    stage.ring()
    wait_for(lambda: _held(stage, victim))
    process = stage.processes.pop()
    process.kill()
    killed = time.perf_counter()
    process.wait()
    wait_for(lambda: not _held(stage, victim))
    took = time.perf_counter() - killed
    wait_for(lambda: stage.store.summary("bench").dirty == 0, every=0.2)
    return took


def _held(stage: Fleet, holder: int) -> int:
    """Count the links that this process, dead or alive, is still written on."""
    with stage.store.db.read() as connection:
        return int(connection.execute(select(func.count()).where(LINK.c.holder == holder)).scalar_one())
