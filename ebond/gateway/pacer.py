"""Keeping to a quota: never more calls than allowed in any window, several windows at once. Pure.

A sliding log of start times: fixed windows would let twice the quota through at their edges. Long windows keep
one entry per call too; a day of 100,000 calls costs a few megabytes, and it is exact. What is kept over a restart
is counted in steps of a thousandth of the window, always to the careful side.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any, Final, NamedTuple

from ebond.definitions.gateway import Quota

#: Windows shorter than this are not worth keeping over a restart.
KEPT_FROM: Final = 60.0
_STEPS: Final = 1000
#: Calls that leave one window apart may arrive closer together than that, by so many seconds on a busy way.
MARGIN: Final = 0.020


class Limit(NamedTuple):
    """One window of a quota, and whose it is."""

    owner: str
    """The gateway's or the system's name."""
    calls: int
    per: float
    """Seconds."""


class Window:
    """So many calls in any stretch of this many seconds."""

    def __init__(self, quota: Quota) -> None:
        self.calls, self.per = quota.calls, quota.per
        self._starts: deque[float] = deque(maxlen=quota.calls)

    def earliest(self, now: float, share: int = 1) -> float:
        """Return the earliest time at or after ``now`` at which one more call may start.

        With ``share`` only that part of the quota is ours: fewer calls. Where there are fewer calls than processes
        it is one in a longer stretch; that keeps the quota on the average, for whose turn it is nobody can say.
        """
        calls = max(self.calls // share, 1)
        per = self.per * max(share / self.calls, 1.0)
        if len(self._starts) < calls:
            return now
        return max(now, self._starts[-calls] + per + MARGIN)

    def take(self, at: float) -> None:
        """Note a call that starts at ``at``."""
        later = self._after(at)
        self._starts.append(at)
        self._starts.extend(later)

    def move(self, start: float, to: float) -> None:
        """Count a call that started at ``start`` from when it was sent; what is nothing beside the window is left."""
        if to - start < self.per / _STEPS:
            return
        later = self._after(start)
        known = bool(self._starts) and self._starts[-1] == start
        if known:
            self._starts.pop()
        self._starts.extend(later)
        if known:
            self.take(to)

    def _after(self, at: float) -> list[float]:
        """Take out the calls that started after a time, and return them in their order: a few, those under way."""
        later: list[float] = []
        while self._starts and self._starts[-1] > at:
            later.append(self._starts.pop())
        return later[::-1]

    def left(self, now: float) -> int:
        """Count the calls that may still start now."""
        return self.calls - sum(start > now - self.per for start in self._starts)

    def ages(self, now: float) -> list[list[float]]:
        """Return how long ago the calls of this window started, as age and number of calls."""
        step = self.per / _STEPS
        steps = Counter(math.floor((now - start) / step) for start in self._starts if start > now - self.per)
        return [[count * step, calls] for count, calls in sorted(steps.items())]

    def restore(self, ages: Iterable[tuple[float, int]], now: float) -> None:
        """Take back what ``ages`` told; the oldest calls come first."""
        for age, calls in sorted(ages, reverse=True):
            self._starts.extend(repeat(now - age, min(calls, self.calls)))


class Pacer:
    """All windows of a quota at once, and a pause that an answer asked for."""

    def __init__(self, quotas: Iterable[Quota], *, owner: str = "") -> None:
        self.windows = tuple(Window(quota) for quota in quotas)
        self.limits = tuple(Limit(owner, window.calls, window.per) for window in self.windows)
        """The windows as others know them."""
        self._paused_until = float("-inf")

    def wait(self, now: float, share: int = 1) -> float:
        """Return the seconds until the next call may start; 0 where it may start now.

        With ``share`` the quota is one of so many processes'.
        """
        return max(now, self._paused_until, *(window.earliest(now, share) for window in self.windows)) - now

    def take(self, now: float) -> None:
        """Note a call that starts now; ``wait`` said that it may."""
        for window in self.windows:
            window.take(now)

    def move(self, start: float, to: float) -> None:
        """Count a call that started at ``start`` from when it was sent: the other side counts it from its arrival."""
        for window in self.windows:
            window.move(start, to)

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing start for so many seconds; a shorter pause never shortens a longer one."""
        self._paused_until = max(self._paused_until, now + seconds)

    def left(self, now: float) -> dict[str, int]:
        """Return what is left of each window, by its name (``50/1s``)."""
        return {f"{window.calls}/{window.per:g}s": window.left(now) for window in self.windows}

    def snapshot(self, now: float) -> dict[str, Any]:
        """Return what has to outlive a restart: plain values, a few kilobytes at most."""
        windows = {f"{window.per:g}": window.ages(now) for window in self.windows if window.per >= KEPT_FROM}
        return {"windows": windows, "paused": max(self._paused_until - now, 0.0)}

    def restore(self, kept: Mapping[str, Any], now: float, *, away: float) -> None:
        """Take back a snapshot that was made ``away`` seconds ago; what cannot be read is left out.

        Windows are known by their length: more or fewer calls a day do not make today's calls undone.
        """
        windows = kept.get("windows")
        for window in self.windows:
            told = windows.get(f"{window.per:g}") if isinstance(windows, dict) else None
            ages = [(age + away, calls) for age, calls in _pairs(told) if age + away < window.per]
            window.restore(ages, now)
        paused = kept.get("paused")
        if isinstance(paused, int | float) and math.isfinite(paused):
            self.pause(now, paused - away)


def _pairs(told: Any) -> Iterable[tuple[float, int]]:
    for pair in told if isinstance(told, list) else ():
        match pair:
            case [float() | int() as age, int() as calls] if math.isfinite(age) and age >= 0 and calls > 0:
                yield float(age), calls
