"""Is a schedule one that can be kept: cron lines, the time zone, and moments outside of the quiet hours?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ebond.definitions.schedule import Schedule
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_FIELDS: Final = 5
#: Any moment serves to look for the next one.
_SOMETIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def check_schedule(schedule: Schedule, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a schedule."""
    faults = list(_faults(schedule, spot))
    yield from faults
    if not faults and not _ever_runs(schedule):
        yield spot.fault("the quiet hours leave no moment to run", "quiet")


def _faults(schedule: Schedule, spot: Spot) -> Iterator[Problem]:
    if schedule.sweep_every < schedule.every:
        yield spot.fault("the sweep cannot come more often than the runs", "sweep_every")
    try:
        ZoneInfo(schedule.zone)
    except Exception:  # zoneinfo raises several kinds for bad names
        yield spot.fault(f"there is no time zone {schedule.zone!r}", "zone", todo="use an IANA name: Europe/Paris")
    for key, line in (("cron", schedule.cron), ("sweep_cron", schedule.sweep_cron)):
        if line is not None:
            yield from _cron(line, key, spot)


def _cron(line: str, key: str, spot: Spot) -> Iterator[Problem]:
    fields = line.split()
    if len(fields) != _FIELDS:
        todo = "write minute, hour, day, month, weekday: '*/5 8-18 * * mon-fri'"
        yield spot.fault(f"{line!r} is no cron line", key, todo=todo)
    elif re.search(r"\d", fields[4].partition("/")[0]):
        # Some count weekdays from Sunday, some from Monday; a wrong guess would show up in a week.
        yield spot.fault("a weekday is written by name", key, todo="write sun, mon, tue, wed, thu, fri, sat")
    else:
        # Here, because it is needed only where a cron line is used.
        from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

        try:
            CronTrigger.from_crontab(line, timezone="UTC")
        except ValueError as error:
            yield spot.fault(f"{line!r} is no cron line: {error}", key)


def _ever_runs(schedule: Schedule) -> bool:
    from ebond.definitions.slots import next_slot  # noqa: PLC0415  # likewise

    return next_slot(schedule, "any", _SOMETIME) is not None
