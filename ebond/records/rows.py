"""What reading and writing a resource gives back: rows, pages, faults, the trace of a write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """A record as the system showed it; a tuple, for there is one for every row of every list."""

    id: str
    """Always text, also where the system counts."""
    version: str | None
    """A counter, stamp or entity tag; None where this answer showed none."""
    updated: datetime | None
    record: dict[str, Any]
    deleted: bool


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row of a list that cannot be read; it never stops the others."""

    reason: str
    record_id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    rows: tuple[Seen, ...]
    faults: tuple[RowFault, ...]
    server_now: datetime | None
    """The server's own clock when it answered."""
    last: bool
    """Nothing follows."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the answer to a write told."""

    id: str | None
    """None: the system accepted the write and did not say which record; look it up."""
    seen: Seen | None
    """The record as it is after the write, only where the contract says that the answer holds it whole."""
    version: str | None
    request_id: str = ""
    """The id that the call was sent with, to find it in the gateway's logs."""
