"""What a fleet of worker processes achieves, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_idle import idle
from tests.benchmarks.fleet_latency import latency
from tests.benchmarks.fleet_quota import quota
from tests.benchmarks.fleet_recovery import recovery
from tests.benchmarks.fleet_speed import speed
from tests.benchmarks.fleet_stage import Ground, servers

_PARTS: Final[tuple[Callable[[Ground, Scale], Iterator[Figure]], ...]] = (speed, quota, latency, idle, recovery)


def measure(scale: Scale) -> Iterator[Figure]:
    """``fleet.*``: real worker processes on PostgreSQL and Valkey, two systems in processes of their own.

    Machines with few cores show less than is there: a worker needs some milliseconds of a core for a record, and the
    two systems, the database and this program want theirs.
    """
    with servers() as (postgres, valkey):
        for number, part in enumerate(_PARTS):
            yield from part(Ground(postgres, valkey, number), scale)
