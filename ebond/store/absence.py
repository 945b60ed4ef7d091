"""Records that are doubted, missing or gone: absence is never taken for deletion at once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import JSON, Connection, exists, func, or_, select, text, update

from ebond.state import Entry, Fate, Origin, Side
from ebond.store.database import Database
from ebond.store.fates import decide_fate
from ebond.store.journal import write_entries
from ebond.store.sqlkit import LINK, RECORD, chunks, to_micros

_R = RECORD.c


#: Written out and not bound: only so can the databases tell that the index ix_record_unsure will do.
_UNSURE: Final = text("record.origin IN ('assumed', 'stub')")
#: Mark of a record that full scans no longer show; it was read by id when it vanished from them.
ABSENT: Final = 0
_BATCH: Final = 2000


class Absence:
    """The part of the store that looks after records nobody has seen lately."""

    db: Database

    def count(self, bond: str, side: Side) -> int:
        """Count the records of a side that are there and in scope, and shown since it began afresh."""
        with self.db.read() as connection:
            found = connection.execute(
                select(func.count()).where(
                    _R.bond == bond, _R.side == side.value, _R.gone.is_(False), _R.in_scope.is_(True), _R.digest != b""
                )
            )
            return int(found.scalar_one())

    def doubt_absent(self, bond: str, side: Side, shown: Container[str]) -> None:
        """Have the records read by id that a full scan did not show, once for each disappearance."""
        absent: list[str] = []
        with self.db.read() as connection:
            for batch in _batches(connection, bond, side):
                absent += [record_id for record_id in batch if record_id not in shown]
        if not absent:
            return
        with self.db.write() as connection:
            for some in chunks(absent):
                connection.execute(
                    update(RECORD)
                    .where(_R.bond == bond, _R.side == side.value, _R.id.in_(some), _R.gone.is_(False))
                    .where(_R.origin != Origin.ASSUMED.value, _R.sweep.is_distinct_from(ABSENT))
                    .values(origin=Origin.STUB.value, sweep=ABSENT)
                )

    def to_read(self, bond: str, side: Side, *, now: datetime, after_id: str, limit: int) -> list[str]:
        """Return the records that a read by id has to tell of: stubs, and what we wrote and were not shown.

        Those that are set aside, or whose link is parked or waits, are left alone.
        """
        idle = exists().where(LINK.c.id == _R.link_id, or_(LINK.c.parked.is_not(None), LINK.c.due_at > to_micros(now)))
        wanted = (
            select(_R.id)
            .where(_R.bond == bond, _R.side == side.value, _R.id > after_id)
            .where(_UNSURE)
            .where(_R.held.is_(None), ~idle)
            .order_by(_R.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [row[0] for row in connection.execute(wanted)]

    def note_missing(
        self, bond: str, side: Side, record_id: str, *, run_id: int, gone: bool, entries: Iterable[Entry], now: datetime
    ) -> None:
        """Note that a read by id did not find a record: the first time it is doubted, with ``gone`` it is deleted."""
        here = (_R.bond == bond, _R.side == side.value, _R.id == record_id)
        with self.db.write() as connection:
            connection.execute(
                update(RECORD)
                .where(*here)
                .values(missing=True, gone=gone, origin=(Origin.READ if gone else Origin.STUB).value)
            )
            decide_fate(connection, bond, side, record_id, run_id, Fate.DELETED if gone else Fate.HELD)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def some_present(self, bond: str, side: Side) -> str | None:
        """Return the id of a linked record that was there when it was last looked at."""
        with self.db.read() as connection:
            return connection.execute(
                select(_R.id)
                .where(_R.bond == bond, _R.side == side.value, _R.link_id.is_not(None))
                .where(_R.gone.is_(False), _R.missing.is_(False))
                .order_by(_R.id.desc())
                .limit(1)
            ).scalar_one_or_none()


def _batches(connection: Connection, bond: str, side: Side) -> Iterator[list[str]]:
    """Yield the ids of a side's records, many in one value: to fetch rows costs several times what they are."""
    after = ""
    while after is not None:
        some = (
            select(_R.id)
            .where(_R.bond == bond, _R.side == side.value, _R.id > after)
            .order_by(_R.id)
            .limit(_BATCH)
            .subquery()
        )
        whole = func.json_group_array if connection.dialect.name == "sqlite" else func.json_agg
        ids, after = connection.execute(select(whole(some.c.id, type_=JSON), func.max(some.c.id))).one()
        yield ids or []


def note_returned(connection: Connection, bond: str, side: Side, ids: Sequence[str]) -> None:
    """Note that records are shown, which full scans did not show before: they may vanish once more."""
    for some in chunks(ids):
        connection.execute(
            update(RECORD)
            .where(_R.bond == bond, _R.side == side.value, _R.id.in_(some), _R.sweep == ABSENT)
            .values(sweep=None)
        )
