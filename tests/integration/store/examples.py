"""Records, links and settlements for store tests: short to write, and like real ones."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ebond.state import (
    Entry,
    Fate,
    Intent,
    IntentState,
    LinkState,
    Observation,
    Settlement,
    Side,
    SideSettlement,
)
from ebond.store import Opened, Store

BOND = "incidents"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
#: A holder that was never there.
NOBODY = 99
EVER = 10**6


def seen(record_id: str, key: str = "", **view: Any) -> Observation:
    """Return an observation; ``key`` is its match key."""
    shown = view or {"title": f"about {record_id}"}
    keys = ((0, hashlib.sha256(key.encode()).digest()),) if key else ()
    return Observation(record_id, "1", NOW, shown, digest(shown), keys=keys)


def digest(view: Any) -> bytes:
    return hashlib.sha256(orjson.dumps(view)).digest()


def show(store: Store, side: Side, *observations: Observation, run_id: int = 1, **more: Any) -> None:
    """Store a page."""
    store.store_page(BOND, side, run_id=run_id, observations=observations, now=NOW, **more)


def linked(store: Store, left: str = "L1", right: str = "R1") -> LinkState:
    """Store two records, link them and return the link, which is dirty."""
    show(store, Side.LEFT, seen(left))
    show(store, Side.RIGHT, seen(right))
    store.link_pairs(BOND, [(left, right)], run_id=1, entries=[], now=NOW)
    return next(one for one in dirty(store) if one.left.id == left)


def dirty(store: Store, *, now: datetime = LATER, limit: int = 1000, run_id: int = 1) -> list[LinkState]:
    """Return the links that a worker would be given now, their fences apart; nobody has them in hand afterwards."""
    claimed = store.claim(BOND, holder=NOBODY, run_id=run_id, now=now, limit=limit, rounds=EVER)
    return [replace(link, fence=0) for link in claimed]


def run_at_work(store: Store) -> int:
    """Open a run, the first has the id 1, and let anybody work for it."""
    found = Opened(at_once={}, faults=(), creating=tuple(Side), paired=0, calls=0)
    made = store.begin(BOND, kind="sync", now=NOW)
    store.opened(made, found, until=None)
    return made


def fail(store: Store, link_id: int, *, run_id: int = 1, due_at: datetime = LATER, park: str | None = None) -> None:
    """Count a failure of a link, as whoever took it last."""
    link = store.link(BOND, link_id)
    assert link is not None
    entries = [Entry("failed", link_id)]
    store.record_failure(
        BOND, link_id, run_id=run_id, fence=link.fence, due_at=due_at, park=park, entries=entries, now=NOW
    )


def settled(link: LinkState, **changes: Any) -> Settlement:
    """Return a settlement by which nothing was to be done."""
    plain = Settlement(
        link_id=link.id,
        mark=link.mark,
        left=SideSettlement(link.left.view, {}),
        right=SideSettlement(link.right.view, {}),
        holds=(),
        flips={},
        left_fate=Fate.UNCHANGED,
        right_fate=Fate.UNCHANGED,
        entries=(Entry("settled", link.id),),
    )
    return replace(plain, **changes)


def settle(store: Store, link: LinkState, *, fence: int | None = None, **changes: Any) -> None:
    """Settle a link, with the fence of whoever took it last unless another is given."""
    store.settle(
        settled(link, **changes), bond=BOND, run_id=1, fence=fence_of(store, link) if fence is None else fence, now=NOW
    )


def fence_of(store: Store, link: LinkState) -> int:
    now = store.link(BOND, link.id)
    assert now is not None
    return now.fence


def intent(source_id: str = "L1", sync_id: str = "s-1", **changes: Any) -> Intent:
    """Return a create of a right record for a left one that shows what ``seen`` shows."""
    source = seen(source_id)
    plain = Intent(
        sync_id, BOND, Side.RIGHT, source_id, source.view, source.digest, {"name": "x"}, IntentState.OPEN, NOW
    )
    return replace(plain, **changes)


def opened(store: Store, *intents: Intent) -> set[str]:
    """Open creates; their sources are shown first where they are not there yet."""
    for one in intents:
        source = one.target.other
        if not store.known(BOND, source, [one.source_id]):
            show(store, source, seen(one.source_id))
    return store.open_many(intents, run_id=1, now=NOW, entries=[Entry("create opened") for _ in intents])


def adopt(store: Store, one: Intent, target: Observation, **changes: Any) -> None:
    """Link a create with the record that it made; it is opened first where it is not."""
    opened(store, one)
    adopt_open(store, one, target, **changes)


def adopt_open(store: Store, one: Intent, target: Observation, **changes: Any) -> None:
    """Link an open create with the record that it made."""
    plain = {"unconfirmed_target": {}, "holds": (), "again": False, "run_id": 1, "entries": ()}
    bases = {"base_source": one.source_view, "base_target": target.view}
    store.adopt(one, target_record=target, now=NOW, **{**plain, **bases, **changes})
