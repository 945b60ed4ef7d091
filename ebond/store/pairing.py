"""Matching records that exist on both sides already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, select

from ebond.state import Entry, IntentState, Origin, Side
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.leases import check_fence
from ebond.store.links import insert_link
from ebond.store.sqlkit import INTENT, MATCH_KEY, RECORD, chunks, to_micros


class Pairing:
    """The part of the store that pairing uses."""

    db: Database

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
        key, side = counted.c.key, counted.c.side
        shared = select(key).group_by(key).having(func.count() > len(Side), func.min(side) != func.max(side)).subquery()
        with self.db.read() as connection:
            rows = connection.execute(select(counted).join(shared, shared.c.key == key)).all()
        holders: dict[bytes, Counter[Side]] = {}
        for row in rows:
            holders.setdefault(row.key, Counter())[Side(row.side)] += 1
        found = [(Side(row.side), row.record_id, dict(holders[row.key]), row.held) for row in rows]
        return sorted(found, key=lambda one: one[:2])

    def link_pairs(
        self,
        bond: str,
        pairs: Sequence[tuple[str, str]],
        *,
        run_id: int,
        fence: int | None = None,
        entries: Iterable[Entry],
        now: datetime,
        awaited: bool = False,
    ) -> int:
        """Make links of pairs, dirty and without a base: the next step plans them. One transaction.

        Raises LeaseLost where the fence has moved on.
        """
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            for left_id, right_id in pairs:
                insert_link(connection, bond, left_id, right_id, done=0, awaited=awaited)
            _forget_stuck(connection, bond)
            write_entries(connection, bond, run_id, entries, to_micros(now))
        return len(pairs)


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


def _forget_stuck(connection: Connection, bond: str) -> None:
    """Forget the stuck creates of records that have found their partner by other means."""
    intent, record = INTENT.c, RECORD.c
    linked = exists().where(
        record.bond == bond, record.side != intent.target, record.id == intent.source_id, record.link_id.is_not(None)
    )
    connection.execute(delete(INTENT).where(intent.bond == bond, intent.state == IntentState.STUCK.value, linked))
