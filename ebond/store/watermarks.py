"""How far each side's feed has been read."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ebond.state import Side, Watermark
from ebond.store.database import Database
from ebond.store.sqlkit import WATERMARK, from_micros, to_micros, upsert


class Watermarks:
    """The part of the store that remembers how far feeds have been read."""

    db: Database

    def watermark(self, bond: str, side: Side, *, feed: str = "") -> Watermark | None:
        """Return how far a side's feed has been read: that of its records, or another one by its name."""
        table = WATERMARK.c
        with self.db.read() as connection:
            row = connection.execute(
                select(table.key, table.floor, table.swept_at, table.count).where(
                    table.bond == bond, table.side == side.value + feed
                )
            ).one_or_none()
        return row and Watermark(row.key, from_micros(row.floor), from_micros(row.swept_at), row[3])


def store_watermark(connection: Connection, bond: str, side: Side, mark: Watermark, *, feed: str = "") -> None:
    """Store how far a feed has been read, in the transaction of its last page."""
    row = {
        "bond": bond,
        "side": side.value + feed,
        "key": mark.key,
        "floor": to_micros(mark.floor),
        "swept_at": to_micros(mark.swept_at),
        "count": mark.count,
    }
    upsert(connection, WATERMARK, [row])
