"""Where threads wait for their turn: room for so many calls at once, and every quota that counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Any, Final

from ebond.clock import Clock
from ebond.errors import RateLimited
from ebond.gateway.pacer import Pacer

#: Nobody looks again sooner: clocks have no finer grain than this.
_GRAIN: Final = 0.001


class Turnstile:
    """Lets the calls of a gateway through; all threads of a process share it.

    The systems behind the gateway keep pacers of their own here, which count besides the gateway's.
    """

    def __init__(self, pacer: Pacer, clock: Clock, *, room: int = 1, longest: float = math.inf) -> None:
        self._pacer, self._clock, self._longest = pacer, clock, longest
        self._room = Semaphore(room)
        self._lock = Lock()
        self._others: dict[str, Pacer] = {}
        self._kept: Mapping[str, Any] = {}
        self._away = 0.0

    def add(self, name: str, pacer: Pacer) -> Pacer:
        """Keep the pacer of a system here, and return the one that counts: the first of its name."""
        with self._lock:
            if name not in self._others:
                kept = self._kept.get(name)
                if isinstance(kept, dict):
                    pacer.restore(kept, self._clock.monotonic(), away=self._away)
                self._others[name] = pacer
            return self._others[name]

    @contextmanager
    def turn(self, also: Pacer | None = None) -> Iterator[None]:
        """Wait for a turn, and hold the room for one call meanwhile.

        The turn is taken at the very moment the call starts: one that is promised ahead would start whenever there
        is room at last, and a crowd of those would break the quota. Whoever waits for a quota holds no room.
        Raises RateLimited where the wait is longer than ``longest``.
        """
        while (wait := self._enter(also)) > 0:
            if wait > self._longest:
                raise RateLimited(
                    f"the quota is used up for another {wait:.0f} s",
                    retry_after=wait,
                    todo="Nothing is lost: what waits is done in a later run. See who else uses this client",
                )
            self._clock.sleep(max(wait, _GRAIN))
        try:
            yield
        finally:
            self._room.release()

    def _enter(self, also: Pacer | None) -> float:
        self._room.acquire()
        try:
            with self._lock:
                now = self._clock.monotonic()
                pacers = (self._pacer,) if also is None else (self._pacer, also)
                wait = max(pacer.wait(now) for pacer in pacers)
                if wait <= 0:
                    for pacer in pacers:
                        pacer.take(now)
                    return 0.0
        except BaseException:
            self._room.release()
            raise
        self._room.release()
        return wait

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long."""
        with self._lock:
            self._pacer.pause(self._clock.monotonic(), seconds)

    def left(self) -> dict[str, int]:
        """Return what is left of each window of the gateway."""
        with self._lock:
            return self._pacer.left(self._clock.monotonic())

    def snapshot(self) -> dict[str, Any]:
        """Return what has to outlive this process."""
        with self._lock:
            now = self._clock.monotonic()
            others = {name: pacer.snapshot(now) for name, pacer in self._others.items()}
            return {**self._pacer.snapshot(now), "systems": others, "at": self._clock.now().timestamp()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what an earlier process left; systems take theirs when they come."""
        at, systems = kept.get("at"), kept.get("systems")
        if not isinstance(at, int | float):
            return
        with self._lock:
            self._away = max(self._clock.now().timestamp() - at, 0.0)
            self._kept = systems if isinstance(systems, dict) else {}
            self._pacer.restore(kept, self._clock.monotonic(), away=self._away)
