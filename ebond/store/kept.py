"""Small things that outlive a process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ebond.store.database import Database
from ebond.store.sqlkit import KEPT, upsert


class Kept:
    """The part of the store that keeps small values."""

    db: Database

    def get(self, key: str) -> Any:
        """Return a kept value, or None."""
        with self.db.read() as connection:
            return connection.execute(select(KEPT.c.value).where(KEPT.c.key == key)).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        """Keep a small JSON value."""
        with self.db.write() as connection:
            upsert(connection, KEPT, [{"key": key, "value": value}])
