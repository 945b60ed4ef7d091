"""Fields that are set aside for a human."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from ebond.state import Decision, Hold, Take
from ebond.store.sqlkit import DECISION, HOLD, chunks, from_micros, to_micros

_D = DECISION.c
#: Says in SQL that a decision is about a hold.
ABOUT: Final = and_(_D.link_id == HOLD.c.link_id, _D.field == HOLD.c.field, _D.since == HOLD.c.since)
_CLEAR = delete(HOLD).where(HOLD.c.link_id == bindparam("link"))
#: A later hold on a field is another question: a decision is about one.
_HELD = select(HOLD, _D.take, _D.by).outerjoin(DECISION, ABOUT)


def replace_holds(connection: Connection, bond: str, link_id: int, holds: Iterable[Hold]) -> None:
    """Store the held fields of a link in place of those before."""
    connection.execute(_CLEAR, {"link": link_id})
    rows = [
        {
            "link_id": link_id,
            "field": hold.field,
            "bond": bond,
            "kind": hold.kind,
            "reason": hold.reason,
            "since": to_micros(hold.since),
            "left_print": hold.left,
            "right_print": hold.right,
        }
        for hold in holds
    ]
    if rows:
        connection.execute(insert(HOLD), rows)


def forget_decisions(connection: Connection, link_id: int, fields: Iterable[str]) -> None:
    """Drop the decisions that a settlement used up."""
    connection.execute(delete(DECISION).where(_D.link_id == link_id, _D.field.in_(list(fields))))


def holds_of(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Hold]]:
    """Return the held fields of links by link and rule, with what was decided about them."""
    found: dict[int, dict[str, Hold]] = {}
    for some in chunks(link_ids):
        for row in connection.execute(_HELD.where(HOLD.c.link_id.in_(some))):
            since = from_micros(row.since)
            assert since is not None
            decision = Decision(Take(row.take), row.by) if row.take else None
            hold = Hold(row.field, row.kind, row.reason, since, row.left_print, row.right_print, decision)
            found.setdefault(row.link_id, {})[row.field] = hold
    return found
