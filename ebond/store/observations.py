"""What a side showed of its records, stored as a scan or a read by id brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, update

from ebond.state import Entry, Fate, Known, Observation, Origin, Shown, Side, View, Watermark
from ebond.store import rest
from ebond.store.absence import note_returned
from ebond.store.database import Database
from ebond.store.fates import decide_fate
from ebond.store.journal import write_entries
from ebond.store.leases import check_fence
from ebond.store.notices import drop_notices
from ebond.store.sqlkit import LINK, MATCH_KEY, RECORD, chunks, from_micros, to_micros, upsert
from ebond.store.watermarks import store_watermark

_R = RECORD.c


_KNOWN = (
    select(_R.id, _R.digest, _R.version, _R.updated, _R.link_id, _R.gone, _R.run_id, _R.fate, _R.origin, _R.missing)
    .where(_R.bond == bindparam("bond"), _R.side == bindparam("side"))
    .where(_R.id.in_(bindparam("ids", expanding=True)))
)


# In the order of their ids: two scans that touch the same links would wait for each other in any other.
_IN_ORDER = (
    select(LINK.c.id).where(LINK.c.id.in_(bindparam("link_ids", expanding=True))).order_by(LINK.c.id).with_for_update()
)
_LINKED_DIRTY = update(LINK).where(LINK.c.id.in_(_IN_ORDER)).values(mark=LINK.c.mark + 1, attempts=0, due_at=None)


NOTHING_ODD: Final[Mapping[str, str]] = {}
_ORIGINS = {origin.value: origin for origin in Origin}


class Observations:
    """The part of the store that observing uses."""

    db: Database

    def known(self, bond: str, side: Side, ids: Sequence[str]) -> dict[str, Known]:
        """Return what tells whether these records changed, by id; ids never seen are left out."""
        found: dict[str, Known] = {}
        if not ids:
            return found
        with self.db.read() as connection:
            for some in chunks(ids):
                for row in connection.execute(_KNOWN, {"bond": bond, "side": side.value, "ids": some}).all():
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

    def views(self, bond: str, side: Side, ids: Sequence[str]) -> dict[str, View]:
        """Return what these records showed last, by id."""
        found: dict[str, View] = {}
        with self.db.read() as connection:
            for some in chunks(ids):
                wanted = select(_R.id, _R.view).where(_R.bond == bond, _R.side == side.value, _R.id.in_(some))
                found |= {row.id: row.view for row in connection.execute(wanted)}
        return found

    def moved(self, bond: str, side: Side, shown: Shown) -> set[str]:
        """Return the ids of records that do not stand as a list showed them last: new ones, changed ones, others."""
        asked = {"bond": bond, "side": side.value, **rest.asked(shown, sqlite=self.db.sqlite)}
        with self.db.read() as connection:
            return set(connection.execute(rest.MOVED[self.db.sqlite], asked).scalars())

    def store_page(
        self,
        bond: str,
        side: Side,
        *,
        run_id: int,
        observations: Sequence[Observation],
        stubs: Sequence[str] = (),
        told: Sequence[str] = (),
        returned: Sequence[str] = (),
        watermark: Watermark | None = None,
        fence: int | None = None,
        now: datetime,
        entries: Iterable[Entry] = (),
        odd: Mapping[str, str] = NOTHING_ODD,
    ) -> None:
        """Store what a page showed, mark the links dirty that it touches, move the watermark: one transaction.

        ``observations`` are the new and changed records only; ``stubs`` the records that have to be read by id,
        ``told`` those of them that notices named; ``returned`` those that may have vanished from an earlier full
        scan, ``odd`` those whose links are parked, with the reason. Raises LeaseLost where the fence has moved on.
        """
        if not observations and not stubs and not returned and watermark is None and not entries:
            return
        with self.db.write() as connection:
            check_fence(connection, bond, fence)
            _store_records(connection, bond, side, run_id, observations)
            _store_stubs(connection, bond, side, run_id, stubs)
            drop_notices(connection, bond, side, told)
            note_returned(connection, bond, side, returned)
            _park(connection, bond, side, odd)
            if watermark is not None:
                store_watermark(connection, bond, side, watermark)
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
        odd: str = "",
    ) -> None:
        """Store what a read by id showed of a record that no list could tell of, and close it if it is decided.

        Where it is ``odd``, its link is parked for this reason.
        """
        with self.db.write() as connection:
            _store_records(connection, bond, side, run_id, [observation])
            if observation.fate is not Fate.OPEN:
                decide_fate(connection, bond, side, observation.id, run_id, observation.fate)
            _park(connection, bond, side, {observation.id: odd} if odd else {})
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
    _mark_links(connection, bond, side, [one.id for one in undecided])
    _store_keys(connection, bond, side, undecided)


def _park(connection: Connection, bond: str, side: Side, reasons: Mapping[str, str]) -> None:
    """Park the links of records; with what is stored of them, that a crash in between does not set them free."""
    for record_id, reason in reasons.items():
        here = (LINK.c.bond == bond, LINK.c[f"{side}_id"] == record_id)
        connection.execute(update(LINK).where(*here).values(parked=reason))


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
    link_ids: list[int] = []
    for some in chunks(ids):
        linked = select(_R.link_id).where(_R.bond == bond, _R.side == side.value, _R.id.in_(some))
        link_ids += connection.execute(linked.where(_R.link_id.is_not(None))).scalars()
    for some in chunks(sorted(link_ids)):
        connection.execute(_LINKED_DIRTY, {"link_ids": some})


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
