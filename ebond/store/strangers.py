"""Records that no link holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, update

from ebond.state import Entry, Fate, Observation, Origin, Side, Stranger, Waits
from ebond.store.awaiting import replace_waits
from ebond.store.database import Database
from ebond.store.fates import decide_fate
from ebond.store.journal import write_entries
from ebond.store.sqlkit import INTENT, RECORD, from_micros, to_micros

_R = RECORD.c


class Strangers:
    """The part of the store that creating looks through."""

    db: Database

    def strangers(self, bond: str, side: Side, *, after_id: str, limit: int) -> list[Stranger]:
        """Return records in scope that no link holds, no hold keeps back and no open create is for."""
        wanted = (
            _free(bond, side)
            .add_columns(_R.version, _R.updated, _R.view, _R.digest)
            .where(_R.id > after_id)
            .order_by(_R.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [
                Stranger(row.id, row.version, from_micros(row.updated), row.view, row.digest)
                for row in connection.execute(wanted)
            ]

    def seen_stranger(self, bond: str, side: Side, record_id: str) -> Observation | None:
        """Return a record without a link as it was shown last, in scope or not; None where there is none."""
        wanted = select(_R.id, _R.version, _R.updated, _R.view, _R.digest, _R.in_scope, _R.gone, _R.origin).where(
            _R.bond == bond, _R.side == side.value, _R.id == record_id, _R.link_id.is_(None)
        )
        with self.db.ask() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return Observation(
            row.id, row.version, from_micros(row.updated), row.view, row.digest,
            in_scope=row.in_scope, gone=row.gone, origin=Origin(row.origin),
        )  # fmt: skip

    def creatable(self, bond: str, side: Side, *, most: int) -> int:
        """Count the strangers that could be created on the other side, up to ``most``."""
        some = _free(bond, side).limit(most).subquery()
        with self.db.read() as connection:
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def hold_record(
        self,
        bond: str,
        side: Side,
        record_id: str,
        reason: str | None,
        *,
        run_id: int,
        fate: Fate,
        entries: Iterable[Entry],
        now: datetime,
        waits: Waits | None = None,
    ) -> None:
        """Set a record without a link aside until it changes; without a reason it only leaves the run's books.

        One that ``waits`` for others is free again as soon as one of them is linked.
        """
        with self.db.write() as connection:
            if waits is not None:
                replace_waits(connection, bond, waits)
            if reason is not None:
                hold_source(connection, bond, side, record_id, reason)
            decide_fate(connection, bond, side, record_id, run_id, fate)
            write_entries(connection, bond, run_id, entries, to_micros(now))


def _free(bond: str, side: Side) -> Select[Any]:
    """Select the records in scope that no link holds, no hold keeps back and no open create is for."""
    intent = exists().where(INTENT.c.bond == bond, INTENT.c.target == side.other.value, INTENT.c.source_id == _R.id)
    return (
        select(_R.id)
        .where(_R.bond == bond, _R.side == side.value, _R.link_id.is_(None))
        .where(_R.in_scope.is_(True), _R.gone.is_(False), _R.held.is_(None), ~intent)
        .where(_R.origin != Origin.STUB.value)
    )


def hold_source(connection: Connection, bond: str, side: Side, record_id: str, reason: str) -> None:
    """Set a stranger aside and take its match keys out of the game."""
    connection.execute(
        update(RECORD).where(_R.bond == bond, _R.side == side.value, _R.id == record_id).values(held=reason)
    )
