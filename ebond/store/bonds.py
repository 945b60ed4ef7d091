"""What is true of a bond between its runs."""

from __future__ import annotations

from sqlalchemy import select, update

from ebond.store.database import Database
from ebond.store.sqlkit import BOND, insert_missing

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

    def set_paused(self, bond: str, *, paused: bool) -> None:
        """Pause a bond, or let it go on; a run that is under way stops before its next write."""
        with self.db.write() as connection:
            insert_missing(connection, BOND, {"bond": bond, "fence": 0, "paused": paused, "mapping_digest": ""})
            connection.execute(update(BOND).where(_B.bond == bond).values(paused=paused))

    def is_paused(self, bond: str) -> bool:
        """Tell whether an operator has paused a bond."""
        with self.db.read() as connection:
            return bool(connection.execute(select(_B.paused).where(_B.bond == bond)).scalar_one_or_none())
