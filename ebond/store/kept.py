"""Small things that outlive a process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from ebond.store.database import Database
from ebond.store.sqlkit import KEPT, upsert

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


def keep_flag(connection: Connection, key: str, *, is_set: bool) -> None:
    """Keep a flag, if it is another than before; one that was never kept is not set."""
    if bool(connection.execute(_VALUE, {"wanted": key}).scalar_one_or_none()) != is_set:
        upsert(connection, KEPT, [{"key": key, "value": is_set}])
