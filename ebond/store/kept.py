"""Small things that outlive a process."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ebond.store.database import Database
from ebond.store.sqlkit import KEPT, insert_missing, to_micros, upsert

_VALUE = select(KEPT.c.value).where(KEPT.c.key == bindparam("wanted"))


class Kept:
    """The part of the store that keeps small values."""

    db: Database

    def get(self, key: str) -> Any:
        """Return a kept value, or None."""
        with self.db.ask() as connection:
            return connection.execute(_VALUE, {"wanted": key}).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        """Keep a small JSON value."""
        with self.db.write() as connection:
            upsert(connection, KEPT, [{"key": key, "value": value}])

    def take_turn(self, key: str, *, now: datetime, until: datetime) -> bool:
        """Is it anybody's turn? True for one caller only, whose it is ``until`` then or ``end_turn``."""
        with self.db.write() as connection:
            insert_missing(connection, KEPT, {"key": key, "value": 0})
            free_at = connection.execute(_VALUE.with_for_update(), {"wanted": key}).scalar_one()
            if free_at > (to_micros(now) or 0):
                return False
            connection.execute(update(KEPT).where(KEPT.c.key == key).values(value=to_micros(until)))
            return True

    def end_turn(self, key: str) -> None:
        """Let others have their turn."""
        self.put(key, 0)


def keep_flag(connection: Connection, key: str, *, is_set: bool) -> None:
    """Keep a flag, if it is another than before; one that was never kept is not set."""
    if bool(connection.execute(_VALUE, {"wanted": key}).scalar_one_or_none()) != is_set:
        upsert(connection, KEPT, [{"key": key, "value": is_set}])
