"""Creates that were decided: committed before the call, gone when the link stands.

Every transaction locks the source's record before it touches the create: in the other order one that decides a
create and one that ends another for the same source would wait for each other for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, insert, select, update

from ebond.errors import LeaseLost
from ebond.state import Entry, Fate, Hold, Intent, IntentState, Observation, Side, Unconfirmed
from ebond.store.database import Database
from ebond.store.fates import decide_fate
from ebond.store.holders import free
from ebond.store.holds import replace_holds
from ebond.store.journal import write_entries
from ebond.store.kept import keep_flag
from ebond.store.links import AlreadyLinked, insert_link
from ebond.store.observations import record_row
from ebond.store.runs import is_at_work
from ebond.store.sqlkit import INTENT, LINK, RECORD, from_micros, insert_all_missing, to_micros, upsert
from ebond.store.strangers import hold_source
from ebond.store.unconfirmed import unconfirmed_json

_I = INTENT.c
_SOURCE = (
    select(RECORD.c.digest, RECORD.c.link_id)
    .where(RECORD.c.bond == bindparam("b"), RECORD.c.side == bindparam("s"), RECORD.c.id == bindparam("i"))
    .with_for_update()
)

_TAKEN = {
    side: select(LINK.c.id).where(LINK.c.bond == bindparam("b"), LINK.c[f"{side}_id"] == bindparam("i"))
    for side in Side
}
_DONE = delete(INTENT).where(_I.sync_id == bindparam("sync"))


class Intents:
    """The part of the store that creates use."""

    db: Database

    def open_many(self, intents: Sequence[Intent], *, run_id: int, now: datetime, entries: Sequence[Entry]) -> set[str]:
        """Commit creates before any of them is sent: one transaction; return the ids of those that are ours to send.

        All are for sources of one side. A source that got a link or another create meanwhile is left out, and all
        are where the run has ended. ``entries`` go with the intents, one each.
        """
        bond, source = intents[0].bond, intents[0].target.other
        with self.db.write(durable=True) as connection:
            if not is_at_work(connection, run_id):
                return set()
            wanted = _free_sources(bond, source, [one.source_id for one in intents])
            still = {row.id for row in connection.execute(wanted)}
            rows = [_row(one) for one in intents if one.source_id in still]
            opened = insert_all_missing(connection, INTENT, rows)
            noted = [entry for one, entry in zip(intents, entries, strict=True) if one.sync_id in opened]
            write_entries(connection, bond, run_id, noted, to_micros(now))
        return opened

    def reopen(self, sync_id: str, intent: Intent, *, run_id: int, entries: Iterable[Entry], now: datetime) -> None:
        """Commit another try in place of a create that made nothing, before it is sent: one transaction.

        Raises LeaseLost where the create is another worker's by now.
        """
        with self.db.write(durable=True) as connection:
            _end(connection, sync_id, intent.holder)
            connection.execute(insert(INTENT), _row(intent))
            write_entries(connection, intent.bond, run_id, entries, to_micros(now))

    def set_once_url(self, sync_id: str, url: str) -> None:
        """Keep the one-time URL that was given out for a create, before it is used."""
        with self.db.write(durable=True) as connection:
            connection.execute(update(INTENT).where(_I.sync_id == sync_id).values(once_url=url))

    def set_unknown(self, intent: Intent, *, run_id: int, entries: Sequence[Entry], now: datetime) -> None:
        """Note that nobody knows yet what became of a create, and since when nothing of it can be under way."""
        with self.db.write() as connection:
            connection.execute(
                update(INTENT)
                .where(_I.sync_id == intent.sync_id)
                .values(state=IntentState.UNKNOWN.value, at=to_micros(intent.at), attempts=_I.attempts + 1)
            )
            write_entries(connection, intent.bond, run_id, entries, to_micros(now))

    def set_stuck(self, intent: Intent, reason: str, *, run_id: int, entries: Sequence[Entry], now: datetime) -> None:
        """Set a create aside of which nobody can tell whether it was made; only a human, or a match, ends it."""
        source = intent.target.other
        with self.db.write() as connection:
            _lock_source(connection, intent.bond, source, intent.source_id)
            connection.execute(update(INTENT).where(_I.sync_id == intent.sync_id).values(state=IntentState.STUCK.value))
            hold_source(connection, intent.bond, source, intent.source_id, reason)
            decide_fate(connection, intent.bond, source, intent.source_id, run_id, Fate.HELD)
            write_entries(connection, intent.bond, run_id, entries, to_micros(now))

    def adopt(
        self,
        intent: Intent,
        *,
        target_record: Observation,
        base_source: Mapping[str, Any],
        base_target: Mapping[str, Any],
        unconfirmed_target: Mapping[str, Unconfirmed],
        holds: Sequence[Hold],
        again: bool,
        run_id: int,
        now: datetime,
        entries: Sequence[Entry],
        flag: tuple[str, bool] | None = None,
        awaited: bool = False,
    ) -> None:
        """Link a create with its record, in one transaction; keep a ``flag`` with it, and wake what has ``awaited`` it.

        The link is left dirty where the source moved since the intent, or ``again`` says so. Raises
        AlreadyLinked where the record belongs to another link, LeaseLost where the create is another worker's by now.
        """
        source, target, bond = intent.target.other, intent.target, intent.bond
        with self.db.write() as connection:
            # The row is locked: a scan either has shown the change already, or will find the link and mark it.
            row = _lock_source(connection, bond, source, intent.source_id)
            _end(connection, intent.sync_id, intent.holder)
            _not_taken(connection, bond, target, target_record.id)
            _not_taken(connection, bond, source, intent.source_id)
            moved = row is None or row.digest != intent.source_digest
            upsert(
                connection,
                RECORD,
                [{**record_row(bond, target, target_record), "fate": Fate.CREATED.value}],
                keep=("fate",),
            )
            ids = {source: intent.source_id, target: target_record.id}
            link_id = insert_link(
                connection,
                bond,
                ids[Side.LEFT],
                ids[Side.RIGHT],
                done=0 if moved or again else 1,
                awaited=awaited,
                **{
                    f"base_{source}": dict(base_source),
                    f"base_{target}": dict(base_target),
                    f"unconfirmed_{target}": unconfirmed_json(unconfirmed_target),
                },
            )
            if holds:
                replace_holds(connection, bond, link_id, holds)
            decide_fate(connection, bond, source, intent.source_id, run_id, Fate.CREATED)
            decide_fate(connection, bond, target, target_record.id, run_id, Fate.ECHO)
            write_entries(connection, bond, run_id, _linked(entries, link_id), to_micros(now))
            if flag is not None:
                # Last, for all creates of a bond keep the same one.
                keep_flag(connection, flag[0], is_set=flag[1])

    def drop(
        self,
        sync_id: str,
        *,
        run_id: int,
        hold: str | None,
        fate: Fate,
        entries: Sequence[Entry],
        now: datetime,
    ) -> None:
        """Give a create up; with ``hold`` its source is set aside for that reason until it changes."""
        with self.db.write() as connection:
            row = connection.execute(select(INTENT).where(_I.sync_id == sync_id)).one_or_none()
            if row is None:
                return
            source = Side(row.target).other
            _lock_source(connection, row.bond, source, row.source_id)
            connection.execute(_DONE, {"sync": sync_id})
            if hold is not None:
                hold_source(connection, row.bond, source, row.source_id, hold)
            decide_fate(connection, row.bond, source, row.source_id, run_id, fate)
            write_entries(connection, row.bond, run_id, entries, to_micros(now))

    def take_over(self, bond: str, *, holder: int) -> list[Intent]:
        """Take the creates of a bond that nobody alive has in hand, to find out what became of them; oldest first."""
        with self.db.write() as connection:
            connection.execute(update(INTENT).where(_I.bond == bond, free(_I.holder)).values(holder=holder))
            wanted = select(INTENT).where(_I.bond == bond, _I.holder == holder).order_by(_I.at, _I.sync_id)
            return [_intent(row) for row in connection.execute(wanted)]

    def let_go(self, holder: int, sync_ids: Sequence[str]) -> None:
        """Let others find out what became of creates.

        By their own ids: another thread of this process may have begun a create for the same source meanwhile.
        """
        with self.db.write() as connection:
            connection.execute(update(INTENT).where(_I.sync_id.in_(sync_ids), _I.holder == holder).values(holder=None))

    def unresolved(self, bond: str) -> list[Intent]:
        """Return the creates of a bond that are not linked yet, oldest first."""
        with self.db.read() as connection:
            rows = connection.execute(select(INTENT).where(_I.bond == bond).order_by(_I.at, _I.sync_id)).all()
        return [_intent(row) for row in rows]


def _free_sources(bond: str, source: Side, ids: Sequence[str]) -> Select[tuple[str]]:
    """Select and lock those of the records that may still be created on the other side.

    Nobody is waited for: a source that is locked is in another worker's hands, and one whose create is just being
    linked or given up keeps its old intent until that is committed. To wait for either would be a deadlock: those
    transactions take the intent first and the record then.
    """
    record = RECORD.c
    taken = exists().where(_I.bond == bond, _I.target == source.other.value, _I.source_id == record.id)
    return (
        select(record.id)
        .where(record.bond == bond, record.side == source.value, record.id.in_(ids))
        .where(record.link_id.is_(None), record.held.is_(None), record.gone.is_(False), ~taken)
        .order_by(record.id)
        .with_for_update(of=RECORD, skip_locked=True)
    )


def _lock_source(connection: Connection, bond: str, source: Side, record_id: str) -> Any:
    return connection.execute(_SOURCE, {"b": bond, "s": source.value, "i": record_id}).one_or_none()


def _row(intent: Intent) -> dict[str, Any]:
    return {
        "sync_id": intent.sync_id,
        "bond": intent.bond,
        "target": intent.target.value,
        "source_id": intent.source_id,
        "source_view": dict(intent.source_view),
        "source_digest": intent.source_digest,
        "sent": dict(intent.values),
        "state": intent.state.value,
        "at": to_micros(intent.at),
        "once_url": intent.once_url,
        "attempts": intent.attempts,
        "holder": intent.holder,
    }


def _end(connection: Connection, sync_id: str, holder: int | None) -> None:
    """Take a create off the list; refuse to go on for a worker that has lost it."""
    mine = _I.holder.is_(None) if holder is None else _I.holder == holder
    if connection.execute(delete(INTENT).where(_I.sync_id == sync_id, mine)).rowcount != 1:
        raise LeaseLost("another process took this create over; nothing of it was stored", where=f"create {sync_id}")


def _intent(row: Any) -> Intent:
    at = from_micros(row.at)
    assert at is not None
    return Intent(
        sync_id=row.sync_id,
        bond=row.bond,
        target=Side(row.target),
        source_id=row.source_id,
        source_view=row.source_view,
        source_digest=row.source_digest,
        values=row.sent,
        state=IntentState(row.state),
        at=at,
        once_url=row.once_url,
        attempts=row.attempts,
        holder=row.holder,
    )


def _not_taken(connection: Connection, bond: str, side: Side, record_id: str) -> None:
    if connection.execute(_TAKEN[side], {"b": bond, "i": record_id}).first():
        raise AlreadyLinked(f"record {record_id} on the {side} side belongs to another link")


def _linked(entries: Iterable[Entry], link_id: int) -> list[Entry]:
    return [Entry(one.event, link_id, one.side, one.record_id, one.field, one.detail) for one in entries]
