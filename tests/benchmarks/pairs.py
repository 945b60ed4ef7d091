"""Paired timing: A and B in turns, so that whatever else the machine does falls on both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Timed = Callable[[], float]
"""Does the work and returns how many seconds of it count."""


@dataclass(frozen=True)
class Pairs:
    """The outcome of paired runs, in seconds."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios of each pair."""
        return median(one / other for one, other in zip(self.ours, self.bare, strict=True))

    def per(self, count: int) -> str:
        """Say both medians for each of so many things."""
        ours, bare = (median(times) / count * 1e6 for times in (self.ours, self.bare))
        return f"{ours:.1f} µs / {bare:.1f} µs"


def alternate(ours: Timed, bare: Timed, *, pairs: int) -> Pairs:
    """Run both ``pairs`` times in turns, after one round each that does not count."""
    ours(), bare()
    times = [(ours(), bare()) for _ in range(pairs)]
    return Pairs(tuple(one for one, _ in times), tuple(other for _, other in times))


def timed(work: Callable[[], object], *, clock: Callable[[], float] = time.perf_counter) -> float:
    """Do the work and return how many seconds it took; rubbish of what was before is not counted in.

    ``time.process_time`` suits work that waits for nothing: it does not see who else uses the machine.
    """
    gc.collect()
    began = clock()
    work()
    return clock() - began
