"""Links: a left record bound to a right one, and what planning needs of both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from ebond.errors import StoreError
from ebond.state import Entry, Hold, LinkState, Origin, RecordState, Side, Unconfirmed
from ebond.store.database import Database
from ebond.store.holds import holds_of
from ebond.store.journal import write_entries
from ebond.store.sqlkit import LINK, MATCH_KEY, RECORD, from_micros, to_micros

_L = LINK.c


_LEFT, _RIGHT = RECORD.alias("l"), RECORD.alias("r")


_SIDE_COLUMNS = ("id", "version", "updated", "view", "digest", "gone", "origin")


_LINKS = (
    select(
        _L.id, _L.mark, _L.base_left, _L.base_right, _L.unconfirmed_left, _L.unconfirmed_right, _L.flips, _L.attempts,
        _L.fence,
        *(_LEFT.c[name].label(f"l_{name}") for name in _SIDE_COLUMNS),
        *(_RIGHT.c[name].label(f"r_{name}") for name in _SIDE_COLUMNS),
    )
    .join(_LEFT, and_(_LEFT.c.bond == _L.bond, _LEFT.c.side == "left", _LEFT.c.id == _L.left_id))
    .join(_RIGHT, and_(_RIGHT.c.bond == _L.bond, _RIGHT.c.side == "right", _RIGHT.c.id == _L.right_id))
)  # fmt: skip


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
            return next(iter(links_where(connection, bond, _L.id == link_id)), None)

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
            entry = Entry("rekeyed", side=side, record_id=new_id, detail={"from": old_id})
            write_entries(connection, bond, run_id, [entry], to_micros(now))
        return True


def links_where(connection: Connection, bond: str, condition: ColumnElement[bool]) -> list[LinkState]:
    """Return links of a bond with all that planning needs."""
    rows = connection.execute(_LINKS.where(_L.bond == bond, condition).order_by(_L.id)).all()
    holds = holds_of(connection, [row.id for row in rows])
    return [_link(bond, row, holds.get(row.id, {})) for row in rows]


def _link(bond: str, row: Row[Any], holds: Mapping[str, Hold]) -> LinkState:
    return LinkState(
        id=row.id,
        bond=bond,
        left=_side(row, "l", row.base_left, row.unconfirmed_left),
        right=_side(row, "r", row.base_right, row.unconfirmed_right),
        mark=row.mark,
        holds=holds,
        flips={name: tuple((at, print_) for at, print_ in history) for name, history in (row.flips or {}).items()},
        attempts=row.attempts,
        fence=row.fence,
    )


def _side(row: Row[Any], prefix: str, base: Any, unconfirmed: Any) -> RecordState:
    part = {name: row._mapping[f"{prefix}_{name}"] for name in _SIDE_COLUMNS}
    return RecordState(
        id=part["id"],
        version=part["version"],
        updated=from_micros(part["updated"]),
        view=part["view"],
        digest=part["digest"],
        base=base,
        unconfirmed={name: Unconfirmed(*values) for name, values in (unconfirmed or {}).items()},
        gone=part["gone"],
        origin=Origin(part["origin"]),
    )


def insert_link(connection: Connection, bond: str, left_id: str, right_id: str, *, done: int, **columns: Any) -> int:
    """Make a link and tie both records to it; the caller knows that neither has one."""
    values = {"bond": bond, "left_id": left_id, "right_id": right_id, "mark": 1, "done": done, "attempts": 0}
    try:
        link_id = int(connection.execute(_INSERT, {**values, **columns}).scalar_one())
    except IntegrityError:
        # The caller has looked; on PostgreSQL another process may have been quicker.
        raise AlreadyLinked(f"record {left_id} or {right_id} belongs to another link") from None
    both = [{"b": bond, "s": side.value, "i": one} for side, one in zip(Side, (left_id, right_id), strict=True)]
    connection.execute(_TIE, [{**one, "link": link_id} for one in both])
    connection.execute(_NO_KEYS, both)
    return link_id


class AlreadyLinked(StoreError):
    """The record belongs to another link already."""
