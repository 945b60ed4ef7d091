"""What becomes of a link once it was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from ebond.state import Entry, Fate, Settlement, Side, SideSettlement
from ebond.store.awaiting import replace_waits
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.fates import IS_OPEN
from ebond.store.holds import forget_decisions, replace_holds
from ebond.store.journal import write_entries
from ebond.store.observations import record_row
from ebond.store.sqlkit import HOLD, LINK, RECORD, to_micros
from ebond.store.unconfirmed import unconfirmed_json

_L = LINK.c


_SETTLE = (
    update(LINK)
    .where(_L.id == bindparam("link"), _L.fence == bindparam("mine"))
    .values(
        base_left=bindparam("bl"), base_right=bindparam("br"),
        unconfirmed_left=bindparam("ul"), unconfirmed_right=bindparam("ur"),
        flips=bindparam("fl"), done=bindparam("upto"), mark=_L.mark + bindparam("more"),
        attempts=0, due_at=bindparam("due"),
    )
)  # fmt: skip


_DECIDE = {
    side: update(RECORD)
    .where(RECORD.c.bond == bindparam("b"), RECORD.c.side == side.value)
    .where(RECORD.c.id == select(_L[f"{side}_id"]).where(_L.id == bindparam("link")).scalar_subquery())
    .where(IS_OPEN)
    .values(fate=bindparam("new"))
    for side in Side
}


_SHOWN = (
    update(RECORD)
    .where(RECORD.c.bond == bindparam("b"), RECORD.c.side == bindparam("s"), RECORD.c.id == bindparam("i"))
    .values(
        fate=case((IS_OPEN, bindparam("new")), else_=RECORD.c.fate),
        version=bindparam("v"),
        updated=bindparam("u"),
        digest=bindparam("d"),
        view=bindparam("w"),
        origin=bindparam("o"),
    )
)


class Settling:
    """The part of the store that reconciling uses."""

    db: Database

    def settle(self, settlement: Settlement, *, bond: str, run_id: int, fence: int, now: datetime) -> None:
        """Store the outcome of one link: one transaction. Raises LeaseLost where another worker has it by now."""
        link = settlement.link_id
        with self.db.write() as connection:
            # Records before the link, as scans do: the other order would be a deadlock.
            here = {"b": bond, "run": run_id}
            _end(connection, Side.LEFT, link, settlement.left, {**here, "new": settlement.left_fate.value})
            _end(connection, Side.RIGHT, link, settlement.right, {**here, "new": settlement.right_fate.value})
            if connection.execute(_SETTLE, {**_settled_columns(settlement), "mine": fence}).rowcount != 1:
                raise taken_over(link)
            if settlement.holds or settlement.had_holds:
                replace_holds(connection, bond, link, settlement.holds)
            if settlement.waits is not None:
                replace_waits(connection, bond, settlement.waits)
            if settlement.decided:
                forget_decisions(connection, link, settlement.decided)
            write_entries(connection, bond, run_id, settlement.entries, to_micros(now))

    def record_failure(
        self,
        bond: str,
        link_id: int,
        *,
        run_id: int,
        fence: int,
        due_at: datetime,
        park: str | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Count a failure of a link; it is tried again at ``due_at``, or parked for a human.

        Raises LeaseLost where another worker has it by now.
        """
        with self.db.write() as connection:
            for side in Side:
                connection.execute(_DECIDE[side], {"b": bond, "link": link_id, "run": run_id, "new": Fate.FAILED.value})
            failed = connection.execute(
                update(LINK)
                .where(_L.id == link_id, _L.fence == fence)
                .values(attempts=_L.attempts + 1, due_at=to_micros(due_at), parked=park)
            )
            if failed.rowcount != 1:
                raise taken_over(link_id)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def forgive(self, bond: str, link_ids: Sequence[int]) -> None:
        """Take back the last failure of links: it was the system's, not theirs."""
        with self.db.write() as connection:
            connection.execute(
                update(LINK)
                .where(_L.bond == bond, _L.id.in_(link_ids), _L.attempts > 0)
                .values(attempts=_L.attempts - 1, due_at=None, parked=None)
            )

    def touch(self, bond: str, link_ids: Sequence[int]) -> None:
        """Mark links dirty."""
        with self.db.write() as connection:
            connection.execute(
                update(LINK).where(_L.bond == bond, _L.id.in_(link_ids)).values(mark=_L.mark + 1, due_at=None)
            )

    def touch_held(self, bond: str) -> None:
        """Mark every link with a held field dirty."""
        held = select(HOLD.c.link_id).where(HOLD.c.bond == bond)
        with self.db.write() as connection:
            connection.execute(update(LINK).where(_L.bond == bond, _L.id.in_(held)).values(mark=_L.mark + 1))


def _settled_columns(settlement: Settlement) -> dict[str, Any]:
    return {
        "link": settlement.link_id,
        "bl": dict(settlement.left.base),
        "br": dict(settlement.right.base),
        "ul": unconfirmed_json(settlement.left.unconfirmed),
        "ur": unconfirmed_json(settlement.right.unconfirmed),
        "fl": {name: [list(one) for one in history] for name, history in settlement.flips.items()} or None,
        "upto": settlement.mark,
        "more": 1 if settlement.again else 0,
        "due": to_micros(settlement.due_at),
    }


def _end(connection: Connection, side: Side, link_id: int, part: SideSettlement, here: dict[str, Any]) -> None:
    """Close a record in the run's books, and store what the answer showed of it."""
    if part.record is None:
        connection.execute(_DECIDE[side], {**here, "link": link_id})
        return
    row = record_row(here["b"], side, part.record)
    connection.execute(
        _SHOWN,
        {
            **here, "s": side.value, "i": row["id"], "v": row["version"], "u": row["updated"],
            "d": row["digest"], "w": row["view"], "o": row["origin"],
        },
    )  # fmt: skip
