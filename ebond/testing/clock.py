"""A clock that moves only when it is told to, or slept on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class ManualClock:
    """Time for tests: sleeping takes no time and moves the clock."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) -> None:
        self._start = now
        self._passed = timedelta()
        self._set_by = timedelta()
        self._lock = Lock()
        self.sleeps: list[float] = []
        """Every wait so far, in seconds."""

    def now(self) -> datetime:
        """Return the time."""
        return self._start + self._set_by + self._passed

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._passed.total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move the clock at once."""
        with self._lock:
            self.sleeps.append(seconds)
            self._passed += timedelta(seconds=max(seconds, 0))

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody waiting."""
        with self._lock:
            self._passed += timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        """Set the time of day forward or back, as an administrator does; no time passes."""
        with self._lock:
            self._set_by += timedelta(seconds=seconds)
