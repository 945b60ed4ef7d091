"""What is true of a bond between its runs."""

from __future__ import annotations

from sqlalchemy import select, update

from ebond.store.database import Database
from ebond.store.sqlkit import BOND

_B = BOND.c


class Bonds:
    """The part of the store that remembers bonds."""

    db: Database

    def set_stop_reason(self, bond: str, reason: str | None) -> None:
        """Note why a bond cannot work, or that it can again."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond).values(stopped=reason))

    def mapping_digest(self, bond: str) -> str:
        """Return the digest of the mapping that the bond last ran with."""
        with self.db.read() as connection:
            found = connection.execute(select(_B.mapping_digest).where(_B.bond == bond)).scalar_one_or_none()
        return found or ""

    def set_mapping_digest(self, bond: str, digest: str) -> None:
        """Note the mapping that the bond runs with."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond).values(mapping_digest=digest))
