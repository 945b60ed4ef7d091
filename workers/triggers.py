"""APScheduler triggers that fire at a bond's slots, by the time of the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from ebond.clock import SharedClock
from ebond.definitions.schedule import Schedule
from ebond.definitions.slots import next_slot


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler carries no types
    """Fires at the slots of a schedule; on this machine's clock that is earlier or later by what it is off."""

    def __init__(self, schedule: Schedule, bond: str, clock: SharedClock) -> None:
        self._schedule, self._bond, self._clock = schedule, bond, clock

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:  # noqa: ARG002
        """Return when to fire next; what was missed is not made up for, the next slot covers it."""
        slot = next_slot(self._schedule, self._bond, self._clock.now())
        return None if slot is None else slot.astimezone(UTC) + timedelta(seconds=self._clock.ahead)
