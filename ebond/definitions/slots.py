"""The moments at which a schedule wants a run: the same for everyone who computes them. Pure.

Two schedulers that agree on a bond's slots can both ask for a run without harm, and one that starts again goes on
where another left off. So intervals are counted from 1970, not from whenever a process happened to start, with a
phase of the bond's own, that bonds of one rhythm do not all run at once.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from ebond.definitions.schedule import Quiet, Schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
#: How far is looked before a schedule counts as one that never comes, such as quiet around the clock.
_HORIZON = timedelta(days=366 * 5)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_slot(schedule: Schedule, bond: str, after: datetime) -> datetime | None:
    """Return the first moment after ``after`` at which a run is due; None where there is none within years."""
    jitter = timedelta(seconds=schedule.jitter)
    plain = _following(schedule, bond, after - jitter)
    while plain is not None and plain - after < _HORIZON:
        slot = plain + _jitter(schedule, bond, plain)
        quiet_until = _quiet_until(schedule, slot)
        if slot > after and quiet_until is None:
            return slot
        # What lies between is quiet, too.
        passed = plain if quiet_until is None else max(plain, quiet_until - jitter - _MICRO)
        plain = _following(schedule, bond, passed)
    return None


def sweep_due(schedule: Schedule, swept_at: datetime, now: datetime) -> bool:
    """Is it time for a full sweep, the last one having begun at ``swept_at``?"""
    if schedule.sweep_cron is None:
        return (now - swept_at).total_seconds() >= schedule.sweep_every
    following = _cron(schedule.sweep_cron, schedule.zone, swept_at)
    return following is not None and following <= now


def _following(schedule: Schedule, bond: str, after: datetime) -> datetime | None:
    if schedule.cron is not None:
        return _cron(schedule.cron, schedule.zone, after)
    every = timedelta(seconds=schedule.every)
    first = _EPOCH + every * _share(bond)
    return first + every * ((after - first) // every + 1)


def _cron(line: str, zone: str, after: datetime) -> datetime | None:
    trigger = CronTrigger.from_crontab(line, timezone=ZoneInfo(zone))
    # The trigger counts the moment itself in.
    found = trigger.get_next_fire_time(None, after + _MICRO)
    return None if found is None else found.astimezone(UTC)


def _jitter(schedule: Schedule, bond: str, slot: datetime) -> timedelta:
    return timedelta(seconds=schedule.jitter * _share(bond, slot.isoformat())) if schedule.jitter else timedelta()


def _share(*parts: str) -> float:
    """Return a number from 0 up to 1 that looks random and is always the same."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def _quiet_until(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when the quiet hours around a moment end; None where it is not quiet."""
    local = moment.astimezone(ZoneInfo(schedule.zone))
    ends = [end for quiet in schedule.quiet for back in (0, 1) if (end := _end(quiet, local, back)) is not None]
    return max(ends).astimezone(UTC) if ends else None


def _end(quiet: Quiet, local: datetime, back: int) -> datetime | None:
    """Return when the quiet that began so many days back ends, where ``local`` is in it."""
    day = local.date() - timedelta(days=back)
    if quiet.days and _DAYS[day.weekday()] not in quiet.days:
        return None
    begin, end = (
        datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=local.tzinfo)
        for clock in (quiet.from_, quiet.to)
    )
    if quiet.to <= quiet.from_:
        end = (end.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=local.tzinfo)
    return end if begin <= local < end else None
