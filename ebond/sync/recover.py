"""What to do about a create whose outcome is open: a decision table. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from ebond.definitions.system import Resource
from ebond.state import Intent, IntentState


class Step(Enum):
    """The next step for an open create."""

    WAIT = auto()
    """The index may still trail behind: ask later."""
    LOOK_UP = auto()
    REPEAT = auto()
    """The contract makes a repetition harmless: the server knows the create by its key."""
    HOLD = auto()
    """Nobody can tell, and a repetition could double the record, or write over it."""


def can_look_up(resource: Resource) -> bool:
    """Can a record of ours be found by what we gave it?"""
    ours = resource.create is not None and resource.create.once.kind == "client_id"
    return resource.lookup is not None or (ours and resource.read is not None)


def is_recoverable(resource: Resource) -> bool:
    """Can anyone find out what became of a create, or repeat it without harm?"""
    return can_look_up(resource) or (
        resource.create is not None and resource.create.once.kind in ("client_id", "idempotency_key")
    )


def next_step(intent: Intent, resource: Resource, *, now: datetime) -> Step:
    """Choose how to find out what became of a create.

    OPEN: whoever sent it is gone, maybe a moment ago, and what was sent may be on its way still. UNKNOWN: ``at`` says
    since when nothing of it can be under way any more; within the index lag after that, a look-up proves nothing.

    ============================  =====================================  ========
    contract                      situation                              step
    ============================  =====================================  ========
    any                           it was held before, no look-up         hold
    client chooses the id         any                                    repeat
    idempotency key               within the server's memory             repeat
    one-time URL                  open                                   repeat
    look-up by correlation        open, or within the index lag          wait
    look-up by correlation        after it                               look up
    none of these                 any                                    hold
    ============================  =====================================  ========

    The first three may be repeated beside the first try: the id is taken once, a server claims a key when the call
    arrives (draft-ietf-httpapi-idempotency-key-header, 2.6), and a URL that was never kept was never used. An upsert
    would not double the record, but take back what people wrote since: it is looked up like any other.
    """
    if intent.state is IntentState.STUCK and resource.lookup is None:
        return Step.HOLD
    if _harmless_at_once(intent, resource, now):
        return Step.REPEAT
    if resource.lookup is None:
        return Step.HOLD
    if intent.state is IntentState.OPEN or now - intent.at < timedelta(seconds=resource.lookup.lag):
        return Step.WAIT
    return Step.LOOK_UP


def _harmless_at_once(intent: Intent, resource: Resource, now: datetime) -> bool:
    """May the create be repeated although the first try may still be under way?"""
    once = resource.create.once if resource.create else None
    match once.kind if once else "none":
        case "client_id":
            return True
        case "idempotency_key":
            assert once is not None
            return now - intent.at < timedelta(seconds=once.ttl) / 2
        case "one_time_url":
            return intent.state is IntentState.OPEN
    return False


class Found(Enum):
    """What a look-up says about the create."""

    ADOPT = auto()
    REPEAT = auto()
    HOLD = auto()


def after_lookup(count: int) -> Found:
    """One match is our record; none, after the index lag, means it was never made; more are a riddle."""
    return Found.REPEAT if count == 0 else Found.ADOPT if count == 1 else Found.HOLD
