"""The journal: append-only, names and digests, never values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, func, insert, or_, select

from ebond.state import Done, Entry, Side
from ebond.store.database import Database
from ebond.store.sqlkit import JOURNAL, LINK, from_micros, to_micros

_ADD = insert(JOURNAL)
#: What a run does to the systems, by the events that tell of it.
_DOINGS: Final = ("created", "written", "commented", "attached")


class Journal:
    """The part of the store that the journal uses."""

    db: Database

    def append(self, bond: str, run_id: int | None, entries: Iterable[Entry], *, now: datetime) -> None:
        """Add lines to the journal."""
        with self.db.write() as connection:
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def read_journal(
        self,
        bond: str,
        *,
        record_id: str | None = None,
        side: Side | None = None,
        link_id: int | None = None,
        limit: int = 100,
    ) -> list[Mapping[str, Any]]:
        """Return lines of the journal, newest first; of one link, or of a record and its link, where given.

        Without ``side`` an id means the records of both sides that go by it.
        """
        table = JOURNAL.c
        wanted = select(JOURNAL).where(table.bond == bond).order_by(table.id.desc()).limit(limit)
        if link_id is not None:
            wanted = wanted.where(table.link_id == link_id)
        with self.db.read() as connection:
            if record_id is not None:
                sides = (side,) if side else tuple(Side)
                mine = and_(table.record_id == record_id, table.side.in_([one.value for one in sides]))
                # Links as numbers, not as a question within: for that one the whole journal would be read.
                links = connection.execute(_links_with(bond, record_id, sides)).scalars().all()
                wanted = wanted.where(or_(mine, table.link_id.in_(links)))
            return [{**row._mapping, "at": from_micros(row.at)} for row in connection.execute(wanted)]

    def last_line(self) -> int:
        """Return the id of the journal's last line; 0 where it is empty."""
        with self.db.read() as connection:
            return connection.execute(select(func.max(JOURNAL.c.id))).scalar() or 0

    def done(self, bond: str, run_id: int, *, after: int) -> Done:
        """Count what a run did, whichever process did it, from the lines ``after`` one from before the run."""
        line = JOURNAL.c
        # By id: no index leads to a run's lines, and the whole journal is long.
        own = and_(line.id > after, line.bond == bond, line.run_id == run_id)
        with self.db.read() as connection:
            events = select(line.event, func.count()).where(own, line.event.in_(_DOINGS)).group_by(line.event)
            counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(events)}
            written = select(line.link_id, line.side).where(own, line.event == "written").distinct().subquery()
            updated = connection.execute(select(func.count()).select_from(written)).scalar_one()
            creates = _creates().where(own).subquery()
            fresh = connection.execute(select(func.count()).select_from(creates)).scalar_one()
        created = counts.get("created", 0)
        return Done(
            created=created,
            begun_before=created - fresh,
            updated=updated,
            fields=counts.get("written", 0),
            comments=counts.get("commented", 0),
            files=counts.get("attached", 0),
        )


def _creates() -> Select[Any]:
    """Select the records whose create was begun and made by the same lines."""
    line = JOURNAL.c
    begun, made = (func.sum(case((line.event == event, 1), else_=0)) for event in ("intended", "created"))
    records = select(line.side, line.record_id).where(line.event.in_(("intended", "created")))
    return records.group_by(line.side, line.record_id).having(begun > 0, made > 0)


def _links_with(bond: str, record_id: str, sides: Iterable[Side]) -> Select[Any]:
    here = [(LINK.c.left_id if one is Side.LEFT else LINK.c.right_id) == record_id for one in sides]
    return select(LINK.c.id).where(LINK.c.bond == bond, or_(*here))


def write_entries(
    connection: Connection, bond: str, run_id: int | None, entries: Iterable[Entry], at: int | None
) -> None:
    """Append lines to the journal."""
    rows = [
        {
            "at": at,
            "bond": bond,
            "run_id": run_id,
            "link_id": entry.link_id,
            "side": entry.side,
            "record_id": entry.record_id,
            "field": entry.field,
            "event": entry.event,
            "detail": dict(entry.detail),
        }
        for entry in entries
    ]
    if rows:
        connection.execute(_ADD, rows)
