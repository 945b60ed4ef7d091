"""Where threads wait for their turn: room for so many calls at once, and every quota that counts.

In a fleet the gate in front is shared. What this process itself has called is counted here all the same: it bounds
us when the shared count was lost, and within our share it is all there is while nothing can be shared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Semaphore
from typing import Any, Final

from ebond.clock import Clock
from ebond.errors import Away, RateLimited
from ebond.gateway.pacer import Limit, Pacer
from ebond.gateway.sharing import Gate, Turn

#: Nobody looks again sooner: clocks have no finer grain than this.
_GRAIN: Final = 0.001
#: Seconds after which one looks again for room that is our share of the fleet's.
_FOR_ROOM: Final = 0.01
#: Windows up to so many seconds are waited out when the shared count is lost: others may have used them up.
_WAITED_OUT: Final = 10.0


@dataclass(slots=True)
class Passage:
    """One call on its way through."""

    turn: Turn
    sent_at: float | None = None
    """When it was sent, by the clock that only runs forward; whoever makes the call says so."""

    @property
    def late(self) -> float:
        """Return the seconds from the turn until the call was sent."""
        return max(self.sent_at - self.turn.since, 0.0) if self.sent_at is not None else 0.0


class Turnstile:
    """Lets the calls of a gateway through; all threads of a process share it.

    The systems behind the gateway keep pacers of their own here, which count besides the gateway's.
    """

    def __init__(
        self,
        pacer: Pacer,
        clock: Clock,
        *,
        room: int = 1,
        longest: float = math.inf,
        gate: Gate | None = None,
        share: Callable[[], int] = lambda: 1,
    ) -> None:
        self._pacer, self._clock, self._longest = pacer, clock, longest
        self._gate, self._share = gate, share
        self._room, self._size = Semaphore(room), room
        self._inside = 0
        self._alone = False
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
    def turn(self, also: Pacer | None = None) -> Iterator[Passage]:
        """Wait for a turn, and hold the room for one call meanwhile.

        The turn is taken at the very moment the call starts: one that is promised ahead would start whenever there
        is room at last, and a crowd of those would break the quota. Whoever waits for a quota holds no room.
        A call that was sent later than its turn (its connection had to be made, the machine was busy) counts from
        then on: else it would meet in one window of the gateway's with others that wait for it to leave the window.
        Raises RateLimited where the wait is longer than ``longest``.
        """
        pacers = (self._pacer,) if also is None else (self._pacer, also)
        while (turn := self._enter(pacers)).wait > 0:
            if turn.wait > self._longest:
                raise RateLimited(
                    f"the quota is used up for another {turn.wait:.0f} s",
                    retry_after=turn.wait,
                    todo="Nothing is lost: what waits is done in a later run. See who else uses this client",
                )
            self._clock.sleep(max(turn.wait, _GRAIN))
        passage = Passage(turn)
        try:
            yield passage
        finally:
            self._leave(passage, pacers)

    def _enter(self, pacers: tuple[Pacer, ...]) -> Turn:
        self._room.acquire()
        turn = None
        try:
            turn = self._here(pacers) if self._gate is None else self._in_front(self._gate, pacers)
            return turn
        finally:
            if turn is None or turn.wait > 0:
                self._room.release()

    def _here(self, pacers: tuple[Pacer, ...], share: int = 1) -> Turn:
        with self._lock:
            now = self._clock.monotonic()
            wait = max(pacer.wait(now, share) for pacer in pacers)
            if wait <= 0 and self._inside >= max(self._size // share, 1):
                wait = _FOR_ROOM
            if wait <= 0:
                self._take(pacers, now)
            return Turn(max(wait, 0.0), since=now)

    def _in_front(self, gate: Gate, pacers: tuple[Pacer, ...]) -> Turn:
        """Take a turn at the shared gate, and count it here."""
        with self._lock:
            wait = max(pacer.wait(self._clock.monotonic()) for pacer in pacers)
        if wait > 0:
            return Turn(wait)
        try:
            turn = gate.enter(_limits(pacers))
        except Away:
            self._begin_alone(pacers)
            return self._here(pacers, self._share())
        self._alone = False
        if turn.wait > 0:
            return turn
        with self._lock:
            self._take(pacers, turn.since)
        return turn

    def _begin_alone(self, pacers: tuple[Pacer, ...]) -> None:
        """Let the short windows pass once, that others may just have used up; from then on our share is ours."""
        with self._lock:
            if not self._alone:
                self._alone = True
                short = (limit.per for pacer in pacers for limit in pacer.limits if limit.per <= _WAITED_OUT)
                self._pacer.pause(self._clock.monotonic(), max(short, default=0.0))

    def _take(self, pacers: tuple[Pacer, ...], now: float) -> None:
        self._inside += 1
        for pacer in pacers:
            pacer.take(now)

    def _leave(self, passage: Passage, pacers: tuple[Pacer, ...]) -> None:
        turn, late = passage.turn, passage.late
        with self._lock:
            self._inside -= 1
            for pacer in pacers:
                pacer.move(turn.since, turn.since + late)
        self._room.release()
        if self._gate is not None and turn.call:
            with suppress(Away):
                self._gate.leave(turn, _limits(pacers), late=late)

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long, in the whole fleet."""
        with self._lock:
            self._pacer.pause(self._clock.monotonic(), seconds)
        if self._gate is not None:
            with suppress(Away):
                self._gate.pause(seconds)

    def left(self) -> dict[str, int]:
        """Return what is left of each window of the gateway, by its name (``50/1s``)."""
        with self._lock:
            here = self._pacer.left(self._clock.monotonic())
        if self._gate is not None:
            with suppress(Away):
                return dict(zip(here, self._gate.left(self._pacer.limits), strict=True))
        return here

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


def _limits(pacers: tuple[Pacer, ...]) -> list[Limit]:
    return [limit for pacer in pacers for limit in pacer.limits]
