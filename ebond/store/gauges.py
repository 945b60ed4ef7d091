"""How all bonds stand, in a few statements however many bonds there are: what monitoring asks for again and again.

Every number comes from an index that holds little (what is dirty, parked, held, open), or from the newest runs of
each bond. Only the links are really counted, so their number is a question of its own: asked rarely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, func, select

from ebond.children import Carriage
from ebond.state import PARKED
from ebond.store.database import Database
from ebond.store.sqlkit import BOND, COMMENT, FILE, HOLD, HOLDER, INTENT, LINK, RECORD, RUN, from_micros, to_micros

_B = BOND.c


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a bond that was closed."""

    status: str
    started: datetime
    finished: datetime
    calls: int


@dataclass(frozen=True, slots=True)
class BondGauges:
    """One bond in numbers; times are moments."""

    paused: bool
    stopped: bool
    asked: datetime | None
    """For when the newest run was asked for."""
    begun: datetime | None
    """What the newest run that began was asked for."""
    first: datetime | None
    """When its oldest run began that is remembered."""
    last_ok: datetime | None
    """When the newest run that went well began: all that changed before is in step, or said to wait."""
    running: datetime | None
    """When the run began that is open."""
    last: LastRun | None
    oldest_due: datetime | None
    """When the oldest retry of a link that is overdue was due."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """``waiting``, ``parked_links``, ``conflicts``, ``parked_fields``, ``held_records``, ``held_comments``,
    ``held_files``, ``open_creates``."""


class Gauges:
    """The part of the store that monitoring reads."""

    db: Database

    def ping(self) -> None:
        """Ask the database for a sign of life; raises StoreError."""
        with self.db.read() as connection:
            connection.execute(select(1))

    def gauges(self, *, now: datetime) -> dict[str, BondGauges]:
        """Return how every bond stands that was ever asked for or run."""
        with self.db.read() as connection:
            counted = {name: _by_bond(connection, *what) for name, what in _COUNTED.items()}
            due = _oldest_due(connection, now)
            return {
                row.bond: _gauges(
                    row, due.get(row.bond), {name: found.get(row.bond, 0) for name, found in counted.items()}
                )
                for row in connection.execute(_STATES)
            }

    def link_counts(self) -> dict[str, int]:
        """Count the links of every bond; each is looked at."""
        with self.db.read() as connection:
            return _by_bond(connection, LINK, ())

    def holder_counts(self, *, now: datetime) -> dict[str, int]:
        """Count the processes that show signs of life, by kind."""
        wanted = (
            select(HOLDER.c.kind, func.count().label("number"))
            .where(HOLDER.c.until > to_micros(now))
            .group_by(HOLDER.c.kind)
        )
        with self.db.read() as connection:
            return {row.kind: row.number for row in connection.execute(wanted)}


_Condition = tuple[ColumnElement[bool], ...]

#: What is counted for each bond: which rows of which table.
_COUNTED: Final[Mapping[str, tuple[Table, _Condition]]] = {
    "waiting": (LINK, (LINK.c.mark > LINK.c.done, LINK.c.parked.is_(None))),
    "parked_links": (LINK, (LINK.c.parked.is_not(None),)),
    "conflicts": (HOLD, (HOLD.c.kind == "conflict",)),
    "parked_fields": (HOLD, (HOLD.c.kind.in_(PARKED),)),
    "held_records": (RECORD, (RECORD.c.held.is_not(None), RECORD.c.link_id.is_(None))),
    "held_comments": (COMMENT, (COMMENT.c.state == Carriage.HELD.value,)),
    "held_files": (FILE, (FILE.c.state == Carriage.HELD.value,)),
    "open_creates": (INTENT, ()),
}


def _by_bond(connection: Connection, table: Table, where: _Condition) -> dict[str, int]:
    wanted = select(table.c.bond, func.count().label("number")).where(*where).group_by(table.c.bond)
    return {row.bond: row.number for row in connection.execute(wanted)}


def _oldest_due(connection: Connection, now: datetime) -> dict[str, int]:
    link = LINK.c
    wanted = (
        select(link.bond, func.min(link.due_at).label("due"))
        .where(link.mark > link.done, link.parked.is_(None), link.due_at <= to_micros(now))
        .group_by(link.bond)
    )
    return {row.bond: row.due for row in connection.execute(wanted)}


def _states() -> Any:
    """Select every bond with its runs of interest, each found at the end of an index."""
    run = RUN.c
    own, closed = run.bond == _B.bond, run.finished.is_not(None)

    def newest(column: ColumnElement[Any], *where: ColumnElement[bool]) -> Any:
        return select(column).where(own, *where).order_by(run.id.desc()).limit(1).correlate(BOND).scalar_subquery()

    oldest = select(run.started).where(own).order_by(run.id).limit(1).correlate(BOND).scalar_subquery()
    last = RUN.alias("last")
    return select(
        _B.bond, _B.paused, _B.stopped, _B.asked, _B.begun,
        oldest.label("first"),
        newest(run.started, run.status == "ok").label("last_ok"),
        newest(run.started, run.finished.is_(None)).label("running"),
        last.c.status, last.c.started, last.c.finished, last.c.calls,
    ).join_from(BOND, last, last.c.id == newest(run.id, closed), isouter=True)  # fmt: skip


_STATES: Final = _states()


def _gauges(row: Any, due: int | None, counts: Mapping[str, int]) -> BondGauges:
    started, finished = from_micros(row.started), from_micros(row.finished)
    return BondGauges(
        paused=bool(row.paused),
        stopped=row.stopped is not None,
        asked=from_micros(row.asked),
        begun=from_micros(row.begun),
        first=from_micros(row.first),
        last_ok=from_micros(row.last_ok),
        running=from_micros(row.running),
        last=LastRun(row.status, started, finished, row.calls) if started and finished else None,
        oldest_due=from_micros(due),
        counts=counts,
    )
