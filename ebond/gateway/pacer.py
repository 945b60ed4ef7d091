"""Keeping to a quota: never more calls than allowed in any window, several windows at once. Pure.

A sliding log of start times: fixed windows would let twice the quota through at their edges. Long windows keep
one entry per call too; a day of 100,000 calls costs less than a megabyte, and it is exact.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from ebond.definitions.gateway import Quota


class Window:
    """So many calls in any stretch of this many seconds."""

    def __init__(self, quota: Quota) -> None:
        self.calls, self.per = quota.calls, quota.per
        self._starts: deque[float] = deque()

    def earliest(self, now: float) -> float:
        """Return the earliest time at or after ``now`` at which one more call may start."""
        if len(self._starts) < self.calls:
            return now
        return max(now, self._starts[-self.calls] + self.per)

    def take(self, at: float) -> None:
        """Note a call that starts at ``at``; times never go backwards."""
        self._starts.append(at)
        while len(self._starts) > self.calls:
            self._starts.popleft()

    def left(self, now: float) -> int:
        """Count the calls that may still start now."""
        return self.calls - sum(start > now - self.per for start in self._starts)

    def ages(self, now: float) -> list[float]:
        """Return how many seconds ago the calls of this window started; for keeping over a restart."""
        return [now - start for start in self._starts if start > now - self.per]

    def restore(self, ages: Iterable[float], now: float) -> None:
        """Take back what ``ages`` told."""
        self._starts = deque(sorted(now - age for age in ages)[-self.calls :])


class Pacer:
    """All windows of a quota at once, and a pause that an answer asked for."""

    def __init__(self, quotas: Iterable[Quota]) -> None:
        self.windows = tuple(Window(quota) for quota in quotas)
        self._paused_until = float("-inf")

    def reserve(self, now: float) -> float:
        """Reserve the next call and return the seconds to wait before it may start."""
        at = max([now, self._paused_until, *(window.earliest(now) for window in self.windows)])
        for window in self.windows:
            window.take(at)
        return at - now

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing start for so many seconds; a shorter pause never shortens a longer one."""
        self._paused_until = max(self._paused_until, now + seconds)

    def paused_for(self, now: float) -> float:
        """Return the seconds that the pause still lasts."""
        return max(self._paused_until - now, 0.0)

    def left(self, now: float) -> dict[str, int]:
        """Return what is left of each window, by its name."""
        return {_name(window): window.left(now) for window in self.windows}

    def snapshot(self, now: float) -> dict[str, Any]:
        """Return what has to outlive a restart."""
        return {"windows": {_name(window): window.ages(now) for window in self.windows if window.per >= 60}}

    def restore(self, kept: Mapping[str, Any], now: float, *, away: float) -> None:
        """Take a snapshot back that was made ``away`` seconds ago."""
        ages: Mapping[str, list[float]] = kept.get("windows", {})
        for window in self.windows:
            window.restore([age + away for age in ages.get(_name(window), []) if age + away < window.per], now)


def _name(window: Window) -> str:
    return f"{window.calls}/{window.per:g}s"
