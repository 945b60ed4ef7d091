"""Comments: how they are kept, and what a feed of them showed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.engine import Row

from ebond.children import IN_DOUBT
from ebond.comments import Body, CommentState
from ebond.state import Side, Watermark
from ebond.store.children import ChildTable, child_row, child_values
from ebond.store.database import Database
from ebond.store.leases import check_fence
from ebond.store.sqlkit import COMMENT, LINK, chunks, from_micros, to_micros, upsert
from ebond.store.watermarks import store_watermark

_C = COMMENT.c
_L = LINK.c
#: What names the feed of a side's comments among the watermarks.
FEED = "/comments"


_CHANGED = (
    update(COMMENT)
    .where(
        _C.bond == bindparam("b"), _C.side == bindparam("s"), _C.record_id == bindparam("r"), _C.id == bindparam("i")
    )
    .values(body=bindparam("said"))
)


class Comments:
    """The part of the store that keeps what holds for comments alone."""

    db: Database

    def note_feed(
        self,
        bond: str,
        side: Side,
        comments: Sequence[CommentState],
        *,
        watermark: Watermark | None,
        fence: int | None,
    ) -> None:
        """Store a page of a feed of comments: those that are new or were changed wait for their links to be looked at.

        Raises LeaseLost where the bond's fence has moved on.
        """
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            news, changed = _news(connection, bond, side, comments)
            upsert(connection, COMMENT, [_row(bond, one) for one in news])
            for one in changed:
                connection.execute(_CHANGED, {"b": bond, "s": side.value, **_said(one)})
            _touch(connection, bond, side, {one.record_id for one in (*news, *changed)})
            if watermark is not None:
                store_watermark(connection, bond, side, watermark, feed=FEED)

    def sides_in_doubt(self, bond: str) -> set[Side]:
        """Return the sides of which comments were sent to the other one, and nobody knows what came of it."""
        wanted = select(_C.side).where(_C.bond == bond, _C.state.in_([one.value for one in IN_DOUBT])).distinct()
        with self.db.read() as connection:
            return {Side(side) for side in connection.execute(wanted).scalars()}


def _news(
    connection: Connection, bond: str, side: Side, comments: Sequence[CommentState]
) -> tuple[list[CommentState], list[CommentState]]:
    """Return the comments that are not known, and those that are known to say something else."""
    shown = {(one.record_id, one.id): one for one in comments}
    known: dict[tuple[str, str], bytes] = {}
    for some in chunks([one.id for one in comments]):
        wanted = select(_C.record_id, _C.id, _C.digest).where(_C.bond == bond, _C.side == side.value)
        known.update({(row.record_id, row.id): row.digest for row in connection.execute(wanted.where(_C.id.in_(some)))})
    news = [one for key, one in shown.items() if key not in known]
    return news, [one for key, one in shown.items() if key in known and known[key] != one.digest]


def _said(one: CommentState) -> dict[str, Any]:
    row = _row("", one)
    return {"r": one.record_id, "i": one.id, "said": row["body"]}


def _touch(connection: Connection, bond: str, side: Side, record_ids: set[str]) -> None:
    column = _L.left_id if side is Side.LEFT else _L.right_id
    for some in chunks(sorted(record_ids)):
        in_order = select(_L.id).where(_L.bond == bond, column.in_(some)).order_by(_L.id).with_for_update()
        ids = list(connection.execute(in_order).scalars())
        if ids:
            connection.execute(update(LINK).where(_L.id.in_(ids)).values(mark=_L.mark + 1, attempts=0, due_at=None))


def _row(bond: str, one: CommentState) -> dict[str, Any]:
    body = one.body
    return {
        **child_row(bond, one),
        "digest": one.digest,
        "body": None if body is None else [body.text, body.author, to_micros(body.made), body.internal],
        "copy_digest": one.copy,
    }


def _state(row: Row[Any]) -> CommentState:
    body = row.body
    return CommentState(
        **child_values(row),
        digest=row.digest,
        body=None if body is None else Body(body[0], body[1], from_micros(body[2]), body[3]),
        copy=row.copy_digest,
    )


COMMENT_TABLE: Final = ChildTable(COMMENT, "comments", _row, _state)
