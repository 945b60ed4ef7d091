"""How all bonds stand at once, on both databases: right numbers, and as many statements for many bonds as for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from ebond.state import Books, Fate, Hold, Side
from ebond.store import BondGauges, LastRun, Store
from ebond.store.sqlkit import BOND as BOND_TABLE
from ebond.store.sqlkit import RUN, to_micros
from tests.integration.store.examples import (
    BOND,
    LATER,
    NOW,
    fail,
    intent,
    linked,
    opened,
    seen,
    settle,
    show,
)

SECOND = timedelta(seconds=1)
EMPTY = dict.fromkeys(
    ("waiting", "parked_links", "conflicts", "parked_fields", "held_records", "held_comments", "held_files",
     "open_creates"), 0
)  # fmt: skip


def finished(store: Store, *, status: str, began: int) -> None:
    """Store a run that began so many seconds after NOW and took one."""
    run_id = store.begin(BOND, kind="scheduled", now=NOW + began * SECOND)
    store.count_calls(run_id, 7)
    store.finish(run_id, now=NOW + (began + 1) * SECOND, status=status, books=Books(), error=None)


def test_what_waits_is_counted_by_kind(store: Store) -> None:
    """Links that wait, are parked, or overdue; held fields of both kinds; held records; open creates."""
    waiting, parked, held = (linked(store, f"L{n}", f"R{n}") for n in range(3))
    fail(store, waiting.id, due_at=LATER)
    fail(store, parked.id, park="again and again")
    kinds = ("conflict", "parked", "parked")
    settle(store, held, holds=tuple(Hold(f"f{n}", kind, "why", NOW) for n, kind in enumerate(kinds)))
    show(store, Side.LEFT, seen("L8"), seen("L9"))
    opened(store, intent("L9"), intent("L8", "s-2"))
    store.drop("s-2", run_id=1, hold="too long", fate=Fate.HELD, entries=[], now=NOW)
    store.ask(BOND, NOW)
    found = store.gauges(now=LATER + SECOND)[BOND]
    counts = {
        "waiting": 1,
        "parked_links": 1,
        "conflicts": 1,
        "parked_fields": 2,
        "held_records": 1,
        "held_comments": 0,
        "held_files": 0,
        "open_creates": 1,
    }
    assert (found.counts, found.oldest_due) == ({**EMPTY, **counts}, LATER)
    assert store.link_counts() == {BOND: 3}


def test_the_runs_of_interest_are_found(store: Store) -> None:
    """The oldest, the last good one, the last one, and the one that is open."""
    store.begin(BOND, kind="scheduled", now=NOW)
    for began, status in ((10, "ok"), (20, "ok"), (30, "failed")):
        finished(store, status=status, began=began)
    store.ask(BOND, NOW + 40 * SECOND)
    store.begin(BOND, kind="scheduled", now=NOW + 41 * SECOND)
    last = LastRun("failed", NOW + 30 * SECOND, NOW + 31 * SECOND, 7)
    found = store.gauges(now=LATER)[BOND]
    assert replace(found, first=None) == BondGauges(
        paused=False, stopped=False, asked=NOW + 40 * SECOND, begun=NOW + 40 * SECOND, first=None,
        last_ok=NOW + 20 * SECOND, running=NOW + 41 * SECOND, last=last, oldest_due=None, counts=EMPTY,
    )  # fmt: skip


def test_the_living_are_counted_by_kind(store: Store) -> None:
    """Those whose time is over do not count, buried or not."""
    for kind, ttl in (("worker", 60), ("worker", 60), ("worker", 1), ("scheduler", 60)):
        store.register(f"a {kind}", kind=kind, now=NOW, ttl=ttl)
    counts = store.holder_counts(now=NOW + 2 * SECOND)
    assert (counts["worker"], counts["scheduler"]) == (2, 1)


@pytest.mark.parametrize("bonds", [1, 200])
def test_asking_costs_the_same_for_many_bonds(store: Store, statements: list[str], bonds: int) -> None:
    """Ten statements, never one for each bond."""
    with store.db.write() as connection:
        names = [f"b{n}" for n in range(bonds)]
        state = {"fence": 0, "paused": False, "mapping_digest": ""}
        connection.execute(insert(BOND_TABLE), [{"bond": name, **state} for name in names])
        run = {"kind": "scheduled", "started": to_micros(NOW), "finished": to_micros(LATER), "status": "ok", "calls": 1}
        connection.execute(insert(RUN), [{"bond": name, **run} for name in names])
    statements.clear()
    found = store.gauges(now=LATER)
    assert {found[name].last_ok for name in names} == {NOW}
    assert len(statements) == 10
