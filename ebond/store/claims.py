"""Links that a worker takes to work on: one writer for each, with a fence that grows at every taking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, text, update

from ebond.errors import LeaseLost
from ebond.state import LinkState, Origin, Side
from ebond.store.database import Database
from ebond.store.holders import free, held
from ebond.store.links import LINK_COLUMNS, whole
from ebond.store.runs import is_at_work
from ebond.store.sqlkit import INTENT, LINK, RECORD, to_micros

_L = LINK.c


def _is_known(side: Side) -> ColumnElement[bool]:
    """Say in SQL that a link's record of this side can be read.

    A question for each link and not a join: where PostgreSQL has no statistics yet, as in a first load, it joins all
    records of one side with all of the other before it looks for a link.
    """
    record = RECORD.alias(f"{side}_record")
    known = and_(record.c.gone.is_(False), record.c.origin != Origin.STUB.value)
    of_link = and_(record.c.bond == _L.bond, record.c.side == side.value, record.c.id == _L[f"{side}_id"])
    return select(known).where(of_link).scalar_subquery().is_(True)


# Built once: to build a statement costs more than to run it.
#: The links that have to be looked at and may be: not parked, not waiting, known on both sides.
_DUE = (
    select(_L.id)
    .where(_L.bond == bindparam("b"), _L.mark > _L.done, _L.parked.is_(None))
    .where(or_(_L.due_at.is_(None), _L.due_at <= bindparam("now")), free(_L.holder))
    .where(or_(_L.worked_in.is_(None), _L.worked_in != bindparam("run"), _L.rounds < bindparam("most_rounds")))
    .where(*(_is_known(side) for side in Side))
    .limit(bindparam("some"))
)
_OLDEST_FIRST = _DUE.order_by(_L.id)
_TAKEN = _OLDEST_FIRST.with_for_update(of=LINK, skip_locked=True)
#: PostgreSQL without statistics expects a handful of links and sorts them: it would ask for the records of all.
#: In the order of ix_link_dirty it stops where it has as many as are wanted.
_UNSORTED = text("SET LOCAL enable_sort = off")
#: How many there are, up to a limit. Only where it is to show them in their order does SQLite begin with ix_link_dirty,
#: and not with all links; PostgreSQL would sort them for it.
_COUNTED = {
    sqlite: select(func.count()).select_from((_OLDEST_FIRST if sqlite else _DUE).subquery()) for sqlite in (True, False)
}
_IN_HAND = select(
    or_(
        exists().where(_L.bond == bindparam("b"), _L.holder.is_not(None), held(_L.holder)),
        exists().where(INTENT.c.bond == bindparam("b"), held(INTENT.c.holder)),
    )
)


class Claims:
    """The part of the store that hands links out."""

    db: Database

    def claim(self, bond: str, *, holder: int, run_id: int, now: datetime, limit: int, rounds: int) -> list[LinkState]:
        """Take links that have to be looked at and may be, so that nobody else works on them; oldest first.

        A link is handed out up to ``rounds`` times in a run: it may move again because of our own write, but
        whatever never comes to rest waits for the next run. Nothing is handed out for a run that has ended.
        """
        again = case((_L.worked_in == run_id, _L.rounds + 1), else_=1)
        wanted = {"b": bond, "run": run_id, "most_rounds": rounds, "now": to_micros(now), "some": limit}
        with self.db.write() as connection:
            if not is_at_work(connection, run_id):
                return []
            if not self.db.sqlite:
                connection.execute(_UNSORTED)
            ids = [row.id for row in connection.execute(_TAKEN, wanted)]
            if not ids:
                return []
            taken = connection.execute(
                update(LINK)
                .where(_L.id.in_(ids))
                .values(holder=holder, fence=_L.fence + 1, worked_in=run_id, rounds=again)
                .returning(*LINK_COLUMNS)
            )
            return whole(connection, bond, taken.all())

    def give_back(self, holder: int, link_ids: Sequence[int]) -> None:
        """Let others work on links."""
        with self.db.write() as connection:
            connection.execute(update(LINK).where(_L.id.in_(link_ids), _L.holder == holder).values(holder=None))

    def claimable(self, bond: str, *, run_id: int, now: datetime, rounds: int, most: int) -> int:
        """Count the links that could be claimed now, up to ``most``."""
        wanted = {"b": bond, "run": run_id, "most_rounds": rounds, "now": to_micros(now), "some": most}
        with self.db.read() as connection:
            return int(connection.execute(_COUNTED[self.db.sqlite], wanted).scalar_one())

    def count_in_hand(self, bond: str) -> int:
        """Count the links and creates of a bond that somebody holds."""
        links = select(func.count()).where(_L.bond == bond, _L.holder.is_not(None), held(_L.holder)).scalar_subquery()
        creates = select(func.count()).where(INTENT.c.bond == bond, held(INTENT.c.holder)).scalar_subquery()
        with self.db.read() as connection:
            return int(connection.execute(select(links + creates)).scalar_one())

    def in_hand(self, bond: str) -> bool:
        """Does anybody hold a link or create of a bond?"""
        with self.db.read() as connection:
            return bool(connection.execute(_IN_HAND, {"b": bond}).scalar_one())


def taken_over(link_id: int) -> LeaseLost:
    """Say that a worker has lost a link, and that nothing of it may be stored."""
    return LeaseLost("another process took this link over; nothing of it was stored", where=f"link {link_id}")
