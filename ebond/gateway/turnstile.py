"""Where threads wait for their turn: the quota of a gateway, and that of a system, for one process."""

from __future__ import annotations

from threading import Lock

from ebond.clock import Clock
from ebond.gateway.pacer import Pacer


class Turnstile:
    """Lets calls through as the pacer says; shared by all threads."""

    def __init__(self, pacer: Pacer, clock: Clock) -> None:
        self._pacer, self._clock = pacer, clock
        self._lock = Lock()

    def enter(self) -> None:
        """Wait for this call's turn; a pause that is learnt meanwhile is waited out too."""
        with self._lock:
            wait = self._pacer.reserve(self._clock.monotonic())
        while wait > 0:
            self._clock.sleep(wait)
            with self._lock:
                wait = self._pacer.paused_for(self._clock.monotonic())

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long."""
        with self._lock:
            self._pacer.pause(self._clock.monotonic(), seconds)

    def left(self) -> dict[str, int]:
        """Return what is left of each window."""
        with self._lock:
            return self._pacer.left(self._clock.monotonic())

    def snapshot(self) -> dict[str, object]:
        """Return what has to outlive this process."""
        with self._lock:
            return {**self._pacer.snapshot(self._clock.monotonic()), "at": self._clock.now().timestamp()}

    def restore(self, kept: dict[str, object]) -> None:
        """Take back what an earlier process left."""
        at = kept.get("at")
        if isinstance(at, int | float):
            away = max(self._clock.now().timestamp() - at, 0.0)
            with self._lock:
                self._pacer.restore(kept, self._clock.monotonic(), away=away)
