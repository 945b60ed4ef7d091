"""Comments and files of a link: what a side showed, what is on its way, and which is whose copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, and_, or_, select, update
from sqlalchemy.engine import Row

from ebond.children import IN_DOUBT, Carriage, Child
from ebond.state import Entry, Side
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.sqlkit import LINK, chunks, from_micros, to_micros, upsert

C = TypeVar("C", bound=Child)
_L = LINK.c


@dataclass(frozen=True, slots=True)
class ChildTable(Generic[C]):
    """Where children of one kind are kept, and how."""

    table: Table
    read: str
    """Begins the names of the columns of a link that say up to where its records' children were read."""
    row: Callable[[str, C], dict[str, Any]]
    """Make a bond's row of a child."""
    state: Callable[[Row[Any]], C]
    """Make a child of its row."""


@dataclass(frozen=True, slots=True)
class Known(Generic[C]):
    """What is known of one kind of a link's children: those of both records, and up to where each was read."""

    all: tuple[C, ...]
    read: Mapping[Side, str | None]

    def of(self, side: Side) -> tuple[C, ...]:
        """Return a side's own, in their order."""
        return tuple(one for one in self.all if one.side is side)


class Children:
    """The part of the store that keeps what is known of comments and files."""

    db: Database

    def children(self, kept: ChildTable[C], bond: str, link_id: int) -> Known[C]:
        """Return what is known of one kind of a link's children."""
        table, c = kept.table, kept.table.c
        wanted = select(_L.left_id, _L.right_id, _L[f"{kept.read}_left"], _L[f"{kept.read}_right"])
        with self.db.read() as connection:
            left, right, read_left, read_right = connection.execute(wanted.where(_L.id == link_id)).one()
            theirs = or_(
                and_(c.side == Side.LEFT.value, c.record_id == left),
                and_(c.side == Side.RIGHT.value, c.record_id == right),
            )
            in_order = (c.side, c.place, c.id)
            rows = connection.execute(select(table).where(c.bond == bond, theirs).order_by(*in_order)).all()
        return Known(tuple(kept.state(row) for row in rows), {Side.LEFT: read_left, Side.RIGHT: read_right})

    def note_children(
        self,
        kept: ChildTable[C],
        bond: str,
        link_id: int,
        children: Sequence[C],
        *,
        fence: int,
        run_id: int,
        now: datetime,
        read: Mapping[Side, str] | None = None,
        again: bool = False,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what became of a link's children, and up to where they were read: one transaction.

        ``again`` leaves the link dirty. Raises LeaseLost where another worker has it by now.
        """
        values: dict[str, Any] = {f"{kept.read}_{side}": mark for side, mark in (read or {}).items()}
        values["mark"] = _L.mark + (1 if again else 0)
        # What is about to be sent must outlive a power cut, or it would be sent again.
        sending = any(one.state in IN_DOUBT for one in children)
        with self.db.write(durable=sending) as connection:
            held = connection.execute(update(LINK).where(_L.id == link_id, _L.fence == fence).values(values))
            if held.rowcount != 1:
                raise taken_over(link_id)
            upsert(connection, kept.table, [kept.row(bond, one) for one in children])
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def touch_under_way(self, kept: ChildTable[C], bond: str) -> None:
        """Mark the links dirty that have children on their way, where a crash left them clean."""
        c = kept.table.c
        states = [one.value for one in (Carriage.WAITING, Carriage.OPEN, Carriage.UNKNOWN)]
        for side, column in ((Side.LEFT, _L.left_id), (Side.RIGHT, _L.right_id)):
            wanted = select(c.record_id).where(c.bond == bond, c.state.in_(states), c.side == side.value)
            with self.db.read() as connection:
                records = sorted(set(connection.execute(wanted).scalars()))
            for some in chunks(records):
                with self.db.write() as connection:
                    clean = (_L.bond == bond, column.in_(some), _L.mark <= _L.done)
                    connection.execute(update(LINK).where(*clean).values(mark=_L.mark + 1))


def child_row(bond: str, one: Child) -> dict[str, Any]:
    """Return the columns that all children have."""
    return {
        "bond": bond,
        "side": one.side.value,
        "record_id": one.record_id,
        "id": one.id,
        "state": one.state.value,
        "own": one.own,
        "partner": one.partner,
        "about": one.about,
        "sync_id": one.sync_id,
        "once_url": one.once_url,
        "run_id": one.run_id,
        "at": to_micros(one.at),
        "place": one.order,
        "reason": one.reason,
    }


def child_values(row: Row[Any]) -> dict[str, Any]:
    """Return the values of a child that a row's common columns hold."""
    return {
        "side": Side(row.side),
        "record_id": row.record_id,
        "id": row.id,
        "state": Carriage(row.state),
        "own": row.own,
        "partner": row.partner,
        "about": row.about,
        "sync_id": row.sync_id,
        "once_url": row.once_url,
        "run_id": row.run_id,
        "at": from_micros(row.at),
        "order": row.place,
        "reason": row.reason,
    }
