"""Is this process well, and can it reach what it needs? For those who restart it and those who route to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock, Thread
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ebond.errors import EbondError

#: Seconds within which the database and Redis have to answer.
PATIENCE: Final = 1.0


class Check:
    """Asks something for a sign of life; one question at a time, however long it hangs."""

    def __init__(self, ask: Callable[[], object], *, patience: float = PATIENCE) -> None:
        self._ask, self._patience = ask, patience
        self._lock = Lock()
        self._asking: Thread | None = None
        self._answered = False

    def answers(self) -> bool:
        """Does it answer in time?"""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._answered = False
                self._asking = Thread(target=self._question, name="health", daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(self._patience)
        return self._answered and not asking.is_alive()

    def _question(self) -> None:
        try:
            self._ask()
        except EbondError:
            return
        self._answered = True


class Health:
    """What an orchestrator asks of one process."""

    def __init__(self, *, is_well: Callable[[], bool], needs: Mapping[str, Callable[[], object]]) -> None:
        """``needs`` are questions to what the process cannot work without, by name; they raise EbondError."""
        self.is_well = is_well
        self._checks = {name: Check(ask) for name, ask in needs.items()}

    def reachable(self) -> dict[str, bool]:
        """Say of everything that is needed whether it answers."""
        return {name: check.answers() for name, check in self._checks.items()}


class HealthCollector(Collector):
    """The same as metrics."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def describe(self) -> Iterator[Metric]:
        """Name the metrics without asking anything."""
        return iter((_family({}),))

    def collect(self) -> Iterator[Metric]:
        yield _family(self._health.reachable())


def _family(reachable: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily(
        "ebond_reachable", "1 where what this process needs answers within a second.", labels=("what",)
    )
    for name, answers in reachable.items():
        family.add_metric((name,), answers)
    return family
