"""Fields that are set aside for a human."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from ebond.state import Hold
from ebond.store.sqlkit import HOLD, chunks, from_micros, to_micros


def replace_holds(connection: Connection, bond: str, link_id: int, holds: Iterable[Hold]) -> None:
    """Store the held fields of a link in place of those before."""
    connection.execute(delete(HOLD).where(HOLD.c.link_id == link_id))
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


def holds_of(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Hold]]:
    found: dict[int, dict[str, Hold]] = {}
    for some in chunks(link_ids):
        for row in connection.execute(select(HOLD).where(HOLD.c.link_id.in_(some))):
            since = from_micros(row.since)
            assert since is not None
            hold = Hold(row.field, row.kind, row.reason, since, row.left_print, row.right_print)
            found.setdefault(row.link_id, {})[row.field] = hold
    return found
