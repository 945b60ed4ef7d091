"""How long runs and lines of the journal are kept, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ebond.definitions.base import Misspelt
from ebond.definitions.durations import parse_duration
from ebond.errors import UsageError

KEEP_RUNS: Final = "EBOND_KEEP_RUNS"
KEEP_JOURNAL: Final = "EBOND_KEEP_JOURNAL"


@dataclass(frozen=True, slots=True)
class Retention:
    """What is older may be forgotten."""

    runs: timedelta
    journal: timedelta

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Retention:
        """Read ``EBOND_KEEP_RUNS`` and ``EBOND_KEEP_JOURNAL``, such as ``30d``; raises UsageError."""
        return cls(_span(environ, KEEP_RUNS, "30d"), _span(environ, KEEP_JOURNAL, "400d"))


def _span(environ: Mapping[str, str], name: str, default: str) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(environ.get(name) or default))
    except Misspelt as wrong:
        raise UsageError(f"{name}: {wrong}", todo=wrong.todo or "Write a span such as 30d") from None
