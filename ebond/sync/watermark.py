"""Watermark arithmetic: how far a side's change feed has been read, in the server's own time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

import orjson

from ebond.definitions.schedule import Schedule
from ebond.definitions.slots import sweep_due
from ebond.definitions.system import Resource
from ebond.state import Watermark


def filter_key(system: str, resource_name: str, resource: Resource, extra: dict[str, str]) -> str:
    """Name the question that the floor answers: another filter is another feed and starts afresh."""
    since = resource.list.since
    question = {
        "system": system,
        "resource": resource_name,
        "path": resource.list.path,
        "params": resource.list.params,
        "body": resource.list.body,
        "since": since.params if since else None,
        "extra": extra,
    }
    return hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def start(
    mark: Watermark | None, key: str, resource: Resource, *, schedule: Schedule, now: datetime
) -> datetime | None:
    """Return the floor to read from, or None for a full scan.

    A full scan is due where there is no feed, no floor, another filter, a gap longer than the feed reaches
    back, or the time of the slow sweep.
    """
    since = resource.list.since
    if since is None or mark is None or mark.key != key or mark.floor is None or mark.swept_at is None:
        return None
    if sweep_due(schedule, mark.swept_at, now):
        return None
    if since.retention is not None and (now - mark.floor).total_seconds() > since.retention:
        return None
    return mark.floor


def advance(
    floor: datetime | None, *, newest: datetime | None, server_start: datetime | None, shifted: bool
) -> datetime | None:
    """Return the new floor after a whole scan.

    ``newest`` is the latest ``updated`` that was seen, ``server_start`` the server's clock when the scan
    began. The floor never passes the latter (a record stamped 2099 must not blind us), never moves back, and
    stays where rows may have slid from one page to another while we read (``shifted``): the next scan reads
    the same stretch again. A first scan moves it all the same, or a busy system would be read whole for ever;
    what slid there is the sweep's to find.
    """
    if newest is None or (shifted and floor is not None):
        return floor
    reached = newest if server_start is None else min(newest, server_start)
    return reached if floor is None else max(floor, reached)


def moved(
    mark: Watermark | None, *, key: str, floor: datetime | None, full: bool, count: int, now: datetime
) -> Watermark:
    """Build the watermark to store with a scan's last page."""
    if mark is None or mark.key != key:
        mark = Watermark(key=key, floor=None, swept_at=None)
    return replace(
        mark,
        floor=floor,
        swept_at=now if full else mark.swept_at,
        count=count if full else mark.count,
    )
