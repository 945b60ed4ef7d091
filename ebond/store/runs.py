"""Runs: one pass over a bond each, with its books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from ebond.state import Books, Fate, Side
from ebond.store.database import Database
from ebond.store.sqlkit import BOND, RUN, from_micros, to_micros

#: The states of a run that is not closed yet.
SCANNING: Final = "scanning"
WORKING: Final = "working"
ENDING: Final = "ending"


@dataclass(frozen=True, slots=True)
class Opened:
    """What the scans of a run found: the part of its books that is known when work begins."""

    at_once: Mapping[Fate, int]
    faults: tuple[str, ...]
    creating: tuple[Side, ...]
    """The sides whose strangers are created on the other."""
    paired: int
    calls: int


@dataclass(frozen=True, slots=True)
class RunAtWork:
    """A run whose links and creates are being worked on."""

    id: int
    opened: Opened
    until: datetime | None
    """When work stops, whatever is left; the next run goes on."""
    outcome: str | None
    """Where it has to end, with what; nobody takes more of its work then."""
    error: str | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished or running pass, as stored."""

    id: int
    kind: str
    status: str
    started: datetime | None
    finished: datetime | None
    books: Books | None
    calls: int
    error: str | None


# Built once: to build a statement costs more than to run it.
_AT_WORK = (
    select(RUN)
    .where(RUN.c.bond == bindparam("b"), RUN.c.finished.is_(None), RUN.c.status.in_((WORKING, ENDING)))
    .order_by(RUN.c.id.desc())
    .limit(1)
)
_STATUS = select(RUN.c.status).where(RUN.c.id == bindparam("run")).with_for_update(read=True)


class Runs:
    """The part of the store that runs use."""

    db: Database

    def begin(self, bond: str, *, kind: str, now: datetime, listing: bool = True) -> int:
        """Open a run and return its id; runs whose process died are closed as failed first.

        Only one that reads the lists (``listing``) is what the schedule asked for.
        """
        row = {"bond": bond, "kind": kind, "started": to_micros(now), "status": SCANNING, "calls": 0}
        with self.db.write() as connection:
            connection.execute(
                update(RUN)
                .where(RUN.c.bond == bond, RUN.c.finished.is_(None))
                .values(finished=to_micros(now), status="failed", error="its process ended in the middle of it")
            )
            # Whatever asks for a run from now on asks for the next one.
            if listing:
                connection.execute(update(BOND).where(BOND.c.bond == bond).values(begun=BOND.c.asked))
            return int(connection.execute(insert(RUN).values(row).returning(RUN.c.id)).scalar_one())

    def opened(self, run_id: int, found: Opened, *, until: datetime | None) -> None:
        """Note what the scans of a run found; from now to ``until`` anybody may work on its links and creates."""
        with self.db.write() as connection:
            connection.execute(
                update(RUN)
                .where(RUN.c.id == run_id, RUN.c.finished.is_(None))
                .values(status=WORKING, opened=_json(found), until=to_micros(until), calls=found.calls)
            )

    def run_at_work(self, bond: str) -> RunAtWork | None:
        """Return the run of a bond that anybody may work for."""
        with self.db.ask() as connection:
            row = connection.execute(_AT_WORK, {"b": bond}).one_or_none()
        if row is None:
            return None
        return RunAtWork(row.id, _found(row.opened), from_micros(row.until), outcome=row.outcome, error=row.error)

    def end(self, run_id: int, outcome: str, error: str | None = None) -> None:
        """Have a run end: nobody takes more of its work, and whoever is last closes it with this outcome."""
        with self.db.write() as connection:
            connection.execute(
                update(RUN)
                .where(RUN.c.id == run_id, RUN.c.status == WORKING)
                .values(status=ENDING, outcome=outcome, error=error)
            )

    def count_calls(self, run_id: int, calls: int) -> None:
        """Add calls that were made for a run."""
        if calls:
            with self.db.write() as connection:
                connection.execute(update(RUN).where(RUN.c.id == run_id).values(calls=RUN.c.calls + calls))

    def finish(
        self, run_id: int, *, now: datetime, status: str, books: Books, error: str | None, calls: int = 0
    ) -> bool:
        """Close a run with its books and add ``calls`` to those that were counted; False where it was closed already.

        Why a bond cannot work, or that it can again, is noted with it.
        """
        reason = error if status == "stopped" else None
        closed = {"finished": to_micros(now), "status": status, "books": asdict(books), "error": error}
        with self.db.write() as connection:
            done = connection.execute(
                update(RUN)
                .where(RUN.c.id == run_id, RUN.c.finished.is_(None))
                .values(closed | {"calls": RUN.c.calls + calls})
                .returning(RUN.c.bond)
            )
            bond = done.scalar_one_or_none()
            changed = and_(BOND.c.bond == bond, BOND.c.stopped.is_distinct_from(reason))
            if bond is not None:
                connection.execute(update(BOND).where(changed).values(stopped=reason))
            return bond is not None

    def run(self, run_id: int) -> RunSummary:
        """Return one run; raises KeyError where there is none."""
        with self.db.read() as connection:
            row = connection.execute(select(RUN).where(RUN.c.id == run_id)).one_or_none()
        if row is None:
            raise KeyError(run_id)
        return _summary(row)

    def recent(self, bond: str, *, limit: int = 1) -> list[RunSummary]:
        """Return the last runs of a bond, newest first."""
        with self.db.read() as connection:
            return recent_runs(connection, bond, limit=limit)


def is_at_work(connection: Connection, run_id: int) -> bool:
    """Is this run's work still handed out? It stays so until this transaction ends."""
    return connection.execute(_STATUS, {"run": run_id}).scalar_one_or_none() == WORKING


def recent_runs(connection: Connection, bond: str, *, limit: int) -> list[RunSummary]:
    """Return the last runs of a bond, newest first."""
    rows = connection.execute(select(RUN).where(RUN.c.bond == bond).order_by(RUN.c.id.desc()).limit(limit))
    return [_summary(row) for row in rows]


def _json(found: Opened) -> dict[str, Any]:
    return {
        "at_once": {fate.value: count for fate, count in found.at_once.items()},
        "faults": list(found.faults),
        "creating": [side.value for side in found.creating],
        "paired": found.paired,
        "calls": found.calls,
    }


def _found(stored: Mapping[str, Any]) -> Opened:
    return Opened(
        {Fate(name): count for name, count in stored["at_once"].items()},
        tuple(stored["faults"]),
        tuple(Side(side) for side in stored["creating"]),
        stored["paired"],
        stored["calls"],
    )


def _summary(row: Any) -> RunSummary:
    started, finished = from_micros(row.started), from_micros(row.finished)
    books = Books(**row.books) if row.books else None
    # How far it is concerns those who work for it only.
    status = row.status if finished else "running"
    return RunSummary(row.id, row.kind, status, started, finished, books, row.calls, row.error)
