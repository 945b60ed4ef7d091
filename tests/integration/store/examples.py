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
from ebond.store import Store

BOND = "incidents"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


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


def dirty(store: Store) -> list[LinkState]:
    return store.dirty(BOND, now=LATER, after_id=0, limit=1000)


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
    store.settle(settled(link, **changes), bond=BOND, run_id=1, fence=fence, now=NOW)


def intent(source_id: str = "L1", sync_id: str = "s-1", **changes: Any) -> Intent:
    """Return a create of a right record for a left one that shows what ``seen`` shows."""
    source = seen(source_id)
    plain = Intent(
        sync_id, BOND, Side.RIGHT, source_id, source.view, source.digest, {"name": "x"}, IntentState.OPEN, NOW
    )
    return replace(plain, **changes)


def opened(store: Store, *intents: Intent, **more: Any) -> None:
    store.open_many(intents, run_id=1, now=NOW, entries=[Entry("create opened")], **more)


def adopt(store: Store, one: Intent, target: Observation, **changes: Any) -> None:
    """Link a create with the record that it made."""
    plain = {"unconfirmed_target": {}, "holds": (), "again": False, "run_id": 1, "fence": None, "entries": ()}
    bases = {"base_source": one.source_view, "base_target": target.view}
    store.adopt(one, target_record=target, now=NOW, **{**plain, **bases, **changes})
