"""How much faster more worker processes are, and how much slower one is than `ebond sync`."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_stage import THREADS, Fleet, Ground, fleet
from tests.benchmarks.pairs import timed
from tests.benchmarks.stage import run

LATENCY_MS: Final = 80
#: Edits of a round that does not count: connections are opened, statements compiled.
_WARM: Final = 64


def speed(ground: Ground, scale: Scale) -> Iterator[Figure]:
    """``fleet.speedup.N``: throughput of N processes / of one. ``fleet.overhead``: time of one / of ``ebond sync``.

    The time is that of a whole run with so many updates, from asking for it until it is closed.
    """
    with fleet(ground, records=scale.fleet_edits) as stage:
        stage.link_all()
        stage.latency(LATENCY_MS)
        rounds = [_round(stage, scale.fleet_edits) for _ in range(scale.fleet_pairs)]
    each = f"{scale.fleet_edits} updates, {THREADS} threads a process, {LATENCY_MS} ms"
    for count, goal in ((2, 1.9), (4, 3.6)):
        ratio = median(times[1] / times[count] for times in rounds)
        took = median(times[count] for times in rounds)
        yield Figure(f"fleet.speedup.{count}", ratio, goal, f"{took:.2f} s for {each}", least=True)
    took, alone = (median(times[count] for times in rounds) for count in (1, 0))
    yield Figure("fleet.overhead", median(one[1] / one[0] for one in rounds), 1.15, f"{took:.2f} s / {alone:.2f} s")


def _round(stage: Fleet, edits: int) -> dict[int, float]:
    """Return the seconds by number of worker processes; 0 is ``ebond sync``."""
    times = {0: _alone(stage, edits)}
    for count, more in ((1, 1), (2, 1), (4, 2)):
        stage.worker(more)
        stage.left.touch(min(_WARM, edits))
        stage.run()
        stage.left.touch(edits)
        times[count] = stage.run()
    stage.stop()
    return times


def _alone(stage: Fleet, edits: int) -> float:
    with stage.alone() as bench:
        stage.left.touch(min(_WARM, edits))
        run(bench)
        stage.left.touch(edits)
        return timed(lambda: run(bench))
