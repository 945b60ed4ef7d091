"""What is true of a bond between its runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from ebond.state import Entry, Origin
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.sqlkit import BOND, LINK, NOTICE, RECORD, RUN, from_micros, insert_missing, to_micros

_B = BOND.c
_PAUSED = select(_B.paused).where(_B.bond == bindparam("b"))


class Bonds:
    """The part of the store that remembers bonds."""

    db: Database

    def mapping_digest(self, bond: str) -> str:
        """Return the digest of the mapping that the bond last ran with."""
        with self.db.read() as connection:
            found = connection.execute(select(_B.mapping_digest).where(_B.bond == bond)).scalar_one_or_none()
        return found or ""

    def set_mapping_digest(self, bond: str, digest: str) -> None:
        """Note the mapping that the bond runs with."""
        with self.db.write() as connection:
            connection.execute(update(BOND).where(_B.bond == bond).values(mapping_digest=digest))

    # -- pausing ------------------------------------------------------------------------------------------

    def pause(self, bond: str, *, by: str, now: datetime) -> None:
        """Let nothing be written for a bond, and no run begin, until it is resumed."""
        self._set_paused(bond, Entry("paused", detail={"by": by}), now)

    def resume(self, bond: str, *, by: str, now: datetime) -> None:
        """Let a bond that was paused go on."""
        self._set_paused(bond, Entry("resumed", detail={"by": by}), now)

    def _set_paused(self, bond: str, entry: Entry, now: datetime) -> None:
        with self.db.write() as connection:
            ensure_bond(connection, bond)
            connection.execute(update(BOND).where(_B.bond == bond).values(paused=entry.event == "paused"))
            write_entries(connection, bond, None, [entry], to_micros(now))

    def is_paused(self, bond: str) -> bool:
        """Is the bond paused?"""
        with self.db.ask() as connection:
            return bool(connection.execute(_PAUSED, {"b": bond}).scalar_one_or_none())

    def why_stopped(self, bond: str) -> str | None:
        """Return what stopped the bond; None where nothing did."""
        with self.db.ask() as connection:
            return connection.execute(select(_B.stopped).where(_B.bond == bond)).scalar_one_or_none()

    def is_known(self, bond: str) -> bool:
        """Did the bond ever run, or was it paused before?"""
        with self.db.ask() as connection:
            return connection.execute(select(_B.bond).where(_B.bond == bond)).first() is not None

    # -- asking for runs ----------------------------------------------------------------------------------

    def ask(self, bond: str, slot: datetime) -> bool:
        """Ask for a run; False where one was asked for at this time or later: two schedulers do no harm."""
        micros = to_micros(slot)
        with self.db.write() as connection:
            ensure_bond(connection, bond)
            asked = connection.execute(
                update(BOND).where(_B.bond == bond, or_(_B.asked.is_(None), _B.asked < micros)).values(asked=micros)
            )
            return asked.rowcount == 1

    def last_asked(self) -> dict[str, datetime]:
        """Return the latest slot that a run was asked for at, by bond."""
        with self.db.read() as connection:
            rows = connection.execute(select(_B.bond, _B.asked).where(_B.asked.is_not(None)))
            return {row.bond: asked for row in rows if (asked := from_micros(row.asked)) is not None}

    def overdue(self, *, now: datetime, bond: str | None = None, told: bool = True) -> list[str]:
        """Return the bonds, not paused, that wait for a run or for work on one; all, or this one only.

        They wait where a run was asked for and has not begun, where a link's next try is due, and where a run is not
        closed; where they were ``told`` of, also where a notice is due.
        """
        asked = and_(_B.asked.is_not(None), or_(_B.begun.is_(None), _B.begun < _B.asked))
        open_run = exists().where(RUN.c.bond == _B.bond, RUN.c.finished.is_(None))
        unreadable = exists().where(
            RECORD.c.link_id == LINK.c.id, or_(RECORD.c.gone.is_(True), RECORD.c.origin == Origin.STUB.value)
        )
        # A link that waits for a record to come back is nobody's to work on before that.
        waiting = exists().where(
            LINK.c.bond == _B.bond, LINK.c.mark > LINK.c.done, LINK.c.parked.is_(None),
            LINK.c.due_at <= to_micros(now), ~unreadable,
        )  # fmt: skip
        notice = exists().where(NOTICE.c.bond == _B.bond, NOTICE.c.due_at <= to_micros(now))
        reasons = (asked, open_run, waiting, *((notice,) if told else ()))
        wanted = select(_B.bond).where(_B.paused.is_(False), or_(*reasons)).order_by(_B.bond)
        if bond is not None:
            wanted = wanted.where(_B.bond == bond)
        with self.db.read() as connection:
            return list(connection.execute(wanted).scalars())


def ensure_bond(connection: Connection, bond: str) -> bool:
    """Make the row of a bond where there is none yet; say whether it was made."""
    return insert_missing(connection, BOND, {"bond": bond, "fence": 0, "paused": False, "mapping_digest": ""})
