"""The scheduler: asks for runs when they are due, and has what waits swept up. It does no work itself.

Jobs live in memory and are made from the definitions at every start: a job store would be a second truth. Two
schedulers do no harm, for both ask for the same slots and only the first asking counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from ebond.definitions.bond import Bond
from ebond.definitions.slots import next_slot
from ebond.errors import EbondError
from workers.bells import Bells
from workers.runtime import Runtime
from workers.triggers import SlotTrigger

log = structlog.get_logger("ebond.scheduler")

#: Seconds between two sweeps.
SWEEP: Final = 5
#: Seconds between two looks for slots that nobody was there for, or that the database was away at.
CATCH_UP: Final = 60
#: A slot counts as reached so much before its time: clocks are not that exact.
TOLERANCE: Final = timedelta(milliseconds=250)


class Timetable:
    """The slots of each bond, and which of them were asked for."""

    def __init__(self, runtime: Runtime, bells: Bells) -> None:
        self._runtime, self._bells = runtime, bells
        # From the start on, not from when a job first ran: that may be late.
        self._began = runtime.clock.now() - TOLERANCE
        self._after: dict[str, datetime] = {}

    def ask(self, bond: Bond) -> None:
        """Ask for a run of a bond, if one is due, and ring; missed slots count as one."""
        slot = self._reached(bond, self._runtime.clock.now())
        if slot is not None:
            self._ask(bond, slot)

    def catch_up(self) -> None:
        """Ask for the runs whose slots nobody was there for since the last one that was asked for."""
        now = self._runtime.clock.now()
        try:
            asked = self._runtime.store.last_asked()
        except EbondError as error:
            log.error("not caught up", reason=str(error))
            return
        for bond in self._runtime.definitions.bonds.values():
            # The first one that was missed: two schedulers agree on that.
            missed = next_slot(bond.schedule, bond.bond, asked[bond.bond]) if bond.bond in asked else None
            if missed is not None and missed <= now:
                self._ask(bond, missed)

    def _ask(self, bond: Bond, slot: datetime) -> None:
        try:
            if self._runtime.store.ask(bond.bond, slot):
                self._bells.scan(bond.bond)
        except EbondError as error:
            # It is caught up with, and nothing was done twice.
            log.error("not asked", bond=bond.bond, reason=str(error))

    def _reached(self, bond: Bond, now: datetime) -> datetime | None:
        """Return the latest slot since the last one that was asked for."""
        reached = None
        after = self._after.get(bond.bond, self._began)
        while (slot := next_slot(bond.schedule, bond.bond, after)) is not None and slot <= now + TOLERANCE:
            reached = after = slot
        self._after[bond.bond] = after
        return reached


def make_scheduler(runtime: Runtime, bells: Bells) -> BackgroundScheduler:
    """Return a scheduler with a job for each bond, not started yet."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(8)},
        # A run that was missed is made up for by one, however late; APScheduler's own default drops it after 1 s.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    timetable = Timetable(runtime, bells)
    for bond in runtime.definitions.bonds.values():
        trigger = SlotTrigger(bond.schedule, bond.bond, runtime.clock)
        scheduler.add_job(timetable.ask, trigger, args=[bond], id=f"bond {bond.bond}", replace_existing=True)
    minutely, at_once = IntervalTrigger(seconds=CATCH_UP, timezone="UTC"), datetime.now(UTC)
    scheduler.add_job(timetable.catch_up, minutely, id="catch up", next_run_time=at_once, replace_existing=True)
    scheduler.add_job(bells.sweep, IntervalTrigger(seconds=SWEEP, timezone="UTC"), id="sweep", replace_existing=True)
    return scheduler
