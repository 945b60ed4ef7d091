"""Records as observed, their match keys, and the watermark: what a scan stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update

from ebond.state import Entry, Fate, IntentState, Known, Observation, Origin, Side, Stranger, Watermark
from ebond.store.database import Database
from ebond.store.sqlkit import (
    HOLD,
    INTENT,
    LINK,
    MATCH_KEY,
    RECORD,
    WATERMARK,
    from_micros,
    to_micros,
    upsert,
    write_entries,
)

#: Ids asked for in one statement; below every database's limit of parameters.
CHUNK: Final = 900

_R = RECORD.c
_KNOWN = (
    select(_R.id, _R.digest, _R.version, _R.updated, _R.link_id, _R.gone, _R.run_id, _R.fate, _R.origin, _R.missing)
    .where(_R.bond == bindparam("bond"), _R.side == bindparam("side"))
    .where(_R.id.in_(bindparam("ids", expanding=True)))
)
_LINKED_DIRTY = (
    update(LINK)
    .where(LINK.c.id.in_(bindparam("link_ids", expanding=True)))
    .values(mark=LINK.c.mark + 1, attempts=0, due_at=None)
)
#: Mark of a record that full scans no longer show; it was read by id when it vanished from them.
_ABSENT: Final = 0
_ORIGINS = {origin.value: origin for origin in Origin}


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces that fit one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def record_row(bond: str, side: Side, observation: Observation) -> dict[str, Any]:
    """Return the columns of a record that an observation tells."""
    return {
        "bond": bond,
        "side": side.value,
        "id": observation.id,
        "version": observation.version,
        "updated": to_micros(observation.updated),
        "digest": observation.digest,
        "view": dict(observation.view),
        "origin": observation.origin.value,
        "in_scope": observation.in_scope,
        "gone": observation.gone,
        "missing": False,
    }


class Records:
    """The part of the store that scans use."""

    db: Database

    def known(self, bond: str, side: Side, ids: Sequence[str]) -> dict[str, Known]:
        """Return what tells whether these records changed, by id; ids never seen are left out."""
        found: dict[str, Known] = {}
        with self.db.read() as connection:
            for some in chunks(ids):
                for row in connection.execute(_KNOWN, {"bond": bond, "side": side.value, "ids": some}):
                    record_id, digest, version, updated, link_id, gone, run_id, fate, origin, missing = row
                    found[record_id] = Known(
                        digest,
                        version,
                        from_micros(updated),
                        link_id,
                        gone,
                        run_id if fate == "open" else None,
                        _ORIGINS[origin],
                        missing,
                    )
        return found

    def store_page(
        self,
        bond: str,
        side: Side,
        *,
        run_id: int,
        observations: Sequence[Observation],
        stubs: Sequence[str] = (),
        seen_ids: Sequence[str] = (),
        watermark: Watermark | None = None,
        now: datetime,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what a page showed, mark the links dirty that it touches, move the watermark: one transaction.

        ``observations`` are the new and changed records only; ``stubs`` the records that have to be read by id;
        ``seen_ids`` all ids of a page of a full scan.
        """
        if not observations and not stubs and not seen_ids and watermark is None and not entries:
            return
        with self.db.write() as connection:
            _store_records(connection, bond, side, run_id, observations)
            _store_stubs(connection, bond, side, run_id, stubs)
            for some in chunks(seen_ids):
                connection.execute(
                    update(RECORD).where(_R.bond == bond, _R.side == side.value, _R.id.in_(some)).values(sweep=run_id)
                )
            if watermark is not None:
                _store_watermark(connection, bond, side, watermark)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def store_read(
        self,
        bond: str,
        side: Side,
        observation: Observation,
        *,
        run_id: int,
        now: datetime,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what a read by id showed of a record that no list could tell of, and close it if it is decided."""
        with self.db.write() as connection:
            _store_records(connection, bond, side, run_id, [observation])
            if observation.fate is not Fate.OPEN:
                decide_fate(connection, bond, side, observation.id, run_id, observation.fate)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def observe(self, bond: str, side: Side, observation: Observation, *, now: datetime) -> None:  # noqa: ARG002
        """Store what a read by id showed of a linked record; its link is being worked on by the caller."""
        with self.db.write() as connection:
            upsert(
                connection,
                RECORD,
                [{**record_row(bond, side, observation), "fate": Fate.UNCHANGED.value, "in_scope": True}],
                keep=("fate", "in_scope"),
            )

    def watermark(self, bond: str, side: Side) -> Watermark | None:
        """Return how far a side's feed has been read."""
        table = WATERMARK.c
        with self.db.read() as connection:
            row = connection.execute(
                select(table.key, table.floor, table.swept_at, table.count).where(
                    table.bond == bond, table.side == side.value
                )
            ).one_or_none()
        return row and Watermark(row.key, from_micros(row.floor), from_micros(row.swept_at), row[3])

    def count(self, bond: str, side: Side) -> int:
        """Count the records of a side that are there and in scope."""
        with self.db.read() as connection:
            found = connection.execute(
                select(func.count()).where(
                    _R.bond == bond, _R.side == side.value, _R.gone.is_(False), _R.in_scope.is_(True)
                )
            )
            return int(found.scalar_one())

    def doubt_absent(self, bond: str, side: Side, run_id: int) -> None:
        """Have the records read by id that the full scan of a run did not show, once for each disappearance."""
        here = (_R.bond == bond, _R.side == side.value, _R.gone.is_(False))
        unseen = or_(_R.sweep.is_(None), _R.sweep.not_in((run_id, _ABSENT)))
        with self.db.write() as connection:
            connection.execute(
                update(RECORD)
                .where(*here, unseen, _R.origin != Origin.ASSUMED.value)
                .values(origin=Origin.STUB.value, sweep=_ABSENT)
            )

    def to_read(self, bond: str, side: Side, *, now: datetime, after_id: str, limit: int) -> list[str]:
        """Return the records that a read by id has to tell of: stubs, and what we wrote and were not shown.

        Those that are set aside, or whose link is parked or waits, are left alone.
        """
        idle = exists().where(LINK.c.id == _R.link_id, or_(LINK.c.parked.is_not(None), LINK.c.due_at > to_micros(now)))
        wanted = (
            select(_R.id)
            .where(_R.bond == bond, _R.side == side.value, _R.id > after_id)
            .where(_R.origin.in_((Origin.ASSUMED.value, Origin.STUB.value)))
            .where(_R.held.is_(None), ~idle)
            .order_by(_R.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [row[0] for row in connection.execute(wanted)]

    def note_missing(
        self, bond: str, side: Side, record_id: str, *, run_id: int, gone: bool, entries: Iterable[Entry], now: datetime
    ) -> None:
        """Note that a read by id did not find a record: the first time it is doubted, with ``gone`` it is deleted."""
        here = (_R.bond == bond, _R.side == side.value, _R.id == record_id)
        with self.db.write() as connection:
            connection.execute(
                update(RECORD)
                .where(*here)
                .values(missing=True, gone=gone, origin=(Origin.READ if gone else Origin.STUB).value)
            )
            decide_fate(connection, bond, side, record_id, run_id, Fate.HELD)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def some_present(self, bond: str, side: Side) -> str | None:
        """Return the id of a linked record that was there when it was last looked at."""
        with self.db.read() as connection:
            return connection.execute(
                select(_R.id)
                .where(_R.bond == bond, _R.side == side.value, _R.link_id.is_not(None))
                .where(_R.gone.is_(False), _R.missing.is_(False))
                .order_by(_R.id.desc())
                .limit(1)
            ).scalar_one_or_none()

    def strangers(self, bond: str, side: Side, *, after_id: str, limit: int) -> list[Stranger]:
        """Return records in scope that no link holds, no hold keeps back and no open create is for."""
        intent = exists().where(INTENT.c.bond == bond, INTENT.c.target == side.other.value, INTENT.c.source_id == _R.id)
        wanted = (
            select(_R.id, _R.version, _R.updated, _R.view, _R.digest)
            .where(_R.bond == bond, _R.side == side.value, _R.id > after_id, _R.link_id.is_(None))
            .where(_R.in_scope.is_(True), _R.gone.is_(False), _R.held.is_(None), ~intent)
            .where(_R.origin != Origin.STUB.value)
            .order_by(_R.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [
                Stranger(row.id, row.version, from_micros(row.updated), row.view, row.digest)
                for row in connection.execute(wanted)
            ]

    def hold_record(
        self,
        bond: str,
        side: Side,
        record_id: str,
        reason: str | None,
        *,
        run_id: int,
        fate: Fate,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Set a record without a link aside until it changes; without a reason it only leaves the run's books."""
        with self.db.write() as connection:
            if reason is not None:
                hold_source(connection, bond, side, record_id, reason)
            decide_fate(connection, bond, side, record_id, run_id, fate)
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def set_fates(self, bond: str, side: Side, run_id: int, fate: Fate) -> None:
        """Decide all strangers of a side that a run left open."""
        with self.db.write() as connection:
            connection.execute(
                update(RECORD)
                .where(_R.bond == bond, _R.side == side.value, _R.run_id == run_id, _R.fate == Fate.OPEN.value)
                .where(_R.link_id.is_(None))
                .values(fate=fate.value)
            )

    def close_open(self, bond: str, run_id: int) -> None:
        """Decide what a finished run still left open, where there is a reason for it.

        A held field or parked link holds it; a link that failed or moved under our hands, or a create whose
        outcome is open, counts as failed. Whatever has no such reason stays open, and the books do not balance.
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
        with self.db.write() as connection:
            for condition, fate in (
                (or_(parked, held, bereft, stuck), Fate.HELD),
                (or_(waiting, and_(_R.link_id.is_(None), intent)), Fate.FAILED),
                (_R.held.is_not(None), Fate.HELD),
            ):
                connection.execute(update(RECORD).where(*open_here, condition).values(fate=fate.value))

    def fates(self, run_id: int) -> dict[Fate, int]:
        """Count what became of the records that a run left to be decided."""
        with self.db.read() as connection:
            rows = connection.execute(select(_R.fate, func.count()).where(_R.run_id == run_id).group_by(_R.fate))
            return {Fate(fate): count for fate, count in rows}


def _store_records(
    connection: Connection, bond: str, side: Side, run_id: int, observations: Sequence[Observation]
) -> None:
    undecided = [one for one in observations if one.fate is Fate.OPEN]
    decided = [one for one in observations if one.fate is not Fate.OPEN]
    opened = [
        {**record_row(bond, side, one), "run_id": run_id, "fate": Fate.OPEN.value, "held": None} for one in undecided
    ]
    upsert(connection, RECORD, opened)
    quiet = [{**record_row(bond, side, one), "fate": one.fate.value} for one in decided]
    upsert(connection, RECORD, quiet, keep=("fate", "run_id"))
    for some in chunks([one.id for one in undecided]):
        _mark_links(connection, bond, side, some)
    _store_keys(connection, bond, side, undecided)


def _store_stubs(connection: Connection, bond: str, side: Side, run_id: int, ids: Sequence[str]) -> None:
    """Note that records have to be read by id; what is known of them stays."""
    rows = [
        {
            **record_row(bond, side, Observation(one, None, None, {}, b"", origin=Origin.STUB)),
            "run_id": run_id,
            "fate": Fate.OPEN.value,
            "held": None,
        }
        for one in ids
    ]
    upsert(connection, RECORD, rows, keep=("version", "updated", "digest", "view", "in_scope", "gone", "missing"))


def _mark_links(connection: Connection, bond: str, side: Side, ids: Sequence[str]) -> None:
    linked = select(_R.link_id).where(_R.bond == bond, _R.side == side.value, _R.id.in_(ids), _R.link_id.is_not(None))
    link_ids = [row[0] for row in connection.execute(linked)]
    if link_ids:
        connection.execute(_LINKED_DIRTY, {"link_ids": link_ids})


def _store_keys(connection: Connection, bond: str, side: Side, observations: Sequence[Observation]) -> None:
    keys = MATCH_KEY.c
    for some in chunks([one.id for one in observations]):
        connection.execute(
            delete(MATCH_KEY).where(keys.bond == bond, keys.side == side.value, keys.record_id.in_(some))
        )
    rows = [
        {"bond": bond, "side": side.value, "record_id": one.id, "alternative": alternative, "key": key}
        for one in observations
        for alternative, key in one.keys
    ]
    if rows:
        connection.execute(MATCH_KEY.insert(), rows)


def _store_watermark(connection: Connection, bond: str, side: Side, mark: Watermark) -> None:
    row = {
        "bond": bond,
        "side": side.value,
        "key": mark.key,
        "floor": to_micros(mark.floor),
        "swept_at": to_micros(mark.swept_at),
        "count": mark.count,
    }
    upsert(connection, WATERMARK, [row])


def hold_source(connection: Connection, bond: str, side: Side, record_id: str, reason: str) -> None:
    """Set a stranger aside and take its match keys out of the game."""
    connection.execute(
        update(RECORD).where(_R.bond == bond, _R.side == side.value, _R.id == record_id).values(held=reason)
    )


def decide_fate(connection: Connection, bond: str, side: Side, record_id: str, run_id: int, fate: Fate) -> None:
    """Close a record in a run's books, if the run has it open."""
    connection.execute(
        update(RECORD)
        .where(_R.bond == bond, _R.side == side.value, _R.id == record_id)
        .where(_R.run_id == run_id, _R.fate == Fate.OPEN.value)
        .values(fate=fate.value)
    )
