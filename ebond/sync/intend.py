"""Deciding creates: what a stranger would look like on the other side, and committing that before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from ebond.state import Entry, Fate, Intent, IntentState, Side, Stranger
from ebond.sync.context import BondContext, RunContext
from ebond.sync.walk import sent_at_once
from ebond.sync.wanted import of_record


def new_sync_id() -> str:
    """Return a fresh id for a create: 32 hex digits."""
    return uuid4().hex


def intend(
    bond: BondContext,
    run: RunContext,
    source: Side,
    strangers: Iterable[Stranger],
    *,
    new_id: Callable[[], str] = new_sync_id,
) -> list[Intent]:
    """Decide the creates for a batch of strangers and commit them, before anything is sent.

    A stranger that cannot be made on the other side at all is set aside with the reason; one that another worker
    was faster to take is left out. A preview commits nothing.
    """
    intents, strangers = [], list(strangers)
    asks = dict.fromkeys(ask for one in strangers for ask in of_record(one.view, source.other, bond.mapping))
    mapping = bond.knowing(list(asks))
    for stranger in strangers:
        values, parked = mapping.carried(source.other, stranger.view)
        missing = _missing(bond, source.other, values, parked)
        if missing:
            _hold(bond, run, source, stranger.id, missing)
            continue
        values = sent_at_once(bond.mapping.view(source.other), values)
        if bond.tells is not None:
            values |= bond.tells.at_create(source.other, stranger.id, stranger.view, now=bond.clock.now())
        bond.watcher.creating(source, stranger.id, values, parked)
        intents.append(_intent(bond, run, source, stranger, values, new_id()))
    if not intents or bond.dry:
        return intents
    entries = [opened(one) for one in intents]
    ours = bond.store.open_many(intents, run_id=run.run_id, now=bond.clock.now(), entries=entries)
    return [one for one in intents if one.sync_id in ours]


def opened(intent: Intent) -> Entry:
    """Return the journal's line of an intent: the names of the fields that will be sent, never their values."""
    return Entry(
        "intended",
        side=intent.target.other,
        record_id=intent.source_id,
        detail={"sync_id": intent.sync_id, "fields": sorted(intent.values)},
    )


def _intent(
    bond: BondContext, run: RunContext, source: Side, stranger: Stranger, values: Mapping[str, Any], sync_id: str
) -> Intent:
    return Intent(
        sync_id=sync_id,
        bond=bond.name,
        target=source.other,
        source_id=stranger.id,
        source_view=stranger.view,
        source_digest=stranger.digest,
        values=values,
        state=IntentState.OPEN,
        at=bond.clock.now(),
        holder=run.holder,
    )


def _missing(bond: BondContext, target: Side, values: Mapping[str, Any], parked: Mapping[str, str]) -> str:
    """Say why the record cannot be made at all; empty where it can."""
    resource = bond.side(target).resource
    for rule in bond.mapping.rules:
        name = rule.field(target)
        if name is None or name in values or not rule.goes(target):
            continue
        if rule.required or resource.fields[name].required:
            return f"{name} is required on the {target} side: {parked.get(rule.name, 'it is empty here')}"
    return ""


def _hold(bond: BondContext, run: RunContext, side: Side, record_id: str, reason: str) -> None:
    bond.store.hold_record(
        bond.name,
        side,
        record_id,
        reason,
        run_id=run.run_id,
        fate=Fate.HELD,
        entries=[Entry("held", side=side, record_id=record_id, detail={"reason": reason})],
        now=bond.clock.now(),
    )
    bond.watcher.holding(side, record_id, reason)
