"""When a bond runs: an interval or a cron line, hours of quiet, and a slower rhythm for the full sweep."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from ebond.definitions.base import Definition, Misspelt, shown, spelled
from ebond.definitions.durations import PositiveSeconds, Seconds

_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def _clock(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_CLOCK, value):
        return value
    raise Misspelt(f"{shown(value)} is no time of day", "write it in quotes, from '00:00' to '23:59'")


ClockTime = Annotated[str, BeforeValidator(_clock), spelled(_CLOCK)]


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
    cron: str | None = None
    """When runs begin instead: minute, hour, day, month, weekday (by name)."""
    zone: str = "UTC"
    """IANA zone of cron lines and quiet hours."""
    jitter: Seconds = 0.0
    """A run begins up to so much later, to spread the load: always the same for one bond and time."""
    quiet: tuple[Quiet, ...] = ()
    """Hours in which no run begins."""
    sweep_every: PositiveSeconds = 86400.0
    """How often a full scan backs up the change feed."""
    sweep_cron: str | None = None
    """When the next run sweeps instead, such as at night."""
