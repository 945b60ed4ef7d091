"""Runs: one pass over a bond each, with its books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ebond.state import Books
from ebond.store.database import Database
from ebond.store.sqlkit import RUN, from_micros, to_micros


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished or running pass, as stored."""

    id: int
    kind: str
    status: str
    started: datetime | None
    finished: datetime | None
    books: Mapping[str, int] | None
    calls: int
    error: str | None


class Runs:
    """The part of the store that runs use."""

    db: Database

    def begin(self, bond: str, *, kind: str, now: datetime) -> int:
        """Open a run and return its id."""
        row = {"bond": bond, "kind": kind, "started": to_micros(now), "status": "running", "calls": 0}
        with self.db.write() as connection:
            return int(connection.execute(insert(RUN).values(row).returning(RUN.c.id)).scalar_one())

    def finish(self, run_id: int, *, now: datetime, status: str, books: Books, calls: int, error: str | None) -> None:
        """Close a run with its books."""
        with self.db.write() as connection:
            connection.execute(
                update(RUN)
                .where(RUN.c.id == run_id)
                .values(finished=to_micros(now), status=status, books=asdict(books), calls=calls, error=error)
            )

    def recent(self, bond: str, *, limit: int = 1) -> list[RunSummary]:
        """Return the last runs of a bond, newest first."""
        with self.db.read() as connection:
            return recent_runs(connection, bond, limit=limit)


def recent_runs(connection: Connection, bond: str, *, limit: int) -> list[RunSummary]:
    """Return the last runs of a bond, newest first."""
    rows = connection.execute(select(RUN).where(RUN.c.bond == bond).order_by(RUN.c.id.desc()).limit(limit))
    return [
        RunSummary(
            row.id, row.kind, row.status, from_micros(row.started), from_micros(row.finished), row.books, row.calls,
            row.error,
        )
        for row in rows
    ]  # fmt: skip
