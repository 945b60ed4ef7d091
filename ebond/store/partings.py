"""Partings: links of which a record was deleted, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.engine import Row

from ebond.parting import Bereft, Parting, PartingState
from ebond.state import Entry, Fate, Side
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.leases import check_fence
from ebond.store.links import LINK_COLUMNS, whole
from ebond.store.sqlkit import LINK, PARTING, RECORD, chunks, from_micros, to_micros, upsert

_L, _P, _R = LINK.c, PARTING.c, RECORD.c
_ENDED = PartingState.ENDED.value
_GONE = and_(_R.bond == bindparam("b"), _R.gone.is_(True), _R.link_id.is_not(None))
_ANY = select(or_(exists().where(_GONE), exists().where(_P.bond == bindparam("b"))))


def ended(link_id: Any) -> Any:
    """Say in SQL that a link has ended."""
    over = PARTING.alias("over")
    return exists().where(over.c.link_id == link_id, over.c.state == _ENDED)


class Partings:
    """The part of the store that remembers what followed from deletions."""

    db: Database

    def any_bereft(self, bond: str) -> bool:
        """May there be anything to do for ``bereft``?"""
        with self.db.read() as connection:
            return bool(connection.execute(_ANY, {"b": bond}).scalar_one())

    def bereft(self, bond: str, *, ignoring: Collection[Side], now: datetime) -> list[Bereft]:
        """Return the links whose parting has to be looked at, oldest first; not those that are parked or wait.

        A link of which only one record is gone is left out where the other side is one of ``ignoring``.
        """
        with self.db.read() as connection:
            partings = {row.link_id: _parting(row) for row in connection.execute(_to_look_at(bond))}
            wanted = {*partings, *_newly_gone(connection, bond, ignoring)}
            ready = and_(_L.parked.is_(None), or_(_L.due_at.is_(None), _L.due_at <= to_micros(now)))
            found: list[Bereft] = []
            for some in chunks(sorted(wanted)):
                rows: list[Row[Any]] = [*connection.execute(select(*LINK_COLUMNS).where(_L.id.in_(some), ready))]
                found += [Bereft(link, partings.get(link.id)) for link in whole(connection, bond, rows)]
            return found

    def count_together(self, bond: str) -> int:
        """Count the links that have not ended."""
        with self.db.read() as connection:
            links = select(func.count()).where(_L.bond == bond).scalar_subquery()
            over = select(func.count()).where(_P.bond == bond, _P.state == _ENDED).scalar_subquery()
            return int(connection.execute(select(links - over)).scalar_one())

    def put_partings(
        self,
        bond: str,
        partings: Sequence[Parting],
        *,
        run_id: int,
        fence: int | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Note how far partings have come. Raises LeaseLost where the fence has moved on."""
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            upsert(connection, PARTING, [row_of(bond, one) for one in partings])
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def release_parting(
        self, bond: str, link_id: int, *, run_id: int, fence: int | None, entries: Iterable[Entry], now: datetime
    ) -> None:
        """Forget a parting: its link goes on."""
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            forget_parting(connection, link_id)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def tidy(self, bond: str, link_id: int, mark: int, *, run_id: int, fence: int | None) -> None:
        """Note that what happened to the record that is left of an ended link goes nowhere."""
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            connection.execute(
                update(RECORD)
                .where(_R.bond == bond, _R.link_id == link_id, _R.run_id == run_id, _R.fate == Fate.OPEN.value)
                .values(fate=Fate.FILTERED.value)
            )
            connection.execute(update(LINK).where(_L.id == link_id).values(done=mark))

    def count_fused(self, bond: str) -> int:
        """Count the partings that somebody has to approve."""
        with self.db.read() as connection:
            return int(connection.execute(_fused(bond)).scalar_one())

    def approve(self, bond: str, *, up_to: int, by: str, now: datetime) -> int:
        """Approve the partings that wait for it, if they are no more than ``up_to``; return how many wait."""
        with self.db.write() as connection:
            count = int(connection.execute(_fused(bond)).scalar_one())
            if 0 < count <= up_to:
                connection.execute(
                    update(PARTING)
                    .where(_P.bond == bond, _P.state == PartingState.FUSED.value)
                    .values(state=PartingState.APPROVED.value)
                )
                entry = Entry("approved", detail={"count": count, "by": by})
                write_entries(connection, bond, None, [entry], to_micros(now))
            return count


def forget_parting(connection: Connection, link_id: int) -> None:
    """Let a link go on as if there had been no parting."""
    connection.execute(delete(PARTING).where(_P.link_id == link_id))
    connection.execute(update(LINK).where(_L.id == link_id).values(mark=_L.mark + 1, attempts=0, due_at=None))


def _fused(bond: str) -> Any:
    return select(func.count()).where(_P.bond == bond, _P.state == PartingState.FUSED.value)


def _to_look_at(bond: str) -> Any:
    """Select the partings that have not ended, and those that have and of which a record moved since."""
    wanted = select(PARTING).join(LINK, _L.id == _P.link_id).where(_P.bond == bond)
    return wanted.where(or_(_P.state != _ENDED, _L.mark > _L.done))


def _newly_gone(connection: Connection, bond: str, ignoring: Collection[Side]) -> set[int]:
    gone: dict[int, set[Side]] = {}
    wanted = select(_R.link_id, _R.side).where(_GONE, ~ended(_R.link_id))
    for row in connection.execute(wanted, {"b": bond}):
        gone.setdefault(row.link_id, set()).add(Side(row.side))
    return {link for link, sides in gone.items() if len(sides) > 1 or next(iter(sides)).other not in ignoring}


def _parting(row: Row[Any]) -> Parting:
    since = from_micros(row.since)
    assert since is not None
    return Parting(row.link_id, Side(row.gone), PartingState(row.state), row.how, since, row.reason, row.was, row.sent)


def row_of(bond: str, one: Parting) -> dict[str, Any]:
    """Return a parting as it is stored."""
    return {
        "link_id": one.link_id,
        "bond": bond,
        "gone": one.gone.value,
        "state": one.state.value,
        "how": one.how,
        "since": to_micros(one.since),
        "reason": one.reason,
        "was": dict(one.was),
        "sent": dict(one.sent),
    }
