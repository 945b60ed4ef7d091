"""When a bond runs: an interval or a cron line, hours of quiet, and a slower rhythm for the full sweep."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from ebond.definitions.base import Definition, Misspelt, shown, spelled
from ebond.definitions.durations import PositiveSeconds, Seconds

_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_FIELDS: Final = 5


def _clock(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_CLOCK, value):
        return value
    raise Misspelt(f"{shown(value)} is no time of day", "write it in quotes, from '00:00' to '23:59'")


ClockTime = Annotated[str, BeforeValidator(_clock), spelled(_CLOCK)]


def _zone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except Exception:  # zoneinfo raises several kinds for bad names
        raise Misspelt(f"there is no time zone {shown(value)}", "use an IANA name: Europe/Paris") from None
    return value


Zone = Annotated[str, BeforeValidator(_zone)]


def _cron(value: Any) -> Any:
    fields = value.split() if isinstance(value, str) else []
    if len(fields) != _FIELDS:
        raise Misspelt(
            f"{shown(value)} is no cron line", "write minute, hour, day, month, weekday: '*/5 8-18 * * mon-fri'"
        )
    if re.search(r"\d", fields[4].partition("/")[0]):
        # Some count weekdays from Sunday, some from Monday; a wrong guess would show up in a week.
        raise Misspelt("a weekday is written by name", "write sun, mon, tue, wed, thu, fri, sat")
    # Here, because it is needed only where a cron line is used.
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError as error:
        raise Misspelt(f"{shown(value)} is no cron line: {error}") from None
    return value


Cron = Annotated[str, BeforeValidator(_cron), spelled(r"\S+( \S+){4}")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Quiet(Definition):
    """Hours in which no run begins; one that is under way goes on."""

    from_: Annotated[ClockTime, Field(alias="from")]
    """When quiet begins, on the clock of the schedule's zone."""
    to: ClockTime
    """When it ends; earlier than ``from`` means the next day."""
    days: tuple[Weekday, ...] = ()
    """On which days quiet begins; every day unless given."""


class Schedule(Definition):
    """When the bond runs."""

    every: PositiveSeconds = 60.0
    """Time between two runs, where no cron line says it."""
    cron: Cron | None = None
    """When runs begin instead: minute, hour, day, month, weekday (by name)."""
    zone: Zone = "UTC"
    """IANA zone of cron lines and quiet hours."""
    jitter: Seconds = 0.0
    """A run begins up to so much later, to spread the load: always the same for one bond and time."""
    quiet: tuple[Quiet, ...] = ()
    """Hours in which no run begins."""
    sweep_every: PositiveSeconds = 86400.0
    """How often a full scan backs up the change feed."""
    sweep_cron: Cron | None = None
    """When the next run sweeps instead, such as at night."""
