"""Deciding creates: what a stranger would look like on the other side, and committing that before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ebond.definitions.system import Resource
from ebond.errors import ValueParked, ValueWaits
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.state import Awaited, Entry, Fate, Intent, IntentState, Side, Stranger, Waits
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
        missing = _missing(mapping, bond.side(source.other).resource, stranger, source.other, values)
        if missing is not None and _set_aside(bond, run, source, stranger.id, missing):
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


@dataclass(frozen=True, slots=True)
class _Missing:
    """Why a record cannot be made, or not yet."""

    reason: str
    rule: str
    required: bool = True
    """Without it the other side makes no record; else only that could never be put right afterwards."""
    kind: str = "parked"
    awaits: tuple[Awaited, ...] = ()


def _missing(
    mapping: CompiledMapping, resource: Resource, stranger: Stranger, target: Side, values: Mapping[str, Any]
) -> _Missing | None:
    """Say why a record cannot be made at all; None where it can."""
    for rule in mapping.rules:
        name = rule.field(target)
        if name is None or name in values or not rule.goes(target):
            continue
        required = rule.required or resource.fields[name].required
        if required or (rule.asked and resource.fields[name].write == "create_only"):
            why = _why(rule, target, stranger)
            if required or isinstance(why, ValueWaits):
                return _of(rule.name, name, target, why, required=required)
    return None


def _why(rule: CompiledRule, target: Side, stranger: Stranger) -> ValueParked | None:
    """Return why a rule has no value for the other side; None where it is empty."""
    try:
        rule.to(target, stranger.view)
    except ValueParked as parked:
        return parked
    return None


def _of(rule: str, name: str, target: Side, why: ValueParked | None, *, required: bool) -> _Missing:
    said = f"{name} is required on the {target} side" if required else f"{name} can only be given at once"
    if why is None:
        return _Missing(f"{said}: it is empty here", rule)
    awaits = why.awaits if isinstance(why, ValueWaits) else ()
    return _Missing(f"{said}: {why}", rule, required=required, kind=why.kind, awaits=awaits)


def _set_aside(bond: BondContext, run: RunContext, side: Side, record_id: str, missing: _Missing) -> bool:
    """Set a record aside that cannot be made yet; False where it is made without what is missing.

    What could not be looked up is asked again by the next run. Records that wait for each other in a circle are told
    so; what may be left out at first is, and written when the others are there.
    """
    if not missing.awaits:
        _hold(bond, run, side, record_id, None if missing.kind == "unasked" else missing.reason)
        return True
    circle = bond.store.circle(Awaited(bond.name, side, record_id), missing.awaits)
    if circle and not missing.required:
        return False
    waits = Waits(((side, record_id),), tuple((missing.rule, side, record_id, one) for one in missing.awaits))
    if not circle:
        _hold(bond, run, side, record_id, missing.reason, waits=waits)
    for one in circle:
        reason = f"{missing.reason.partition(':')[0]}, and {_circle(circle)}"
        if one.bond == bond.name:
            _hold(bond, run, one.side, one.id, reason, waits=waits if one.id == record_id else None)
    return True


def _circle(records: Sequence[Awaited]) -> str:
    ids = [one.id for one in records]
    if len(ids) == 1:
        return f"{records[0].side} {ids[0]} names itself: take that out, or make its partner by hand"
    way = " → ".join([*ids, ids[0]])
    return f"these name each other: {records[0].side} {way}; take one of them out, or make its partner by hand"


def _hold(
    bond: BondContext, run: RunContext, side: Side, record_id: str, reason: str | None, *, waits: Waits | None = None
) -> None:
    why = reason or "something of it could not be looked up; the next run tries again"
    bond.store.hold_record(
        bond.name,
        side,
        record_id,
        reason,
        run_id=run.run_id,
        fate=Fate.FAILED if reason is None else Fate.HELD,
        entries=[Entry("held" if reason else "failed", side=side, record_id=record_id, detail={"reason": why})],
        now=bond.clock.now(),
        waits=waits,
    )
    bond.watcher.holding(side, record_id, why)
