"""What an operator does about what was set aside: decide, have it tried again, tie two records together.

Nothing here writes to a system: a link is marked dirty, or a record is free again, and the next run plans it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, or_, select, update

from ebond.children import Carriage
from ebond.departure import DepartureState
from ebond.parting import PartingState
from ebond.state import PARKED, Entry, IntentState, Side, Take
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.sqlkit import (
    COMMENT,
    DECISION,
    DEPARTURE,
    FILE,
    HOLD,
    INTENT,
    LINK,
    PARTING,
    RECORD,
    to_micros,
    upsert,
)

_H, _L, _R, _I = HOLD.c, LINK.c, RECORD.c, INTENT.c
#: What hangs on the records of a link, and is set aside by itself.
_STREAMS: Final = (COMMENT, FILE)


class Decisions:
    """The part of the store that operators use."""

    db: Database

    def decide(self, bond: str, link_id: int, field: str, take: Take, *, by: str, now: datetime) -> bool:
        """Note what becomes of a held field and mark its link dirty; False where the field is not held."""
        with self.db.write() as connection:
            held = connection.execute(select(_H.since).where(_H.link_id == link_id, _H.field == field)).first()
            if held is None:
                return False
            row = {"link_id": link_id, "field": field, "bond": bond, "since": held.since, "take": take.value, "by": by}
            upsert(connection, DECISION, [row])
            _mark(connection, [link_id])
            entry = Entry("decided", link_id=link_id, field=field, detail={"take": take.value, "by": by})
            write_entries(connection, bond, None, [entry], to_micros(now))
        return True

    def keep_left(self, bond: str, link_id: int, *, by: str, now: datetime) -> bool:
        """End a link whose deletion is held: the record that is left stays as it is. False where none is held."""
        ended = {"state": PartingState.ENDED.value, "how": "keep", "since": to_micros(now), "reason": f"kept by {by}"}
        with self.db.write() as connection:
            if connection.execute(update(PARTING).where(*_held_parting(link_id)).values(ended)).rowcount != 1:
                return False
            connection.execute(update(LINK).where(_L.id == link_id).values(done=_L.mark, attempts=0, due_at=None))
            for table in (HOLD, DECISION, DEPARTURE):
                connection.execute(delete(table).where(table.c.link_id == link_id))
            entry = Entry("parting_decided", link_id=link_id, detail={"what": "keep the record that is left", "by": by})
            write_entries(connection, bond, None, [entry], to_micros(now))
        return True

    def follow_all_the_same(
        self, bond: str, link_id: int, side: Side, base: Mapping[str, Any], *, by: str, now: datetime
    ) -> bool:
        """Have a deletion followed that is held: what is left shows on its ``side`` counts as no edit any more.

        False where none is held. Whatever is edited after that is held again.
        """
        with self.db.write() as connection:
            if connection.execute(delete(PARTING).where(*_held_parting(link_id))).rowcount != 1:
                return False
            connection.execute(update(LINK).where(_L.id == link_id).values({f"base_{side}": dict(base)}))
            _mark(connection, [link_id])
            entry = Entry("parting_decided", link_id=link_id, detail={"what": "follow the deletion", "by": by})
            write_entries(connection, bond, None, [entry], to_micros(now))
        return True

    def retry_links(self, bond: str, *, link_id: int | None, by: str, now: datetime) -> int:
        """Have what is parked of one link or all, and what it was refused, tried again; return how many links."""
        held = exists().where(_H.link_id == _L.id, _H.kind.in_(PARKED))
        silent = [exists().where(*_is_held(one, bond), _of_link(one)) for one in _STREAMS]
        untold = exists().where(DEPARTURE.c.link_id == _L.id, DEPARTURE.c.state == DepartureState.HELD.value)
        stuck = or_(_L.parked.is_not(None), _L.attempts > 0, held, *silent, untold)
        wanted = select(_L.id).where(_L.bond == bond, stuck)
        if link_id is not None:
            wanted = wanted.where(_L.id == link_id)
        with self.db.write() as connection:
            ids = [row.id for row in connection.execute(wanted)]
            for one in ids:
                # Without a print a hold fits no value: the field is planned anew.
                connection.execute(
                    update(HOLD).where(_H.link_id == one, _H.kind.in_(PARKED)).values(left_print="", right_print="")
                )
                for table in _STREAMS:
                    theirs = select(_L.id).where(_L.id == one, _of_link(table)).exists()
                    again = update(table).where(*_is_held(table, bond), theirs)
                    connection.execute(again.values(state=Carriage.WAITING.value, reason=""))
            _mark(connection, ids)
            entries = [Entry("retried", link_id=one, detail={"by": by}) for one in ids]
            write_entries(connection, bond, None, entries, to_micros(now))
        return len(ids)

    def retry_records(
        self, bond: str, *, side: Side | None = None, record_id: str | None = None, by: str, now: datetime
    ) -> int:
        """Free records without a link that were set aside, one or all; those whose create is stuck stay."""
        stuck = exists().where(
            _I.bond == bond, _I.target != _R.side, _I.source_id == _R.id, _I.state == IntentState.STUCK.value
        )
        wanted = select(_R.side, _R.id).where(_R.bond == bond, _R.held.is_not(None), _R.link_id.is_(None), ~stuck)
        if side is not None:
            wanted = wanted.where(_R.side == side.value, _R.id == record_id)
        with self.db.write() as connection:
            return _free(connection, bond, connection.execute(wanted).all(), {"by": by}, now)

    def not_made(self, bond: str, side: Side, record_id: str, *, by: str, now: datetime) -> bool:
        """Believe an operator that a stuck create made nothing; its source is created anew. False where none is."""
        intent = and_(_I.bond == bond, _I.target == side.other.value, _I.source_id == record_id)
        with self.db.write() as connection:
            done = connection.execute(delete(INTENT).where(intent, _I.state == IntentState.STUCK.value))
            if done.rowcount:
                _free(connection, bond, [(side.value, record_id)], {"by": by, "create": "was not made"}, now)
            return bool(done.rowcount)


def _is_held(table: Table, bond: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.bond == bond, table.c.state == Carriage.HELD.value


def _held_parting(link_id: int) -> tuple[ColumnElement[bool], ...]:
    return PARTING.c.link_id == link_id, PARTING.c.state == PartingState.HELD.value


def _of_link(table: Table) -> ColumnElement[bool]:
    """Say in SQL that a comment or file belongs to one of a link's records."""
    return or_(
        and_(table.c.side == Side.LEFT.value, table.c.record_id == _L.left_id),
        and_(table.c.side == Side.RIGHT.value, table.c.record_id == _L.right_id),
    )


def _mark(connection: Connection, link_ids: list[int]) -> None:
    for one in link_ids:
        connection.execute(
            update(LINK).where(_L.id == one).values(mark=_L.mark + 1, parked=None, attempts=0, due_at=None)
        )


def _free(connection: Connection, bond: str, records: Iterable[Any], detail: dict[str, str], now: datetime) -> int:
    entries = []
    for side, record_id in records:
        connection.execute(update(RECORD).where(_R.bond == bond, _R.side == side, _R.id == record_id).values(held=None))
        entries.append(Entry("retried", side=Side(side), record_id=record_id, detail=detail))
    write_entries(connection, bond, None, entries, to_micros(now))
    return len(entries)
