"""Bonds, runs, the journal, and small things that outlive a process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update

from ebond.state import Books, Entry
from ebond.store.database import Database
from ebond.store.sqlkit import (
    BOND,
    HOLD,
    INTENT,
    JOURNAL,
    KEPT,
    LINK,
    RECORD,
    RUN,
    WATERMARK,
    from_micros,
    insert_missing,
    to_micros,
    upsert,
    write_entries,
)

_B = BOND.c


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


@dataclass(frozen=True, slots=True)
class BondSummary:
    """A bond's state in numbers."""

    links: int
    dirty: int
    conflicts: int
    parked_fields: int
    parked_links: int
    held_records: int
    open_creates: int
    gone: int
    floors: Mapping[str, datetime | None]
    """How far each side's feed has been read, by side."""
    paused: bool
    stopped: str | None
    last: RunSummary | None
    last_ok: datetime | None
    """When the last run that succeeded was finished."""


class Runs:
    """The part of the store that runs, status and the journal use."""

    db: Database

    # -- the lease of a bond ------------------------------------------------------------------------------

    def acquire(self, bond: str, *, owner: str, now: datetime, ttl: float) -> int | None:
        """Take a bond; return the fence to commit with, or None where another holds it."""
        micros = to_micros(now)
        free = or_(_B.lease_owner.is_(None), _B.lease_until <= micros)
        with self.db.write() as connection:
            insert_missing(connection, BOND, {"bond": bond, "fence": 0, "paused": False, "mapping_digest": ""})
            taken = connection.execute(
                update(BOND)
                .where(_B.bond == bond, free)
                .values(lease_owner=owner, lease_until=to_micros(now + timedelta(seconds=ttl)), fence=_B.fence + 1)
            )
            if taken.rowcount != 1:
                return None
            return int(connection.execute(select(_B.fence).where(_B.bond == bond)).scalar_one())

    def renew(self, bond: str, *, owner: str, fence: int, now: datetime, ttl: float) -> bool:
        """Prolong a lease; False where it is lost."""
        with self.db.write() as connection:
            done = connection.execute(
                update(BOND)
                .where(_B.bond == bond, _B.lease_owner == owner, _B.fence == fence)
                .values(lease_until=to_micros(now + timedelta(seconds=ttl)))
            )
            return done.rowcount == 1

    def holder(self, bond: str) -> str | None:
        """Return who holds a bond, or held it last without giving it back."""
        with self.db.read() as connection:
            return connection.execute(select(_B.lease_owner).where(_B.bond == bond)).scalar_one_or_none()

    def evict(self, bond: str, *, owner: str) -> None:
        """Free a bond whose holder is known to be dead."""
        with self.db.write() as connection:
            connection.execute(
                update(BOND).where(_B.bond == bond, _B.lease_owner == owner).values(lease_owner=None, lease_until=None)
            )

    def release(self, bond: str, *, owner: str, fence: int) -> None:
        """Give a bond back; nothing happens where it is another's by now."""
        with self.db.write() as connection:
            connection.execute(
                update(BOND)
                .where(_B.bond == bond, _B.lease_owner == owner, _B.fence == fence)
                .values(lease_owner=None, lease_until=None)
            )

    def set_stop_reason(self, bond: str, reason: str | None) -> None:
        """Note why a bond cannot work, or that it can again."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond).values(stopped=reason))

    def mapping_digest(self, bond: str) -> str:
        """Return the digest of the mapping that the bond last ran with."""
        with self.db.read() as connection:
            found = connection.execute(select(_B.mapping_digest).where(_B.bond == bond)).scalar_one_or_none()
        return found or ""

    def set_mapping_digest(self, bond: str, digest: str) -> None:
        """Note the mapping that the bond runs with."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond).values(mapping_digest=digest))

    # -- runs ---------------------------------------------------------------------------------------------

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
            rows = connection.execute(
                select(RUN).where(RUN.c.bond == bond).order_by(RUN.c.id.desc()).limit(limit)
            ).all()
        return [
            RunSummary(
                row.id, row.kind, row.status, from_micros(row.started), from_micros(row.finished), row.books, row.calls,
                row.error,
            )
            for row in rows
        ]  # fmt: skip

    # -- the journal --------------------------------------------------------------------------------------

    def append(self, bond: str, run_id: int | None, entries: Iterable[Entry], *, now: datetime) -> None:
        """Add lines to the journal."""
        with self.db.write() as connection:
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def read_journal(
        self, bond: str, *, record_id: str | None = None, link_id: int | None = None, limit: int = 100
    ) -> list[Mapping[str, Any]]:
        """Return lines of the journal, newest first; of one record or link where given."""
        table = JOURNAL.c
        wanted = select(JOURNAL).where(table.bond == bond).order_by(table.id.desc()).limit(limit)
        if record_id is not None:
            ids = select(LINK.c.id).where(
                LINK.c.bond == bond, or_(LINK.c.left_id == record_id, LINK.c.right_id == record_id)
            )
            wanted = wanted.where(or_(table.record_id == record_id, table.link_id.in_(ids)))
        if link_id is not None:
            wanted = wanted.where(table.link_id == link_id)
        with self.db.read() as connection:
            return [{**row._mapping, "at": from_micros(row.at)} for row in connection.execute(wanted)]

    # -- status -------------------------------------------------------------------------------------------

    def summary(self, bond: str) -> BondSummary:
        """Return a bond's state in numbers."""
        runs = self.recent(bond)
        counts = {
            "links": select(func.count()).select_from(LINK).where(LINK.c.bond == bond),
            "dirty": select(func.count()).select_from(LINK).where(LINK.c.bond == bond, LINK.c.mark > LINK.c.done),
            "conflicts": _holds_of(bond, "conflict"),
            "parked_fields": _holds_of(bond, "parked"),
            "parked_links": select(func.count())
            .select_from(LINK)
            .where(LINK.c.bond == bond, LINK.c.parked.is_not(None)),
            "held_records": select(func.count())
            .select_from(RECORD)
            .where(RECORD.c.bond == bond, and_(RECORD.c.held.is_not(None), RECORD.c.link_id.is_(None))),
            "open_creates": select(func.count()).select_from(INTENT).where(INTENT.c.bond == bond),
            "gone": select(func.count())
            .select_from(RECORD)
            .where(RECORD.c.bond == bond, RECORD.c.gone.is_(True), RECORD.c.link_id.is_not(None)),
        }
        with self.db.read() as connection:
            numbers = {name: int(connection.execute(query).scalar_one()) for name, query in counts.items()}
            floors = connection.execute(select(WATERMARK.c.side, WATERMARK.c.floor).where(WATERMARK.c.bond == bond))
            floor_of = {side: from_micros(floor) for side, floor in floors}
            state = connection.execute(select(_B.paused, _B.stopped).where(_B.bond == bond)).one_or_none()
            ok = connection.execute(
                select(func.max(RUN.c.finished)).where(RUN.c.bond == bond, RUN.c.status == "ok")
            ).scalar_one_or_none()
        return BondSummary(
            **numbers,
            floors=floor_of,
            paused=bool(state and state.paused),
            stopped=state.stopped if state else None,
            last=runs[0] if runs else None,
            last_ok=from_micros(ok),
        )

    def held(self, bond: str, *, limit: int = 100) -> list[Mapping[str, Any]]:
        """Return what waits for a human: held fields, parked links, held records, with their reasons."""
        fields = (
            select(LINK.c.left_id, LINK.c.right_id, HOLD.c.field, HOLD.c.kind, HOLD.c.reason, HOLD.c.since)
            .join(LINK, LINK.c.id == HOLD.c.link_id)
            .where(HOLD.c.bond == bond)
            .order_by(HOLD.c.since)
            .limit(limit)
        )
        links = (
            select(LINK.c.left_id, LINK.c.right_id, LINK.c.parked)
            .where(LINK.c.bond == bond, LINK.c.parked.is_not(None))
            .limit(limit)
        )
        records = (
            select(RECORD.c.side, RECORD.c.id, RECORD.c.held)
            .where(RECORD.c.bond == bond, RECORD.c.held.is_not(None), RECORD.c.link_id.is_(None))
            .limit(limit)
        )
        with self.db.read() as connection:
            found: list[Mapping[str, Any]] = [
                {"what": row.kind, "left": row.left_id, "right": row.right_id, "field": row.field,
                 "reason": row.reason, "since": from_micros(row.since)}
                for row in connection.execute(fields)
            ]  # fmt: skip
            found += [
                {
                    "what": "link",
                    "left": row.left_id,
                    "right": row.right_id,
                    "field": None,
                    "reason": row.parked,
                }
                for row in connection.execute(links)
            ]
            found += [
                {"what": "record", row.side: row.id, "field": None, "reason": row.held}
                for row in connection.execute(records)
            ]
        return found

    # -- small things -------------------------------------------------------------------------------------

    def get(self, key: str) -> Any:
        """Return a kept value, or None."""
        with self.db.read() as connection:
            return connection.execute(select(KEPT.c.value).where(KEPT.c.key == key)).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        """Keep a small JSON value."""
        with self.db.write() as connection:
            upsert(connection, KEPT, [{"key": key, "value": value}])


def _holds_of(bond: str, kind: str) -> Any:
    return select(func.count()).select_from(HOLD).where(HOLD.c.bond == bond, HOLD.c.kind == kind)
