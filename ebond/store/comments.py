"""Comments: what a side showed, what is on its way, and which is whose copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update
from sqlalchemy.engine import Row

from ebond.comments import IN_DOUBT, Body, Carriage, CommentState
from ebond.state import Entry, Side, Watermark
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.journal import write_entries
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


@dataclass(frozen=True, slots=True)
class Talk:
    """What is known of the comments of a link: those of both records, and up to where each was read."""

    comments: tuple[CommentState, ...]
    read: Mapping[Side, str | None]

    def of(self, side: Side) -> tuple[CommentState, ...]:
        """Return a side's own comments, in their order."""
        return tuple(one for one in self.comments if one.side is side)


class Comments:
    """The part of the store that keeps comments."""

    db: Database

    def talk(self, bond: str, link_id: int) -> Talk:
        """Return what is known of a link's comments."""
        wanted = select(_L.left_id, _L.right_id, _L.comments_left, _L.comments_right).where(_L.id == link_id)
        with self.db.read() as connection:
            left, right, read_left, read_right = connection.execute(wanted).one()
            theirs = or_(
                and_(_C.side == Side.LEFT.value, _C.record_id == left),
                and_(_C.side == Side.RIGHT.value, _C.record_id == right),
            )
            in_order = (_C.side, _C.place, _C.id)
            rows = connection.execute(select(COMMENT).where(_C.bond == bond, theirs).order_by(*in_order)).all()
        return Talk(tuple(_state(row) for row in rows), {Side.LEFT: read_left, Side.RIGHT: read_right})

    def note_comments(
        self,
        bond: str,
        link_id: int,
        comments: Sequence[CommentState],
        *,
        fence: int,
        run_id: int,
        now: datetime,
        read: Mapping[Side, str] | None = None,
        again: bool = False,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what became of a link's comments, and up to where they were read: one transaction.

        ``again`` leaves the link dirty. Raises LeaseLost where another worker has it by now.
        """
        values: dict[str, Any] = {f"comments_{side}": mark for side, mark in (read or {}).items()}
        values["mark"] = _L.mark + (1 if again else 0)
        # What is about to be sent must outlive a power cut, or it would be sent again.
        sending = any(one.state in IN_DOUBT for one in comments)
        with self.db.write(durable=sending) as connection:
            held = connection.execute(update(LINK).where(_L.id == link_id, _L.fence == fence).values(values))
            if held.rowcount != 1:
                raise taken_over(link_id)
            upsert(connection, COMMENT, [_row(bond, one) for one in comments])
            write_entries(connection, bond, run_id, entries, to_micros(now))

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

    def touch_talking(self, bond: str) -> None:
        """Mark the links dirty that have comments on their way, where a crash left them clean."""
        states = [one.value for one in (Carriage.WAITING, Carriage.OPEN, Carriage.UNKNOWN)]
        for side, column in ((Side.LEFT, _L.left_id), (Side.RIGHT, _L.right_id)):
            wanted = select(_C.record_id).where(_C.bond == bond, _C.state.in_(states), _C.side == side.value)
            with self.db.read() as connection:
                records = sorted(set(connection.execute(wanted).scalars()))
            for some in chunks(records):
                with self.db.write() as connection:
                    clean = (_L.bond == bond, column.in_(some), _L.mark <= _L.done)
                    connection.execute(update(LINK).where(*clean).values(mark=_L.mark + 1))


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
        "bond": bond,
        "side": one.side.value,
        "record_id": one.record_id,
        "id": one.id,
        "state": one.state.value,
        "digest": one.digest,
        "body": None if body is None else [body.text, body.author, to_micros(body.made), body.internal],
        "own": one.own,
        "partner": one.partner,
        "copy_digest": one.copy,
        "about": one.about,
        "sync_id": one.sync_id,
        "once_url": one.once_url,
        "run_id": one.run_id,
        "at": to_micros(one.at),
        "place": one.order,
        "reason": one.reason,
    }


def _state(row: Row[Any]) -> CommentState:
    body = row.body
    return CommentState(
        side=Side(row.side),
        record_id=row.record_id,
        id=row.id,
        state=Carriage(row.state),
        digest=row.digest,
        body=None if body is None else Body(body[0], body[1], from_micros(body[2]), body[3]),
        own=row.own,
        partner=row.partner,
        copy=row.copy_digest,
        about=row.about,
        sync_id=row.sync_id,
        once_url=row.once_url,
        run_id=row.run_id,
        at=from_micros(row.at),
        order=row.place,
        reason=row.reason,
    )
