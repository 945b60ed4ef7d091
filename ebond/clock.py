"""Time as an argument: the one place that asks the machine what time it is, or waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What ebond asks of time."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SharedClock:
    """The time of whoever is asked, such as a database: the same for all processes, however wrong their own clocks.

    Between two questions the clock that never runs backwards carries it on.
    """

    def __init__(self, ask: Callable[[], datetime], own: Clock) -> None:
        self._ask, self._own = ask, own
        self._said, self._at = own.now(), own.monotonic()
        self.synchronise()

    def synchronise(self) -> None:
        """Ask what time it is; half of what the answer took has passed since."""
        before = self._own.monotonic()
        said = self._ask()
        after = self._own.monotonic()
        self._said, self._at = said, (before + after) / 2

    @property
    def ahead(self) -> float:
        """Return by how many seconds this machine's own clock is ahead; negative where it is behind."""
        return (self._own.now() - self.now()).total_seconds()

    def now(self) -> datetime:
        return self._said + timedelta(seconds=self._own.monotonic() - self._at)

    def monotonic(self) -> float:
        return self._own.monotonic()

    def sleep(self, seconds: float) -> None:
        self._own.sleep(seconds)
