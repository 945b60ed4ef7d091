"""Processes that work, and show signs of life; whatever one held that was buried is free.

A bond's lease, a claimed link and an open create name their holder. One row is kept alive for all that a process
holds, so holding much costs no more than holding little. A row whose time is over still counts until somebody
buries it: a process that was slow, and that nobody missed, may go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import randbits
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, text, update

from ebond.store.database import Database
from ebond.store.sqlkit import HOLDER, from_micros, to_micros

_H = HOLDER.c
#: Kinds of holders that make calls: those divide a quota among them while nothing can be shared.
WORKING: Final = ("sync", "worker")


@dataclass(frozen=True, slots=True)
class HolderState:
    """A process that shows signs of life."""

    id: int
    name: str
    kind: str
    started: datetime


class Holders:
    """The part of the store that knows who is alive."""

    db: Database

    def time(self) -> datetime:
        """Return what time it is for everyone who shares this database."""
        if self.db.sqlite:
            # One machine, one clock.
            return datetime.now(UTC)
        with self.db.read() as connection:
            found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            return found.astimezone(UTC)

    def register(self, name: str, *, kind: str, now: datetime, ttl: float) -> int:
        """Note that a process is there, for ``ttl`` seconds unless it shows signs of life; return its id.

        An id is never used again, not in a copy either: what a dead process held must not look like another's.
        """
        holder = randbits(62)
        times = {"started": to_micros(now), "until": to_micros(now + timedelta(seconds=ttl))}
        with self.db.write() as connection:
            connection.execute(insert(HOLDER).values(id=holder, name=name, kind=kind, **times))
        return holder

    def show_life(self, holder: int, *, now: datetime, ttl: float) -> int:
        """Keep a process alive; return how many work by now, or 0 where this one was buried."""
        with self.db.write() as connection:
            kept = connection.execute(
                update(HOLDER).where(_H.id == holder).values(until=to_micros(now + timedelta(seconds=ttl)))
            )
            if kept.rowcount != 1:
                return 0
            working = select(func.count()).where(_H.until > to_micros(now), or_(_H.kind.in_(WORKING), _H.id == holder))
            return int(connection.execute(working).scalar_one())

    def retire(self, holder: int) -> None:
        """Note that a process ended in order: what it held is free at once."""
        with self.db.write() as connection:
            connection.execute(delete(HOLDER).where(_H.id == holder))

    def alive(self, *, now: datetime) -> list[HolderState]:
        """Return the processes that show signs of life, oldest first."""
        wanted = select(HOLDER).where(_H.until > to_micros(now)).order_by(_H.started, _H.id)
        with self.db.read() as connection:
            return [_state(row) for row in connection.execute(wanted)]

    def working(self, *, now: datetime) -> int:
        """Count the processes that make calls."""
        return sum(one.kind in WORKING for one in self.alive(now=now))

    def bury(self, *, now: datetime, dead: Callable[[str], bool]) -> list[str]:
        """Forget processes whose time is over, and those that are known to be ``dead`` by their name."""
        doomed = [one for one in self.alive(now=now) if dead(one.name)]
        with self.db.write() as connection:
            gone = or_(_H.until <= to_micros(now), _H.id.in_([one.id for one in doomed]))
            return [row.name for row in connection.execute(delete(HOLDER).where(gone).returning(_H.name))]


def held(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say in SQL that a process which is not buried holds this."""
    return column.in_(select(_H.id))


def free(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say in SQL that no process holds this."""
    return or_(column.is_(None), ~held(column))


def _state(row: Any) -> HolderState:
    started = from_micros(row.started)
    assert started is not None
    return HolderState(row.id, row.name, row.kind, started)
