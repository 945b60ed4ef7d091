"""Departures: records of links that have left their side's scope, and what their partners were told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.engine import Row

from ebond.departure import Departure, DepartureState
from ebond.state import Entry, LinkState, Observation, Side, Unconfirmed
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.observations import record_row
from ebond.store.sqlkit import DEPARTURE, LINK, RECORD, from_micros, to_micros, upsert
from ebond.store.unconfirmed import unconfirmed_json

_D, _L = DEPARTURE.c, LINK.c


class Departures:
    """The part of the store that remembers who left, and what was said about it."""

    db: Database

    def departures(self, link_id: int) -> dict[Side, Departure]:
        """Return the departures of a link, by the side that was left."""
        with self.db.read() as connection:
            rows = connection.execute(select(DEPARTURE).where(_D.link_id == link_id))
            return {Side(row.side): _departure(row) for row in rows}

    def departed(self, bond: str, *, limit: int = 100) -> list[Mapping[str, Any]]:
        """Return the links of which a record has left, oldest first: which one, how far that was told, and why not."""
        wanted = (
            select(_L.left_id, _L.right_id, _D.side, _D.state, _D.since, _D.reason)
            .join(LINK, _L.id == _D.link_id)
            .where(_D.bond == bond)
            .order_by(_D.since, _L.id)
            .limit(limit)
        )
        with self.db.read() as connection:
            return [
                {
                    "left": row.left_id,
                    "right": row.right_id,
                    "side": row.side,
                    "state": row.state,
                    "since": from_micros(row.since),
                    "reason": row.reason,
                }
                for row in connection.execute(wanted)
            ]

    def begin_departure(
        self, link: LinkState, departure: Departure, *, run_id: int, entries: Iterable[Entry], now: datetime
    ) -> None:
        """Note what is about to be written, or why it was not. Raises LeaseLost where another worker has the link."""
        with self.db.write() as connection:
            _check(connection, link)
            upsert(connection, DEPARTURE, [_row(link.bond, departure)])
            write_entries(connection, link.bond, run_id, entries, to_micros(now))

    def end_departure(
        self,
        link: LinkState,
        departure: Departure,
        *,
        base: Mapping[str, Any],
        unconfirmed: Mapping[str, Unconfirmed],
        shown: Observation,
        run_id: int,
        entries: Iterable[Entry],
        now: datetime,
    ) -> None:
        """Note what was written to the partner, as it shows it now; a departure that ends by a return is forgotten.

        Raises LeaseLost where another worker has the link.
        """
        there = departure.left.other
        columns = {f"base_{there}": dict(base), f"unconfirmed_{there}": unconfirmed_json(unconfirmed)}
        with self.db.write() as connection:
            # Records before the link, as scans do: the other order would be a deadlock.
            upsert(
                connection,
                RECORD,
                [{**record_row(link.bond, there, shown), "fate": shown.fate.value}],
                keep=("fate", "in_scope", "gone"),
            )
            _check(connection, link, columns)
            if departure.state is DepartureState.RETURNING:
                connection.execute(delete(DEPARTURE).where(_D.link_id == link.id, _D.side == departure.left.value))
            else:
                upsert(connection, DEPARTURE, [_row(link.bond, departure)])
            write_entries(connection, link.bond, run_id, entries, to_micros(now))


def _check(connection: Connection, link: LinkState, columns: Mapping[str, Any] | None = None) -> None:
    """Change a link, which has to be ours still."""
    mine = (_L.id == link.id, _L.fence == link.fence)
    changed = connection.execute(update(LINK).where(*mine).values(columns or {"fence": _L.fence}))
    if changed.rowcount != 1:
        raise taken_over(link.id)


def _departure(row: Row[Any]) -> Departure:
    since = from_micros(row.since)
    assert since is not None
    return Departure(row.link_id, Side(row.side), DepartureState(row.state), since, row.reason, row.was, row.sent)


def _row(bond: str, one: Departure) -> dict[str, Any]:
    return {
        "link_id": one.link_id,
        "side": one.left.value,
        "bond": bond,
        "state": one.state.value,
        "since": to_micros(one.since),
        "reason": one.reason,
        "was": dict(one.was),
        "sent": dict(one.sent),
    }
