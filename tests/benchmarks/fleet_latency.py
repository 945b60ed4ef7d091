"""How long a change takes from one system to the other."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from statistics import median, quantiles
from typing import Final

from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_stage import Fleet, Ground, fleet, wait_for
from tests.benchmarks.stage import BOND

LATENCY_MS: Final = 20
PROCESSES: Final = 2


def latency(ground: Ground, scale: Scale) -> Iterator[Figure]:
    """``fleet.latency_*``: from a change on the left until the right shows it; the bond is polled every second.

    Changes come at any moment of that second, so half a second is waiting for the poll.
    """
    with fleet(ground, records=3 * scale.fleet_changes, bonds={BOND: {"schedule": {"every": "1s"}}}) as stage:
        stage.link_all()
        stage.latency(LATENCY_MS)
        stage.worker(PROCESSES)
        stage.scheduler()
        _change(stage)
        waits = [_change(stage) for _ in range(scale.fleet_changes)]
    note = f"{len(waits)} changes, system at {LATENCY_MS} ms, at most {max(waits):.2f} s"
    yield Figure("fleet.latency_p50_s", median(waits), 0.8, note)
    yield Figure("fleet.latency_p95_s", quantiles(waits, n=20, method="inclusive")[-1], 2.0, note)


def _change(stage: Fleet) -> float:
    time.sleep(random.uniform(1, 2))
    before = stage.right.stats()["changes"]
    stage.left.touch(1)
    began = time.perf_counter()
    wait_for(lambda: stage.right.stats()["changes"] > before)
    return time.perf_counter() - began
