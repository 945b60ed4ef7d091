"""Who works on a bond: one at a time, with a fence that grows at every taking."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, select, update

from ebond.errors import LeaseLost
from ebond.store.database import Database
from ebond.store.sqlkit import BOND, from_micros, insert_missing, to_micros

_B = BOND.c


# Shared with other commits of the holder, and in the way of a taking until they are done.
_FENCE = select(BOND.c.fence).where(BOND.c.bond == bindparam("b")).with_for_update(read=True)


class Leases:
    """The part of the store that leases use."""

    db: Database

    def acquire(self, bond: str, *, owner: str, now: datetime, ttl: float) -> int | None:
        """Take a bond; return the fence to commit with, or None where another holds it."""
        micros = to_micros(now)
        free = or_(_B.lease_owner.is_(None), _B.lease_until <= micros)
        with self.db.write() as connection:
            insert_missing(connection, BOND, {"bond": bond, "fence": 0, "paused": False, "mapping_digest": ""})
            taken = connection.execute(
                update(BOND)
                .where(_B.bond == bond, free)
                .values(lease_owner=owner, lease_until=to_micros(now + timedelta(seconds=ttl)), fence=_B.fence + 1)
            )
            if taken.rowcount != 1:
                return None
            return int(connection.execute(select(_B.fence).where(_B.bond == bond)).scalar_one())

    def renew(self, bond: str, *, owner: str, fence: int, now: datetime, ttl: float) -> bool:
        """Prolong a lease; False where it is lost."""
        with self.db.write() as connection:
            done = connection.execute(
                update(BOND)
                .where(_B.bond == bond, _B.lease_owner == owner, _B.fence == fence)
                .values(lease_until=to_micros(now + timedelta(seconds=ttl)))
            )
            return done.rowcount == 1

    def lease(self, bond: str) -> tuple[str, datetime] | None:
        """Return who works on a bond, and until when that is certain; None where nobody does."""
        with self.db.read() as connection:
            row = connection.execute(select(_B.lease_owner, _B.lease_until).where(_B.bond == bond)).one_or_none()
        until = from_micros(row.lease_until) if row else None
        return (row.lease_owner, until) if row and row.lease_owner and until else None

    def holder(self, bond: str) -> str | None:
        """Return who holds a bond, or held it last without giving it back."""
        with self.db.read() as connection:
            return connection.execute(select(_B.lease_owner).where(_B.bond == bond)).scalar_one_or_none()

    def evict(self, bond: str, *, owner: str) -> None:
        """Free a bond whose holder is known to be dead."""
        with self.db.write() as connection:
            connection.execute(
                update(BOND).where(_B.bond == bond, _B.lease_owner == owner).values(lease_owner=None, lease_until=None)
            )

    def release(self, bond: str, *, owner: str, fence: int) -> None:
        """Give a bond back; nothing happens where it is another's by now."""
        with self.db.write() as connection:
            connection.execute(
                update(BOND)
                .where(_B.bond == bond, _B.lease_owner == owner, _B.fence == fence)
                .values(lease_owner=None, lease_until=None)
            )


def check_fence(connection: Connection, bond: str, fence: int | None) -> None:
    """Refuse to commit for a worker that has lost its lease."""
    if fence is None:
        return
    if connection.execute(_FENCE, {"b": bond}).scalar_one_or_none() != fence:
        raise LeaseLost(f"another process took bond {bond} over; nothing of this was stored")
