"""What a fleet costs while nothing happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_stage import Fleet, Ground, fleet, wait_for

PROCESSES: Final = 2
#: Bonds that are not due while it is measured.
_NEVER: Final = {"schedule": {"cron": "0 0 1 jan *"}, "left": {"create": False}, "right": {"create": False}}


def idle(ground: Ground, scale: Scale) -> Iterator[Figure]:
    """``fleet.idle_*``: CPU seconds and statements a minute of a scheduler and two workers beyond the polls.

    None of the bonds is due in that minute; what a poll costs that finds nothing is measured beside it.
    """
    bonds = {f"bond-{number}": _NEVER for number in range(scale.fleet_bonds)}
    with fleet(ground, records=20, bonds=bonds) as stage:
        stage.worker(PROCESSES)
        _poll(stage, bonds)
        cpu, statements = _cost(stage, lambda: _poll(stage, bonds))
        stage.scheduler()
        time.sleep(min(scale.fleet_seconds, 5))
        idle_cpu, idle_statements = _cost(stage, lambda: time.sleep(scale.fleet_seconds))
    minutes, count = scale.fleet_seconds / 60, len(bonds)
    note = f"{count} bonds; each poll: {cpu / count * 1000:.1f} ms of CPU, {statements / count:.0f} statements"
    yield Figure("fleet.idle_cpu_s_per_min", idle_cpu / minutes, None, note)
    yield Figure("fleet.idle_queries_per_min", idle_statements / minutes, None, note)


def _cost(stage: Fleet, work: Callable[[], None]) -> tuple[float, int]:
    """Return the CPU seconds of the processes and the statements that they ask while the work is done."""
    cpu, statements = stage.cpu(), stage.statements()
    work()
    return stage.cpu() - cpu, stage.statements() - statements


def _poll(stage: Fleet, bonds: Iterable[str]) -> None:
    """Have a run made of each bond."""
    for bond in bonds:
        stage.ring(bond)
    # Few looks: they are counted in.
    wait_for(lambda: not stage.store.overdue(now=datetime.now(UTC)), every=0.5)
