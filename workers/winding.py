"""What a scheduler does when somebody sets the machine's clock: its jobs wait for a time of day, not for a while.

Set back by ten minutes, nothing would be asked for and nothing swept up for ten minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from apscheduler.schedulers.base import BaseScheduler

from ebond.clock import SharedClock

log = structlog.get_logger("ebond.scheduler")

#: Seconds by which a clock may go wrong by itself, between two looks or in a lifetime, without harm.
DRIFT: Final = 1.0


class Winding:
    """Computes anew when each job is due, as soon as this machine's clock was set."""

    def __init__(self, scheduler: BaseScheduler, clock: SharedClock) -> None:
        self._scheduler, self._clock = scheduler, clock
        self._ahead = clock.ahead

    def look(self) -> None:
        """See whether the clock was set since the last look."""
        ahead = self._clock.ahead
        if abs(ahead - self._ahead) <= DRIFT:
            return
        log.warning("this machine's clock was set", seconds=round(ahead - self._ahead, 3))
        self._ahead = ahead
        now = self._clock.now() + timedelta(seconds=ahead)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.trigger.get_next_fire_time(now, now))
