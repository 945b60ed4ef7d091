"""Notices: a system's word that a record changed, kept until a run takes it up. They say which record, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from ebond.state import Entry, Fate, Origin, Side
from ebond.store.absence import ABSENT
from ebond.store.bonds import ensure_bond
from ebond.store.database import Database
from ebond.store.fates import decide_fate
from ebond.store.journal import write_entries
from ebond.store.sqlkit import NOTICE, RECORD, chunks, to_micros, upsert

_N, _R = NOTICE.c, RECORD.c

# Built once: to build a statement costs more than to run it.
_DUE = (
    select(_N.side, _N.record_id, _N.tries, _R.id)
    .join_from(NOTICE, RECORD, (_R.bond == _N.bond) & (_R.side == _N.side) & (_R.id == _N.record_id), isouter=True)
    .where(_N.bond == bindparam("b"), _N.due_at <= bindparam("now"))
    .order_by(_N.due_at)
    .limit(bindparam("some"))
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A record that was notified of."""

    side: Side
    record_id: str
    tries: int
    """How often it was looked for and not found."""
    is_known: bool
    """Has the record been seen before?"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one notification means for a side of a bond."""

    bond: str
    side: Side
    ids: Sequence[str]


class Notices:
    """The part of the store that listening uses."""

    db: Database

    def note_told(self, told: Iterable[Told], *, due: datetime) -> None:
        """Keep notices until ``due`` at least; one that is there already stays one, and its tries begin anew."""
        with self.db.write() as connection:
            for one in told:
                ensure_bond(connection, one.bond)
                _note(connection, one.bond, one.side, one.ids, due=due)

    def notices(self, bond: str, *, now: datetime, limit: int) -> list[Notice]:
        """Return the notices of a bond that are due, the oldest first."""
        with self.db.ask() as connection:
            rows = connection.execute(_DUE, {"b": bond, "now": to_micros(now), "some": limit}).all()
        return [Notice(Side(side), record_id, tries, known is not None) for side, record_id, tries, known in rows]

    def forget_notices(self, bond: str, side: Side, ids: Sequence[str]) -> None:
        """Forget notices that nothing more has to be done about."""
        if ids:
            with self.db.write() as connection:
                drop_notices(connection, bond, side, ids)

    def put_off(
        self,
        bond: str,
        side: Side,
        record_id: str,
        *,
        run_id: int,
        due: datetime | None,
        tries: int,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Set a record aside that was told of and cannot be read yet; it is tried again when due, if ever.

        It was never seen, so it is never taken for deleted.
        """
        here = (_R.bond == bond, _R.side == side.value, _R.id == record_id)
        aside = {"origin": Origin.READ.value, "in_scope": False, "sweep": ABSENT, "missing": False}
        with self.db.write() as connection:
            connection.execute(update(RECORD).where(*here).values(aside))
            decide_fate(connection, bond, side, record_id, run_id, Fate.FILTERED)
            if due is not None:
                _note(connection, bond, side, [record_id], due=due, tries=tries)
            write_entries(connection, bond, run_id, entries, to_micros(now))


def drop_notices(connection: Connection, bond: str, side: Side, ids: Sequence[str]) -> None:
    """Forget notices, in the transaction that stores what becomes of them."""
    for some in chunks(ids):
        connection.execute(delete(NOTICE).where(_N.bond == bond, _N.side == side.value, _N.record_id.in_(some)))


def _note(connection: Connection, bond: str, side: Side, ids: Sequence[str], *, due: datetime, tries: int = 0) -> None:
    row = {"bond": bond, "side": side.value, "due_at": to_micros(due), "tries": tries}
    upsert(connection, NOTICE, [{**row, "record_id": one} for one in dict.fromkeys(ids)])
