"""Leaving a system in trouble alone: after so many failures in a row calls are held back for a while."""

from __future__ import annotations

from threading import Lock
from typing import Final

#: Failures in a row, over all threads, that open the circuit.
LIMIT: Final = 10
#: Seconds for which it stays open at first; doubled each time the probe fails.
PAUSE: Final = 30.0
LONGEST: Final = 300.0


class Breaker:
    """The circuit of one system: closed while calls work; open, it lets a single probe through after its pause."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures = 0
        self._pause = PAUSE
        self._open_until: float | None = None
        self._probing = False

    def held_for(self, now: float) -> float:
        """Return the seconds that calls are still held back; 0 lets this call through."""
        with self._lock:
            if self._open_until is None:
                return 0.0
            if now < self._open_until:
                return self._open_until - now
            # The probe: everyone else waits for what becomes of it.
            self._open_until, self._probing = now + self._pause, True
            return 0.0

    def is_open(self) -> bool:
        """Are calls held back, until one has worked?"""
        with self._lock:
            return self._open_until is not None

    def worked(self) -> None:
        """Note a call that the system answered in its senses."""
        with self._lock:
            self._failures, self._pause, self._open_until, self._probing = 0, PAUSE, None, False

    def failed(self, now: float) -> None:
        """Note a call that it did not; those that were under way when the circuit opened say nothing new."""
        with self._lock:
            self._failures += 1
            if self._probing:
                self._pause = min(self._pause * 2, LONGEST)
            elif self._open_until is not None or self._failures < LIMIT:
                return
            self._open_until, self._probing = now + self._pause, False
