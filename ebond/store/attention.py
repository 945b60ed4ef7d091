"""What of a bond deserves an operator's look besides what is held: deletions, failures, creates under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, select

from ebond.store.database import Database
from ebond.store.partings import ended
from ebond.store.sqlkit import JOURNAL, LINK, PARTING, RECORD, from_micros

_L, _R, _J = LINK.c, RECORD.c, JOURNAL.c
_FAILURES = ("failed", "unknown", "unreadable")


class Attention:
    """The part of the store that shows what went wrong, and where."""

    db: Database

    def deleted(self, bond: str, *, limit: int = 100) -> list[Mapping[str, Any]]:
        """Return the links of which a side was deleted and that have not ended: that side, how far it is and why."""
        wanted = (
            select(_L.left_id, _L.right_id, _R.side, PARTING.c.state, PARTING.c.reason)
            .join(LINK, _L.id == _R.link_id)
            .outerjoin(PARTING, PARTING.c.link_id == _R.link_id)
            .where(_R.bond == bond, _R.gone.is_(True), ~ended(_R.link_id))
            .order_by(_L.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [
                {
                    "left": row.left_id,
                    "right": row.right_id,
                    "side": row.side,
                    "state": row.state,
                    "reason": row.reason or "",
                }
                for row in connection.execute(wanted)
            ]

    def failing(self, bond: str, *, limit: int = 100) -> list[Mapping[str, Any]]:
        """Return the links that failed and are tried again: when next, how often so far, and why the last time."""
        last = (
            select(_J.link_id, func.max(_J.id).label("id"))
            .where(_J.bond == bond, _J.event == "failed")
            .group_by(_J.link_id)
            .subquery()
        )
        wanted = (
            select(_L.left_id, _L.right_id, _L.attempts, _L.due_at, _J.at, _J.detail)
            .join(last, last.c.link_id == _L.id)
            .join(JOURNAL, _J.id == last.c.id)
            .where(_L.bond == bond, _L.attempts > 0, and_(_L.parked.is_(None), _L.mark > _L.done))
            .order_by(_L.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [
                {
                    "left": row.left_id,
                    "right": row.right_id,
                    "attempts": row.attempts,
                    "at": from_micros(row.at),
                    "next": from_micros(row.due_at),
                    "reason": (row.detail or {}).get("reason", ""),
                }
                for row in connection.execute(wanted)
            ]

    def failures(self, bond: str, *, limit: int = 10) -> list[Mapping[str, Any]]:
        """Return the last failures that the journal knows, newest first."""
        wanted = select(JOURNAL).where(_J.bond == bond, _J.event.in_(_FAILURES)).order_by(_J.id.desc()).limit(limit)
        with self.db.read() as connection:
            return [{**row._mapping, "at": from_micros(row.at)} for row in connection.execute(wanted)]
