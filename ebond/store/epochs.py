"""What is stored where a system was reset or restored: a bond that stopped, and a new beginning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from ebond.state import Entry, Origin
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.sqlkit import BOND, DECISION, HOLD, LINK, LOOKED_UP, RECORD, WATERMARK, to_micros

_L, _R = LINK.c, RECORD.c


class Epochs:
    """The part of the store that begins anew."""

    db: Database

    def stop_for_reset(self, bond: str, *, run_id: int, reason: str, now: datetime) -> None:
        """Pause a bond until an operator has looked."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(BOND.c.bond == bond).values(paused=True))
            write_entries(connection, bond, run_id, [Entry("reset", detail={"reason": reason})], to_micros(now))

    def begin_afresh(self, bond: str, *, by: str, now: datetime) -> int:
        """Keep a bond's links and forget what both sides showed: the next run reads all of it and decides anew.

        Return how many links there are. What was deleted stays so, what could not be found is missed no more than it
        was, and comments that were carried are not carried again.
        """
        with self.db.write() as connection:
            known = (_R.bond == bond, _R.link_id.is_not(None), _R.gone.is_(False))
            connection.execute(
                update(RECORD)
                .where(*known)
                .values(version=None, updated=None, digest=b"", origin=Origin.FEED.value, sweep=None)
            )
            unknown = {"base_left": None, "base_right": None, "unconfirmed_left": None, "unconfirmed_right": None}
            links = connection.execute(
                update(LINK)
                .where(_L.bond == bond)
                .values(mark=_L.mark + 1, parked=None, attempts=0, due_at=None, flips=None, **unknown)
            )
            for table in (HOLD, DECISION, WATERMARK):
                connection.execute(delete(table).where(table.c.bond == bond))
            # Ids may be others' now.
            connection.execute(delete(LOOKED_UP))
            write_entries(connection, bond, None, [Entry("afresh", detail={"by": by})], to_micros(now))
            return links.rowcount
