"""Forgetting old runs and old lines of the journal, a small transaction at a time.

Both tables only grow, and their ids grow with the time: the oldest rows come first by the primary key, so no index on
times is needed, and what is found young enough ends the search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from ebond.parting import PartingState
from ebond.store.database import Database
from ebond.store.farewells import forget_links
from ebond.store.sqlkit import CHUNK, JOURNAL, KEPT, LINK, LOOKED_UP, PARTING, RECORD, RUN, insert_missing, to_micros

_DUE: Final = "prune"
_LEFT = exists().where(RECORD.c.link_id == PARTING.c.link_id, RECORD.c.gone.is_(False))
#: Links that ended long ago, and of which nothing is left. Not the newest one: its id would be given out again.
_OVER: Final = (
    select(PARTING.c.link_id)
    .where(PARTING.c.state == PartingState.ENDED.value, PARTING.c.since < bindparam("before"), ~_LEFT)
    .where(PARTING.c.link_id < select(func.max(LINK.c.id)).scalar_subquery())
    .limit(CHUNK)
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten, and whether there is more."""

    runs: int
    lines: int
    whole: bool
    """False where it was enough before everything old was gone."""
    links: int = 0
    """Links both of whose records were deleted."""


class Pruning:
    """The part of the store that forgets."""

    db: Database

    def prune_due(self, *, now: datetime, again: datetime) -> bool:
        """Is it time to prune? True for one caller only; the next one is told so from ``again`` on."""
        due = select(KEPT.c.value).where(KEPT.c.key == _DUE)
        with self.db.read() as connection:
            # Mostly it is not, and so nobody has to write for it.
            if (connection.execute(due).scalar_one_or_none() or 0) > (to_micros(now) or 0):
                return False
        with self.db.write() as connection:
            insert_missing(connection, KEPT, {"key": _DUE, "value": 0})
            due = due.with_for_update()
            if connection.execute(due).scalar_one() > (to_micros(now) or 0):
                return False
            connection.execute(update(KEPT).where(KEPT.c.key == _DUE).values(value=to_micros(again)))
            return True

    def prune(
        self, *, runs_before: datetime, journal_before: datetime, enough: Callable[[], bool] = lambda: False
    ) -> Pruned:
        """Forget runs that began, and lines that were written, before these moments; stop where it is ``enough``.

        The last run of each bond, the last that succeeded, and runs that are not closed stay however old they are.
        Answers to look-ups that are as old go, too.
        Links that ended before the oldest runs go with them, unless a record is left that would become a stranger.
        """
        runs, all_runs = self._prune(RUN, RUN.c.started, to_micros(runs_before), _superseded(), enough)
        lines, all_lines = self._prune(JOURNAL, JOURNAL.c.at, to_micros(journal_before), None, enough)
        links, all_links = self._prune_links(to_micros(runs_before), enough)
        with self.db.write() as connection:
            connection.execute(delete(LOOKED_UP).where(LOOKED_UP.c.at < to_micros(runs_before)))
        return Pruned(runs, lines, whole=all_runs and all_lines and all_links, links=links)

    def _prune_links(self, before: int | None, enough: Callable[[], bool]) -> tuple[int, bool]:
        forgotten = 0
        while not enough():
            with self.db.write() as connection:
                some = list(connection.execute(_OVER, {"before": before}).scalars())
                forget_links(connection, some)
            forgotten += len(some)
            if len(some) < CHUNK:
                return forgotten, True
        return forgotten, False

    def _prune(
        self,
        table: Table,
        at: ColumnElement[Any],
        before: int | None,
        only: ColumnElement[bool] | None,
        enough: Callable[[], bool],
    ) -> tuple[int, bool]:
        forgotten, after = 0, -1
        while not enough():
            with self.db.write() as connection:
                old = _oldest(connection, table, at, after, before)
                if old:
                    doomed = delete(table).where(table.c.id.in_(old))
                    forgotten += connection.execute(doomed if only is None else doomed.where(only)).rowcount
            if len(old) < CHUNK:
                return forgotten, True
            after = old[-1]
        return forgotten, False


def _oldest(connection: Connection, table: Table, at: ColumnElement[Any], after: int, before: int | None) -> list[int]:
    """Return the ids of the next rows up to the first that is young enough."""
    found: list[int] = []
    # The condition on the time is not the database's: it would search the whole table for one row more.
    for row in connection.execute(select(table.c.id, at).where(table.c.id > after).order_by(table.c.id).limit(CHUNK)):
        if row[1] >= before:
            break
        found.append(row[0])
    return found


def _superseded() -> ColumnElement[bool]:
    """Say in SQL that a run is closed, not its bond's last, and not the last that succeeded."""
    later = RUN.alias("later")
    newer = and_(later.c.bond == RUN.c.bond, later.c.id > RUN.c.id)
    better = exists().where(newer, later.c.status == "ok")
    return and_(RUN.c.finished.is_not(None), exists().where(newer), or_(RUN.c.status != "ok", better))
