"""Links: a left record bound to a right one, and what planning needs of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, union_all, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from ebond.errors import StoreError
from ebond.state import Entry, Hold, LinkState, Origin, RecordState, Side
from ebond.store.awaiting import rename_awaited, wake
from ebond.store.database import Database
from ebond.store.holds import holds_of
from ebond.store.journal import write_entries
from ebond.store.sqlkit import COMMENT, FILE, LINK, MATCH_KEY, RECORD, chunks, from_micros, to_micros
from ebond.store.unconfirmed import unconfirmed_of

_L = LINK.c


_SIDE_COLUMNS = ("version", "updated", "view", "digest", "gone", "origin")
#: What planning needs of the link itself.
LINK_COLUMNS: Final = (
    _L.id, _L.left_id, _L.right_id, _L.mark, _L.base_left, _L.base_right, _L.unconfirmed_left, _L.unconfirmed_right,
    _L.flips, _L.attempts, _L.fence,
)  # fmt: skip
_ONE: Final[Select[Any]] = select(*LINK_COLUMNS).where(_L.bond == bindparam("b"), _L.id == bindparam("link"))


def _records(side: Side) -> Select[Any]:
    here = (RECORD.c.bond == bindparam("b"), RECORD.c.side == side.value)
    wanted = select(RECORD.c.side, RECORD.c.id, *(RECORD.c[name] for name in _SIDE_COLUMNS))
    return wanted.where(*here, RECORD.c.id.in_(bindparam(f"{side}_ids", expanding=True)))


#: By primary key, and no join: where PostgreSQL has no statistics yet, as in a first load, it joins all records of one
#: side with all of the other before it looks for the links that are meant.
_RECORDS: Final = union_all(*map(_records, Side))


_INSERT = insert(LINK).returning(_L.id)
_TIE = (
    update(RECORD)
    .where(RECORD.c.bond == bindparam("b"), RECORD.c.side == bindparam("s"), RECORD.c.id == bindparam("i"))
    .values(link_id=bindparam("link"), held=None)
)
_NO_KEYS = delete(MATCH_KEY).where(
    MATCH_KEY.c.bond == bindparam("b"), MATCH_KEY.c.side == bindparam("s"), MATCH_KEY.c.record_id == bindparam("i")
)


class Links:
    """The part of the store that finds links."""

    db: Database

    def link(self, bond: str, link_id: int) -> LinkState | None:
        """Return one link."""
        with self.db.read() as connection:
            rows = connection.execute(_ONE, {"b": bond, "link": link_id}).all()
            return next(iter(whole(connection, bond, rows)), None)

    def links_of(self, bond: str) -> list[tuple[str, str]]:
        """Return (left id, right id) of every link of a bond."""
        with self.db.read() as connection:
            rows = connection.execute(select(_L.left_id, _L.right_id).where(_L.bond == bond).order_by(_L.id))
            return [(row.left_id, row.right_id) for row in rows]

    def link_of(self, bond: str, side: Side, record_id: str) -> int | None:
        """Return the link that holds a record."""
        column = _L.left_id if side is Side.LEFT else _L.right_id
        with self.db.read() as connection:
            return connection.execute(select(_L.id).where(_L.bond == bond, column == record_id)).scalar_one_or_none()

    def rekey(self, bond: str, side: Side, old_id: str, new_id: str, *, run_id: int, now: datetime) -> bool:
        """Follow a record that goes by another id now; False where that id belongs to another link."""
        column = _L.left_id if side is Side.LEFT else _L.right_id
        here = (RECORD.c.bond == bond, RECORD.c.side == side.value)
        with self.db.write() as connection:
            if connection.execute(select(_L.id).where(_L.bond == bond, column == new_id)).first():
                return False
            connection.execute(delete(RECORD).where(*here, RECORD.c.id == new_id))
            connection.execute(update(RECORD).where(*here, RECORD.c.id == old_id).values(id=new_id))
            connection.execute(update(LINK).where(_L.bond == bond, column == old_id).values({column: new_id}))
            for table in (COMMENT, FILE):
                theirs = (table.c.bond == bond, table.c.side == side.value, table.c.record_id == old_id)
                connection.execute(update(table).where(*theirs).values(record_id=new_id))
            rename_awaited(connection, bond, side, old_id, new_id)
            entry = Entry("rekeyed", side=side, record_id=new_id, detail={"from": old_id})
            write_entries(connection, bond, run_id, [entry], to_micros(now))
        return True


def whole(connection: Connection, bond: str, rows: Sequence[Row[Any]]) -> list[LinkState]:
    """Return links, oldest first, with all that planning needs; ``rows`` have the columns of the links themselves."""
    records: dict[tuple[str, str], Row[Any]] = {}
    for some in chunks(rows):
        ids = {"left_ids": [row.left_id for row in some], "right_ids": [row.right_id for row in some]}
        found = connection.execute(_RECORDS, {"b": bond, **ids})
        records.update(((row.side, row.id), row) for row in found)
    holds = holds_of(connection, [row.id for row in rows])
    in_order = sorted(rows, key=lambda row: int(row.id))
    return [
        _link(bond, row, records["left", row.left_id], records["right", row.right_id], holds.get(row.id, {}))
        for row in in_order
    ]


def _link(bond: str, row: Row[Any], left: Row[Any], right: Row[Any], holds: Mapping[str, Hold]) -> LinkState:
    return LinkState(
        id=row.id,
        bond=bond,
        left=_side(left, row.base_left, row.unconfirmed_left),
        right=_side(right, row.base_right, row.unconfirmed_right),
        mark=row.mark,
        holds=holds,
        flips={name: tuple((at, print_) for at, print_ in history) for name, history in (row.flips or {}).items()},
        attempts=row.attempts,
        fence=row.fence,
    )


def _side(record: Row[Any], base: Any, unconfirmed: Any) -> RecordState:
    return RecordState(
        id=record.id,
        version=record.version,
        updated=from_micros(record.updated),
        view=record.view,
        digest=record.digest,
        base=base,
        unconfirmed=unconfirmed_of(unconfirmed),
        gone=record.gone,
        origin=Origin(record.origin),
    )


def insert_link(
    connection: Connection, bond: str, left_id: str, right_id: str, *, done: int, awaited: bool = False, **columns: Any
) -> int:
    """Make a link and tie both records to it; the caller knows that neither has one.

    What waits for either of them goes on, where it may be ``awaited``.
    """
    values = {"bond": bond, "left_id": left_id, "right_id": right_id, "mark": 1, "done": done, "attempts": 0}
    try:
        link_id = int(connection.execute(_INSERT, {**values, **columns}).scalar_one())
    except IntegrityError:
        # The caller has looked; on PostgreSQL another process may have been quicker.
        raise AlreadyLinked(f"record {left_id} or {right_id} belongs to another link") from None
    both = [{"b": bond, "s": side.value, "i": one} for side, one in zip(Side, (left_id, right_id), strict=True)]
    connection.execute(_TIE, [{**one, "link": link_id} for one in both])
    connection.execute(_NO_KEYS, both)
    if awaited:
        wake(connection, bond, {Side.LEFT: left_id, Side.RIGHT: right_id})
    return link_id


class AlreadyLinked(StoreError):
    """The record belongs to another link already."""
