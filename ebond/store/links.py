"""Links: pairing records, finding what is dirty, settling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.engine import Row

from ebond.errors import LeaseLost, StoreError
from ebond.state import (
    Entry,
    Fate,
    Hold,
    IntentState,
    LinkState,
    Origin,
    RecordState,
    Settlement,
    Side,
    SideSettlement,
    Unconfirmed,
)
from ebond.store.database import Database
from ebond.store.records import chunks, record_row
from ebond.store.sqlkit import BOND, HOLD, INTENT, LINK, MATCH_KEY, RECORD, from_micros, to_micros, write_entries

_L = LINK.c
_LEFT, _RIGHT = RECORD.alias("l"), RECORD.alias("r")
_SIDE_COLUMNS = ("id", "version", "updated", "view", "digest", "gone", "origin")
_LINKS = (
    select(
        _L.id, _L.mark, _L.base_left, _L.base_right, _L.unconfirmed_left, _L.unconfirmed_right, _L.flips, _L.attempts,
        *(_LEFT.c[name].label(f"l_{name}") for name in _SIDE_COLUMNS),
        *(_RIGHT.c[name].label(f"r_{name}") for name in _SIDE_COLUMNS),
    )
    .join(_LEFT, and_(_LEFT.c.bond == _L.bond, _LEFT.c.side == "left", _LEFT.c.id == _L.left_id))
    .join(_RIGHT, and_(_RIGHT.c.bond == _L.bond, _RIGHT.c.side == "right", _RIGHT.c.id == _L.right_id))
)  # fmt: skip
_DIRTY = (
    _LINKS.where(_L.bond == bindparam("bond"), _L.mark > _L.done, _L.id > bindparam("after"), _L.parked.is_(None))
    .where(or_(_L.due_at.is_(None), _L.due_at <= bindparam("now")))
    .where(_LEFT.c.gone.is_(False), _RIGHT.c.gone.is_(False))
    .where(_LEFT.c.origin != Origin.STUB.value, _RIGHT.c.origin != Origin.STUB.value)
    .order_by(_L.id)
    .limit(bindparam("limit"))
)
_SETTLE = (
    update(LINK)
    .where(_L.id == bindparam("link"))
    .values(
        base_left=bindparam("bl"), base_right=bindparam("br"),
        unconfirmed_left=bindparam("ul"), unconfirmed_right=bindparam("ur"),
        flips=bindparam("fl"), done=bindparam("upto"), mark=_L.mark + bindparam("more"),
        attempts=0, due_at=None,
    )
)  # fmt: skip
_DECIDE = (
    update(RECORD)
    .where(
        RECORD.c.bond == bindparam("b"),
        RECORD.c.side == bindparam("s"),
        RECORD.c.link_id == bindparam("link"),
    )
    .where(RECORD.c.run_id == bindparam("run"), RECORD.c.fate == "open")
    .values(fate=bindparam("new"))
)
_SHOWN = (
    update(RECORD)
    .where(RECORD.c.bond == bindparam("b"), RECORD.c.side == bindparam("s"), RECORD.c.id == bindparam("i"))
    .values(
        version=bindparam("v"),
        updated=bindparam("u"),
        digest=bindparam("d"),
        view=bindparam("w"),
        origin=bindparam("o"),
    )
)
_FENCE = select(BOND.c.fence).where(BOND.c.bond == bindparam("b"))


class Links:
    """The part of the store that pairing and reconciling use."""

    db: Database

    # -- pairing ------------------------------------------------------------------------------------------

    def unique_pairs(self, bond: str, alternative: int, *, limit: int) -> list[tuple[str, str]]:
        """Return (left id, right id) of keys that exactly one free record on each side holds."""
        counted = _free_keys(bond, alternative).subquery()
        lone = (
            select(counted.c.key)
            .group_by(counted.c.key)
            .having(and_(func.count() == 2, func.min(counted.c.side) != func.max(counted.c.side)))
            .limit(limit)
        )
        with self.db.read() as connection:
            keys = [row[0] for row in connection.execute(lone)]
            pairs: dict[bytes, dict[str, str]] = {}
            for some in chunks(keys):
                wanted = select(counted.c.key, counted.c.side, counted.c.record_id).where(counted.c.key.in_(some))
                for key, side, record_id in connection.execute(wanted):
                    pairs.setdefault(key, {})[side] = record_id
        return [(pair["left"], pair["right"]) for pair in pairs.values()]

    def ambiguous(self, bond: str, alternative: int) -> list[tuple[Side, str, dict[Side, int], str | None]]:
        """Return the records without a link whose key several share while the other side has a candidate too.

        Each comes with the number of holders of its key by side, and the reason for which it is set aside already.
        """
        counted = _free_keys(bond, alternative).subquery()
        sides = select(counted.c.key, counted.c.side, func.count().label("n")).group_by(counted.c.key, counted.c.side)
        with self.db.read() as connection:
            holders: dict[bytes, dict[Side, int]] = {}
            for key, side, count in connection.execute(sides):
                holders.setdefault(key, {})[Side(side)] = count
            shared = {key: n for key, n in holders.items() if len(n) == len(Side) and sum(n.values()) > len(Side)}
            found: list[tuple[Side, str, dict[Side, int], str | None]] = []
            for some in chunks(list(shared)):
                wanted = select(counted).where(counted.c.key.in_(some))
                found += [
                    (Side(row.side), row.record_id, shared[row.key], row.held) for row in connection.execute(wanted)
                ]
        return sorted(found, key=lambda one: one[:2])

    def link_pairs(
        self,
        bond: str,
        pairs: Sequence[tuple[str, str]],
        *,
        run_id: int,
        entries: Iterable[Entry],
        now: datetime,
    ) -> int:
        """Make links of pairs, dirty and without a base: the next step plans them. One transaction."""
        with self.db.write() as connection:
            for left_id, right_id in pairs:
                insert_link(connection, bond, left_id, right_id, done=0)
            _forget_stuck(connection, bond)
            write_entries(connection, bond, run_id, entries, to_micros(now))
        return len(pairs)

    # -- reading ------------------------------------------------------------------------------------------

    def dirty(self, bond: str, *, now: datetime, after_id: int, limit: int) -> list[LinkState]:
        """Return links that have to be looked at and may be: not parked, not waiting, known on both sides."""
        with self.db.read() as connection:
            rows = connection.execute(
                _DIRTY, {"bond": bond, "after": after_id, "now": to_micros(now), "limit": limit}
            ).all()
            holds = _holds(connection, [row.id for row in rows])
        return [_link(bond, row, holds.get(row.id, {})) for row in rows]

    def link(self, bond: str, link_id: int) -> LinkState | None:
        """Return one link."""
        with self.db.read() as connection:
            row = connection.execute(_LINKS.where(_L.bond == bond, _L.id == link_id)).one_or_none()
            holds = _holds(connection, [link_id])
        return None if row is None else _link(bond, row, holds.get(link_id, {}))

    def links_of(self, bond: str) -> list[tuple[str, str]]:
        """Return (left id, right id) of every link of a bond."""
        with self.db.read() as connection:
            rows = connection.execute(select(_L.left_id, _L.right_id).where(_L.bond == bond).order_by(_L.id))
            return [(row.left_id, row.right_id) for row in rows]

    def link_of(self, bond: str, side: Side, record_id: str) -> int | None:
        """Return the link that holds a record."""
        column = _L.left_id if side is Side.LEFT else _L.right_id
        with self.db.read() as connection:
            return connection.execute(select(_L.id).where(_L.bond == bond, column == record_id)).scalar_one_or_none()

    # -- changing -----------------------------------------------------------------------------------------

    def rekey(self, bond: str, side: Side, old_id: str, new_id: str, *, run_id: int, now: datetime) -> bool:
        """Follow a record that goes by another id now; False where that id belongs to another link."""
        column = _L.left_id if side is Side.LEFT else _L.right_id
        here = (RECORD.c.bond == bond, RECORD.c.side == side.value)
        with self.db.write() as connection:
            if connection.execute(select(_L.id).where(_L.bond == bond, column == new_id)).first():
                return False
            connection.execute(delete(RECORD).where(*here, RECORD.c.id == new_id))
            connection.execute(update(RECORD).where(*here, RECORD.c.id == old_id).values(id=new_id))
            connection.execute(update(LINK).where(_L.bond == bond, column == old_id).values({column: new_id}))
            entry = Entry("rekeyed", side=side, record_id=new_id, detail={"from": old_id})
            write_entries(connection, bond, run_id, [entry], to_micros(now))
        return True

    def settle(self, settlement: Settlement, *, bond: str, run_id: int, fence: int | None, now: datetime) -> None:
        """Store the outcome of one link: one transaction. Raises LeaseLost where the fence has moved on."""
        link = settlement.link_id
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            connection.execute(_SETTLE, _settled_columns(settlement))
            for side, part, fate in (
                (Side.LEFT, settlement.left, settlement.left_fate),
                (Side.RIGHT, settlement.right, settlement.right_fate),
            ):
                _show(connection, bond, side, part)
                connection.execute(
                    _DECIDE, {"b": bond, "s": side.value, "link": link, "run": run_id, "new": fate.value}
                )
            replace_holds(connection, bond, link, settlement.holds)
            write_entries(connection, bond, run_id, settlement.entries, to_micros(now))

    def record_failure(
        self,
        bond: str,
        link_id: int,
        *,
        run_id: int,
        due_at: datetime,
        park: str | None,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Count a failure of a link; it is tried again at ``due_at``, or parked for a human."""
        with self.db.write() as connection:
            connection.execute(
                update(LINK)
                .where(_L.id == link_id)
                .values(attempts=_L.attempts + 1, due_at=to_micros(due_at), parked=park)
            )
            for side in Side:
                connection.execute(
                    _DECIDE,
                    {"b": bond, "s": side.value, "link": link_id, "run": run_id, "new": Fate.FAILED.value},
                )
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

    def unpark(self, bond: str, link_id: int) -> bool:
        """Give a parked link another try; False where there is none."""
        with self.db.write() as connection:
            done = connection.execute(
                update(LINK)
                .where(_L.bond == bond, _L.id == link_id, _L.parked.is_not(None))
                .values(parked=None, attempts=0, due_at=None, mark=_L.mark + 1)
            )
            return done.rowcount == 1


def _free_keys(bond: str, alternative: int) -> Any:
    """Select the keys of all records without a link.

    A record that is set aside counts: its twin is no less a rival, and when a human removes the rival, the two that
    are left have to find each other. One whose create is under way is not free; one whose create is stuck is, for
    the record that it made may be the one with its key.
    """
    keys, record = MATCH_KEY.c, RECORD.c
    creating = exists().where(
        INTENT.c.bond == bond,
        INTENT.c.target != record.side,
        INTENT.c.source_id == record.id,
        INTENT.c.state != IntentState.STUCK.value,
    )
    return (
        select(keys.key, keys.side, keys.record_id, record.held)
        .join(RECORD, and_(record.bond == keys.bond, record.side == keys.side, record.id == keys.record_id))
        .where(keys.bond == bond, keys.alternative == alternative)
        .where(record.link_id.is_(None), record.in_scope.is_(True), record.gone.is_(False))
        .where(record.origin != Origin.STUB.value, ~creating)
    )


def insert_link(connection: Connection, bond: str, left_id: str, right_id: str, *, done: int, **columns: Any) -> int:
    """Make a link and tie both records to it; the caller knows that neither has one."""
    inserted = connection.execute(
        insert(LINK)
        .values(bond=bond, left_id=left_id, right_id=right_id, mark=1, done=done, attempts=0, **columns)
        .returning(_L.id)
    )
    link_id: int = inserted.scalar_one()
    for side, record_id in ((Side.LEFT, left_id), (Side.RIGHT, right_id)):
        here = (RECORD.c.bond == bond, RECORD.c.side == side.value, RECORD.c.id == record_id)
        connection.execute(update(RECORD).where(*here).values(link_id=link_id, held=None))
        keys = MATCH_KEY.c
        connection.execute(
            delete(MATCH_KEY).where(keys.bond == bond, keys.side == side.value, keys.record_id == record_id)
        )
    return link_id


def _forget_stuck(connection: Connection, bond: str) -> None:
    """Forget the stuck creates of records that have found their partner by other means."""
    intent, record = INTENT.c, RECORD.c
    linked = exists().where(
        record.bond == bond, record.side != intent.target, record.id == intent.source_id, record.link_id.is_not(None)
    )
    connection.execute(delete(INTENT).where(intent.bond == bond, intent.state == IntentState.STUCK.value, linked))


def check_fence(connection: Connection, bond: str, fence: int | None) -> None:
    """Refuse to commit for a worker that has lost its lease."""
    if fence is None:
        return
    if connection.execute(_FENCE, {"b": bond}).scalar_one_or_none() != fence:
        raise LeaseLost(f"another process took bond {bond} over; nothing of this link was stored")


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


def unconfirmed_json(fields: Mapping[str, Unconfirmed]) -> dict[str, list[Any]] | None:
    """Return unconfirmed fields as they are stored."""
    return {name: [one.sent, one.was, one.source] for name, one in fields.items()} or None


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
    }


def _show(connection: Connection, bond: str, side: Side, part: SideSettlement) -> None:
    if part.record is None:
        return
    row = record_row(bond, side, part.record)
    connection.execute(
        _SHOWN,
        {
            "b": bond, "s": side.value, "i": row["id"], "v": row["version"], "u": row["updated"],
            "d": row["digest"], "w": row["view"], "o": row["origin"],
        },
    )  # fmt: skip


def _holds(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Hold]]:
    found: dict[int, dict[str, Hold]] = {}
    for some in chunks(link_ids):
        for row in connection.execute(select(HOLD).where(HOLD.c.link_id.in_(some))):
            since = from_micros(row.since)
            assert since is not None
            hold = Hold(row.field, row.kind, row.reason, since, row.left_print, row.right_print)
            found.setdefault(row.link_id, {})[row.field] = hold
    return found


def _link(bond: str, row: Row[Any], holds: Mapping[str, Hold]) -> LinkState:
    return LinkState(
        id=row.id,
        bond=bond,
        left=_side(row, "l", row.base_left, row.unconfirmed_left),
        right=_side(row, "r", row.base_right, row.unconfirmed_right),
        mark=row.mark,
        holds=holds,
        flips={name: tuple((at, print_) for at, print_ in history) for name, history in (row.flips or {}).items()},
        attempts=row.attempts,
    )


def _side(row: Row[Any], prefix: str, base: Any, unconfirmed: Any) -> RecordState:
    part = {name: row._mapping[f"{prefix}_{name}"] for name in _SIDE_COLUMNS}
    return RecordState(
        id=part["id"],
        version=part["version"],
        updated=from_micros(part["updated"]),
        view=part["view"],
        digest=part["digest"],
        base=base,
        unconfirmed={name: Unconfirmed(*values) for name, values in (unconfirmed or {}).items()},
        gone=part["gone"],
        origin=Origin(part["origin"]),
    )


class AlreadyLinked(StoreError):
    """The record belongs to another link already."""
