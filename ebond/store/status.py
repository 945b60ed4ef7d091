"""A bond's state in numbers, and what waits for a human."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from ebond.children import Carriage
from ebond.departure import DepartureState
from ebond.parting import PartingState
from ebond.state import PARKED
from ebond.store.database import Database
from ebond.store.holds import ABOUT
from ebond.store.partings import ended
from ebond.store.runs import RunSummary, recent_runs
from ebond.store.sqlkit import (
    BOND,
    COMMENT,
    DECISION,
    DEPARTURE,
    FILE,
    HOLD,
    INTENT,
    LINK,
    PARTING,
    RECORD,
    RUN,
    WATERMARK,
    from_micros,
)


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
    """Records whose deletion has not been followed to its end."""
    fused: int
    """Deletions that somebody has to approve."""
    floors: Mapping[str, datetime | None]
    """How far each side's feed has been read, by side."""
    paused: bool
    stopped: str | None
    last: RunSummary | None
    last_ok: datetime | None
    """When the last run that succeeded was finished."""
    held_comments: int = 0
    held_files: int = 0
    departed: int = 0
    """Records out of scope that the other side was told of, or is to be."""
    untold: int = 0
    """Those of them that the other side did not take."""
    waiting_fields: int = 0
    """Fields that go on when another record is bonded."""


class Status:
    """The part of the store that shows how things stand."""

    db: Database

    def summary(self, bond: str) -> BondSummary:
        """Return a bond's state in numbers."""
        with self.db.read() as connection:
            runs = recent_runs(connection, bond, limit=1)
            numbers = {name: _count(connection, table, *where) for name, (table, where) in _counted(bond).items()}
            floors = connection.execute(select(WATERMARK.c.side, WATERMARK.c.floor).where(WATERMARK.c.bond == bond))
            floor_of = {side: from_micros(floor) for side, floor in floors}
            state = connection.execute(select(BOND.c.paused, BOND.c.stopped).where(BOND.c.bond == bond)).one_or_none()
            last_ok = _last_ok(connection, bond)
        return BondSummary(
            **numbers,
            floors=floor_of,
            paused=bool(state and state.paused),
            stopped=state.stopped if state else None,
            last=runs[0] if runs else None,
            last_ok=last_ok,
        )

    def held(self, bond: str, *, limit: int = 100) -> list[Mapping[str, Any]]:
        """Return what waits for a human, with its reason: held fields, records, comments and files, parked links."""
        fields = (
            select(LINK.c.left_id, LINK.c.right_id, HOLD.c.field, HOLD.c.kind, HOLD.c.reason, HOLD.c.since)
            .add_columns(DECISION.c.take, DECISION.c.by)
            .join(LINK, LINK.c.id == HOLD.c.link_id)
            .outerjoin(DECISION, ABOUT)
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
        said = COMMENT.c
        comments = (
            select(said.side, said.record_id, said.id, said.reason)
            .where(said.bond == bond, said.state == Carriage.HELD.value)
            .limit(limit)
        )
        files = (
            select(FILE.c.side, FILE.c.record_id, FILE.c.id, FILE.c.file, FILE.c.reason)
            .where(FILE.c.bond == bond, FILE.c.state == Carriage.HELD.value)
            .limit(limit)
        )
        with self.db.read() as connection:
            found: list[Mapping[str, Any]] = [
                {"what": row.kind, "left": row.left_id, "right": row.right_id, "field": row.field,
                 "reason": row.reason, "since": from_micros(row.since), "take": row.take, "by": row.by}
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
            found += [
                {"what": "comment", row.side: row.record_id, "comment": row.id, "field": None, "reason": row.reason}
                for row in connection.execute(comments)
            ]
            found += [
                {
                    "what": "file",
                    row.side: row.record_id,
                    "file": row.id,
                    "name": row.file["name"],
                    "field": None,
                    "reason": row.reason,
                }
                for row in connection.execute(files)
            ]
        return found


def _counted(bond: str) -> dict[str, tuple[Table, tuple[ColumnElement[bool], ...]]]:
    """Say what is counted for a summary: which rows of which table."""
    link, hold, record = LINK.c, HOLD.c, RECORD.c
    return {
        "links": (LINK, (link.bond == bond,)),
        "dirty": (LINK, (link.bond == bond, link.mark > link.done)),
        "conflicts": (HOLD, (hold.bond == bond, hold.kind == "conflict")),
        "parked_fields": (HOLD, (hold.bond == bond, hold.kind.in_(PARKED))),
        "waiting_fields": (HOLD, (hold.bond == bond, hold.kind == "waiting")),
        "parked_links": (LINK, (link.bond == bond, link.parked.is_not(None))),
        "held_records": (RECORD, (record.bond == bond, record.held.is_not(None), record.link_id.is_(None))),
        "open_creates": (INTENT, (INTENT.c.bond == bond,)),
        "held_comments": (COMMENT, (COMMENT.c.bond == bond, COMMENT.c.state == Carriage.HELD.value)),
        "held_files": (FILE, (FILE.c.bond == bond, FILE.c.state == Carriage.HELD.value)),
        "gone": (
            RECORD,
            (record.bond == bond, record.gone.is_(True), record.link_id.is_not(None), ~ended(record.link_id)),
        ),
        "departed": (DEPARTURE, (DEPARTURE.c.bond == bond,)),
        "untold": (DEPARTURE, (DEPARTURE.c.bond == bond, DEPARTURE.c.state == DepartureState.HELD.value)),
        "fused": (PARTING, (PARTING.c.bond == bond, PARTING.c.state == PartingState.FUSED.value)),
    }


def _count(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def _last_ok(connection: Connection, bond: str) -> datetime | None:
    # The newest that succeeded, found from the end: the table of runs only grows.
    ok = select(RUN.c.finished).where(RUN.c.bond == bond, RUN.c.status == "ok").order_by(RUN.c.id.desc()).limit(1)
    return from_micros(connection.execute(ok).scalar_one_or_none())
