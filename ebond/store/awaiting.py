"""References between records: who is whose partner, and what waits for a record to have one.

Nobody polls: the transaction that links a record marks what waits for it. Should two transactions miss each other, the
next run's first question finds it (``touch_met``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, or_, select, tuple_, update
from sqlalchemy.engine import Row

from ebond.parting import PartingState
from ebond.state import Awaited, Fate, Side, Waits
from ebond.store.database import Database
from ebond.store.sqlkit import AWAITED, LINK, PARTING, RECORD, chunks

_A, _L, _R = AWAITED.c, LINK.c, RECORD.c
_OWN: Final = {Side.LEFT: _L.left_id, Side.RIGHT: _L.right_id}
_PARTNER: Final = RECORD.alias("partner")


class Named(NamedTuple):
    """What is known of a record that another one names."""

    partner: str | None
    """The id of its partner on the other side, where it has one that was not deleted."""
    coming: bool = False
    """It has none, and is about to get one."""
    reason: str = ""
    """Why it has none, where that is known."""


class Awaiting:
    """The part of the store that follows references."""

    db: Database

    def named(self, bond: str, side: Side, ids: Sequence[str]) -> dict[str, Named]:
        """Return what is known of records of a side that others name; ids never seen are left out."""
        found: dict[str, Named] = {}
        with self.db.read() as connection:
            for some in chunks(ids):
                linked = select(_OWN[side].label("own"), _OWN[side.other].label("other"), _stands(side).label("ok"))
                for row in connection.execute(linked.where(_L.bond == bond, _OWN[side].in_(some))):
                    gone = " anew: its partner was deleted"
                    found[row.own] = Named(row.other) if row.ok else Named(None, reason=gone)
                rest = [one for one in some if one not in found]
                known = select(_R.id, _R.in_scope, _R.gone, _R.held).where(_R.bond == bond, _R.side == side.value)
                for row in connection.execute(known.where(_R.id.in_(rest), _R.link_id.is_(None))) if rest else ():
                    coming = row.in_scope and not row.gone and row.held is None
                    found[row.id] = Named(None, coming=coming, reason=_why(row))
        return found

    def touch_met(self, bond: str) -> None:
        """Mark what waits in a bond for records that are linked by now."""
        met = [
            and_(
                _A.for_side == side.value,
                exists().where(_L.bond == _A.for_bond, _OWN[side] == _A.for_id, _stands(side)),
            )
            for side in Side
        ]
        waiting = select(_A.bond, _A.side, _A.record_id).where(_A.bond == bond, or_(*met)).distinct()
        with self.db.read() as connection:
            rows = connection.execute(waiting).all()
        if rows:
            with self.db.write() as connection:
                _go_on(connection, [(row.bond, row.side, row.record_id) for row in rows])

    def circle(self, start: Awaited, awaited: Iterable[Awaited]) -> list[Awaited]:
        """Return the records without a link that wait for each other in a circle, beginning with ``start``.

        It is known for what each waits that was set aside; ``awaited`` is what ``start`` waits for. Empty where there
        is no way back.
        """
        ways: dict[Awaited, tuple[Awaited, ...]] = dict.fromkeys(awaited, (start,))
        ahead = list(ways)
        with self.db.read() as connection:
            while ahead:
                one = ahead.pop(0)
                if one == start:
                    return list(ways[one])
                for following in _waited_for(connection, one):
                    if following not in ways:
                        ways[following] = (*ways[one], one)
                        ahead.append(following)
        return []


def _stands(side: Side) -> ColumnElement[bool]:
    """Say in SQL that a link goes on, and that its partner on the other side was not deleted."""
    partner = _PARTNER.c
    here = and_(partner.bond == _L.bond, partner.side == side.other.value, partner.id == _OWN[side.other])
    over = exists().where(PARTING.c.link_id == _L.id, PARTING.c.state == PartingState.ENDED.value)
    return and_(~over, ~exists().where(here, partner.gone.is_(True)))


def _why(record: Row[Any]) -> str:
    if record.gone:
        return ": it was deleted"
    if not record.in_scope:
        return ": it is out of the bond's scope"
    return ": it is set aside itself" if record.held is not None else ""


def _waited_for(connection: Connection, one: Awaited) -> list[Awaited]:
    """Return what a record waits for that has no link of its own yet."""
    mine = (_A.bond == one.bond, _A.side == one.side.value, _A.record_id == one.id)
    free = exists().where(_R.bond == _A.bond, _R.side == _A.side, _R.id == _A.record_id, _R.link_id.is_(None))
    rows = connection.execute(select(_A.for_bond, _A.for_side, _A.for_id).where(*mine, free).order_by(_A.for_id))
    return [Awaited(row.for_bond, Side(row.for_side), row.for_id) for row in rows]


def replace_waits(connection: Connection, bond: str, waits: Waits) -> None:
    """Store for what records wait in place of what it was."""
    for side, record_id in waits.records:
        connection.execute(delete(AWAITED).where(_A.bond == bond, _A.side == side.value, _A.record_id == record_id))
    rows = {
        (record_id, side, field, awaited): {
            "bond": bond, "side": side.value, "record_id": record_id, "field": field,
            "for_bond": awaited.bond, "for_side": awaited.side.value, "for_id": awaited.id,
        }
        for field, side, record_id, awaited in waits.fields
    }  # fmt: skip
    if rows:
        connection.execute(insert(AWAITED), list(rows.values()))


def wake(connection: Connection, bond: str, linked: Mapping[Side, str]) -> None:
    """Let go on what waits for records that were just linked."""
    of_them = [and_(_A.for_side == side.value, _A.for_id == one) for side, one in linked.items()]
    waiting = select(_A.bond, _A.side, _A.record_id).where(_A.for_bond == bond, or_(*of_them)).distinct()
    rows = [(row.bond, row.side, row.record_id) for row in connection.execute(waiting)]
    if rows:
        _go_on(connection, rows)


def _go_on(connection: Connection, records: Sequence[tuple[str, str, str]]) -> None:
    """Free records without a link, and mark the links of the others; what they still wait for is noted anew by that.

    Records before links and each in the order of their keys, as all do that take several: in any other order, two
    transactions would wait for each other for ever.
    """
    for some in chunks(records):
        here = tuple_(_R.bond, _R.side, _R.id).in_(list(some))
        in_order = select(_R.bond, _R.side, _R.id).where(here, _R.link_id.is_(None), _R.held.is_not(None))
        in_order = in_order.order_by(_R.bond, _R.side, _R.id).with_for_update()
        freed = [tuple(row) for row in connection.execute(in_order)]
        if freed:
            # The run that set them aside, if it is still at work, decides about them once more.
            free = update(RECORD).where(tuple_(_R.bond, _R.side, _R.id).in_(freed), _R.link_id.is_(None))
            connection.execute(free.values(held=None, fate=Fate.OPEN.value))
        links = sorted(connection.execute(select(_R.link_id).where(here, _R.link_id.is_not(None))).scalars())
        if links:
            dirty = select(_L.id).where(_L.id.in_(links)).order_by(_L.id).with_for_update()
            connection.execute(update(LINK).where(_L.id.in_(dirty)).values(mark=_L.mark + 1, due_at=None))
        connection.execute(delete(AWAITED).where(tuple_(_A.bond, _A.side, _A.record_id).in_(list(some))))


def rename_awaited(connection: Connection, bond: str, side: Side, old_id: str, new_id: str) -> None:
    """Follow a record that goes by another id now."""
    mine = (_A.bond == bond, _A.side == side.value, _A.record_id == old_id)
    connection.execute(update(AWAITED).where(*mine).values(record_id=new_id))
    theirs = (_A.for_bond == bond, _A.for_side == side.value, _A.for_id == old_id)
    connection.execute(update(AWAITED).where(*theirs).values(for_id=new_id))


def forget_waits(connection: Connection, links: Sequence[int]) -> None:
    """Forget for what the records of links wait."""
    of_them = exists().where(_R.link_id.in_(links), _R.bond == _A.bond, _R.side == _A.side, _R.id == _A.record_id)
    connection.execute(delete(AWAITED).where(of_them))
