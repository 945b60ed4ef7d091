"""How partings end, and how they are undone: each in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, update

from ebond.parting import Parting
from ebond.state import Entry, Observation, Origin, Side
from ebond.store.awaiting import forget_waits
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.leases import check_fence
from ebond.store.observations import record_row
from ebond.store.partings import forget_parting, row_of
from ebond.store.sqlkit import COMMENT, DECISION, DEPARTURE, FILE, HOLD, LINK, PARTING, RECORD, to_micros, upsert

_L, _R = LINK.c, RECORD.c


class Farewells:
    """The part of the store that ends links."""

    db: Database

    def end_link(
        self,
        bond: str,
        parting: Parting,
        *,
        mark: int,
        left: tuple[Side, Mapping[str, Any], Observation] | None = None,
        deleted: tuple[Side, str] | None = None,
        run_id: int,
        fence: int | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """End a link: its parting stays as a tombstone, and it is not worked on any more.

        ``left`` is the record that was written to, with its side's new base; ``deleted`` the one that was deleted.
        Raises LeaseLost where the fence has moved on.
        """
        link = parting.link_id
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            if deleted is not None:
                _mark_gone(connection, bond, *deleted)
            base = _shown(connection, bond, left) if left else {}
            settled = {"done": mark, "attempts": 0, "due_at": None, **base}
            connection.execute(update(LINK).where(_L.id == link).values(settled))
            for table in (HOLD, DECISION, DEPARTURE):
                connection.execute(delete(table).where(table.c.link_id == link))
            upsert(connection, PARTING, [row_of(bond, parting)])
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def reopen_link(
        self,
        bond: str,
        link: int,
        *,
        left: tuple[Side, Mapping[str, Any], Observation] | None,
        wanting: tuple[Side, Mapping[str, Any]] | None = None,
        run_id: int,
        fence: int | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Undo a parting: what was set on the record that was left has been put back, and the link goes on.

        ``wanting`` is the base of the other side where something could not be put back.
        """
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            if wanting is not None:
                side, base = wanting
                connection.execute(update(LINK).where(_L.id == link).values({f"base_{side}": dict(base)}))
            if left is not None:
                connection.execute(update(LINK).where(_L.id == link).values(_shown(connection, bond, left)))
            forget_parting(connection, link)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def dissolve_link(
        self,
        bond: str,
        link: int,
        *,
        gone: tuple[Side, str],
        run_id: int,
        fence: int | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Forget a link: the record that came back is a stranger, the other one's tombstone stays."""
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            _mark_gone(connection, bond, *gone)
            forget_links(connection, [link], keep_records=True)
            write_entries(connection, bond, run_id, entries, to_micros(now))


def forget_links(connection: Connection, links: Sequence[int], *, keep_records: bool = False) -> None:
    """Forget links with all that hangs on them; their records go, too, or are strangers afterwards.

    A new partner has none of the comments and files that were carried to the old one.
    """
    for table in (COMMENT, FILE):
        of_them = and_(_R.bond == table.c.bond, _R.side == table.c.side, _R.id == table.c.record_id)
        connection.execute(delete(table).where(exists().where(_R.link_id.in_(links), of_them)))
    forget_waits(connection, links)
    if keep_records:
        connection.execute(update(RECORD).where(_R.link_id.in_(links)).values(link_id=None))
    else:
        connection.execute(delete(RECORD).where(_R.link_id.in_(links)))
    for table in (HOLD, DECISION, PARTING, DEPARTURE):
        connection.execute(delete(table).where(table.c.link_id.in_(links)))
    connection.execute(delete(LINK).where(_L.id.in_(links)))


def _mark_gone(connection: Connection, bond: str, side: Side, record_id: str) -> None:
    connection.execute(
        update(RECORD)
        .where(_R.bond == bond, _R.side == side.value, _R.id == record_id)
        .values(gone=True, missing=True, origin=Origin.READ.value)
    )


def _shown(connection: Connection, bond: str, left: tuple[Side, Mapping[str, Any], Observation]) -> dict[str, Any]:
    """Store what the record that is left looks like, and return the columns of its side's base."""
    side, base, seen = left
    upsert(
        connection,
        RECORD,
        [{**record_row(bond, side, seen), "fate": seen.fate.value}],
        keep=("fate", "in_scope", "gone"),
    )
    return {f"base_{side}": dict(base), f"unconfirmed_{side}": None}
