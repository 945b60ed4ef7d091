"""What became of each record that a run read."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, case, exists, func, or_, select, update

from ebond.state import Fate, IntentState, Origin, Side
from ebond.store.database import Database
from ebond.store.sqlkit import HOLD, INTENT, LINK, RECORD

_R = RECORD.c


#: Does the run have this record open in its books? In one piece, for records are looked up by their keys here: by the
#: run a database would go through all that the run has read, for each of them.
IS_OPEN = case((_R.run_id == bindparam("run"), _R.fate)) == Fate.OPEN.value

# Built once: to build a statement costs more than to run it.
_DECIDE = (
    update(RECORD)
    .where(_R.bond == bindparam("b"), _R.side == bindparam("s"), _R.id == bindparam("i"))
    .where(IS_OPEN)
    .values(fate=bindparam("new"))
)


class Fates:
    """The part of the store that balances a run's books."""

    db: Database

    def set_fates(self, bond: str, side: Side, run_id: int, fate: Fate) -> None:
        """Decide all strangers of a side that a run left open."""
        with self.db.write() as connection:
            connection.execute(
                update(RECORD)
                .where(_R.bond == bond, _R.side == side.value, _R.run_id == run_id, _R.fate == Fate.OPEN.value)
                .where(_R.link_id.is_(None))
                .values(fate=fate.value)
            )

    def close_open(self, bond: str, run_id: int, *, cut: bool = False) -> None:
        """Decide what a finished run still left open, where there is a reason for it.

        A held field or parked link holds it; a link that failed or moved under our hands, or a create whose
        outcome is open, counts as failed; in a run that was ``cut`` short, what nobody came to waits. Whatever has
        no such reason stays open, and the books do not balance.
        """
        open_here = (_R.bond == bond, _R.run_id == run_id, _R.fate == Fate.OPEN.value)
        held = exists().where(HOLD.c.link_id == _R.link_id)
        parked = exists().where(LINK.c.id == _R.link_id, LINK.c.parked.is_not(None))
        waiting = exists().where(LINK.c.id == _R.link_id, LINK.c.mark > LINK.c.done)
        partner = RECORD.alias("partner")
        # What happened to a record whose partner was deleted, or cannot be read now, waits for that one.
        bereft = exists().where(
            partner.c.link_id == _R.link_id, or_(partner.c.gone.is_(True), partner.c.origin == Origin.STUB.value)
        )
        intent = exists().where(INTENT.c.bond == bond, INTENT.c.source_id == _R.id, INTENT.c.target != _R.side)
        stuck = intent.where(INTENT.c.state == IntentState.STUCK.value)
        unworked = waiting.where(or_(LINK.c.worked_in.is_(None), LINK.c.worked_in != run_id))
        with self.db.write() as connection:
            for condition, fate in (
                *(((unworked, Fate.WAITING),) if cut else ()),
                (or_(parked, held, bereft, stuck), Fate.HELD),
                (or_(waiting, and_(_R.link_id.is_(None), intent)), Fate.FAILED),
                (_R.held.is_not(None), Fate.HELD),
                *(((_R.link_id.is_(None), Fate.WAITING),) if cut else ()),
            ):
                connection.execute(update(RECORD).where(*open_here, condition).values(fate=fate.value))

    def fates(self, run_id: int) -> dict[Fate, int]:
        """Count what became of the records that a run left to be decided."""
        with self.db.read() as connection:
            rows = connection.execute(select(_R.fate, func.count()).where(_R.run_id == run_id).group_by(_R.fate))
            return {Fate(fate): count for fate, count in rows}


def decide_fate(connection: Connection, bond: str, side: Side, record_id: str, run_id: int, fate: Fate) -> None:
    """Close a record in a run's books, if the run has it open."""
    connection.execute(_DECIDE, {"b": bond, "s": side.value, "i": record_id, "run": run_id, "new": fate.value})
