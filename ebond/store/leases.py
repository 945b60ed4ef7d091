"""Who opens a pass over a bond: one at a time, with a fence that grows at every taking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from ebond.errors import LeaseLost
from ebond.store.bonds import ensure_bond
from ebond.store.database import Database
from ebond.store.holders import free
from ebond.store.sqlkit import BOND, HOLDER, INTENT, LINK, from_micros

_B, _H = BOND.c, HOLDER.c


# Shared with other commits of the holder, and in the way of a taking until they are done.
_FENCE = select(BOND.c.fence).where(BOND.c.bond == bindparam("b")).with_for_update(read=True)


class Leases:
    """The part of the store that leases of bonds use."""

    db: Database

    def acquire(self, bond: str, *, holder: int) -> int | None:
        """Take a bond for a holder, until it gives it back or is buried; return the fence to commit with.

        None where another has it.
        """
        with self.db.write() as connection:
            fence = _taken(connection, bond, holder)
            if fence is None and ensure_bond(connection, bond):
                fence = _taken(connection, bond, holder)
            return fence

    def at_work(self, bond: str) -> list[tuple[str, datetime]]:
        """Return who opens a pass over a bond or works on one, each with until when it is certain."""
        in_hand = exists().where(LINK.c.bond == bond, LINK.c.holder == _H.id)
        sending = exists().where(INTENT.c.bond == bond, INTENT.c.holder == _H.id)
        opening = exists().where(_B.bond == bond, _B.lease_holder == _H.id)
        wanted = select(_H.name, _H.until).where(or_(opening, in_hand, sending)).order_by(_H.started, _H.id)
        with self.db.read() as connection:
            found = [(row.name, from_micros(row.until)) for row in connection.execute(wanted)]
        return [(name, until) for name, until in found if until is not None]

    def release(self, bond: str, *, fence: int) -> None:
        """Give a bond back; nothing happens where it is another's by now."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond, _B.fence == fence).values(lease_holder=None))


def _taken(connection: Connection, bond: str, holder: int) -> int | None:
    taken = connection.execute(
        update(BOND)
        .where(_B.bond == bond, free(_B.lease_holder))
        .values(lease_holder=holder, fence=_B.fence + 1)
        .returning(_B.fence)
    )
    return taken.scalar_one_or_none()


def check_fence(connection: Connection, bond: str, fence: int | None) -> None:
    """Refuse to commit for a worker that has lost its lease."""
    if fence is None:
        return
    if connection.execute(_FENCE, {"b": bond}).scalar_one_or_none() != fence:
        raise LeaseLost(f"another process took bond {bond} over; nothing of this was stored")
