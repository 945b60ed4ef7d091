"""Leaving a system in trouble alone: after so many failures in a row calls are held back for a while. Pure."""

from __future__ import annotations

from typing import Final

#: Failures in a row, over all threads, that open the circuit.
LIMIT: Final = 10
#: Seconds for which it stays open at first; doubled each time the probe fails.
PAUSE: Final = 30.0
LONGEST: Final = 300.0


class Breaker:
    """The circuit of one system: closed while calls work; open, it lets a single probe through after its pause."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = PAUSE
        self._open_until: float | None = None

    def held_for(self, now: float) -> float:
        """Return the seconds that calls are still held back; 0 lets this call through."""
        if self._open_until is None:
            return 0.0
        if now < self._open_until:
            return self._open_until - now
        # The probe: everyone else waits for what becomes of it.
        self._open_until = now + self._pause
        return 0.0

    def worked(self) -> None:
        """Note a call that the system answered in its senses."""
        self._failures, self._pause, self._open_until = 0, PAUSE, None

    def failed(self, now: float) -> None:
        """Note a call that it did not."""
        self._failures += 1
        if self._open_until is not None:
            self._pause = min(self._pause * 2, LONGEST)
        if self._failures >= LIMIT:
            self._open_until = now + self._pause
