"""A fake system's own time, and what it forgets as time passes."""

from __future__ import annotations

from datetime import datetime, timedelta

from ebond.clock import Clock
from ebond.testing.habits import Habits
from ebond.testing.revision import Revision


class ServerTime:
    """Stamps changes by the test's clock, the system's skew and its smallest step."""

    def __init__(self, clock: Clock, habits: Habits) -> None:
        self.clock = clock
        self.habits = habits
        self._last: datetime | None = None
        self._forced: datetime | None = None

    def now(self) -> datetime:
        """Return the time as the system knows it."""
        return self.clock.now() + timedelta(seconds=self.habits.skew)

    def force(self, at: datetime) -> None:
        """Let the next stamp be this one; a strictly increasing feed goes on from it."""
        self._forced = at

    def stamp(self) -> datetime:
        """Return the stamp of a change that is committed now."""
        if self._forced is not None:
            self._last, self._forced = self._forced, None
            return self._last
        at = self.now()
        if self._last is not None and self.habits.stamp_step:
            at = max(at, self._last + timedelta(seconds=self.habits.stamp_step))
        self._last = at
        return at


class KeyMemory:
    """Idempotency keys and the records that they made, for as long as the system remembers."""

    def __init__(self, time: ServerTime) -> None:
        self.time = time
        self._made: dict[str, tuple[datetime, Revision]] = {}

    def remember(self, key: str, made: Revision) -> None:
        """Keep what a key made."""
        self._made[key] = (self.time.now(), made)

    def recall(self, key: str) -> Revision | None:
        """Return what a key made, as it was then, or None where the key is unknown, forgotten or not understood."""
        ttl = self.time.habits.idempotency_ttl
        if ttl is None or key not in self._made:
            return None
        at, made = self._made[key]
        return made if self.time.now() - at <= timedelta(seconds=ttl) else None
