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
    """Nobody can tell, and a repetition could double the record."""


def can_look_up(resource: Resource) -> bool:
    """Can a record of ours be found by what we gave it?"""
    ours = resource.create is not None and resource.create.once.kind == "client_id"
    return resource.lookup is not None or (ours and resource.read is not None)


def is_recoverable(resource: Resource) -> bool:
    """Can anyone find out what became of a create, or repeat it without harm?"""
    return can_look_up(resource) or (
        resource.create is not None and resource.create.once.kind in ("client_id", "idempotency_key", "upsert")
    )


def next_step(intent: Intent, resource: Resource, *, now: datetime) -> Step:
    """Choose how to find out what became of a create.

    ============================  =====================================  ========
    contract                      situation                              step
    ============================  =====================================  ========
    client chooses the id         any                                    repeat
    idempotency key               within the server's memory             repeat
    one-time URL                  the URL is known                       repeat
    look-up by correlation        within the index lag                   wait
    look-up by correlation        after it                               look up
    upsert                        nothing of the above                   repeat
    none of these                 any                                    hold
    any                           it was held before                     hold
    ============================  =====================================  ========
    """
    if intent.state is IntentState.STUCK and resource.lookup is None:
        return Step.HOLD
    once = resource.create.once if resource.create else None
    age = now - intent.at
    if once is not None:
        if once.kind == "client_id":
            return Step.REPEAT
        if once.kind == "idempotency_key" and age < timedelta(seconds=once.ttl) / 2:
            return Step.REPEAT
        if once.kind == "one_time_url" and intent.once_url is not None and intent.state is IntentState.OPEN:
            return Step.REPEAT
    if resource.lookup is None:
        # It cannot double the record, but may take back what people wrote since: a look-up is better.
        return Step.REPEAT if once is not None and once.kind == "upsert" else Step.HOLD
    if age < timedelta(seconds=resource.lookup.lag):
        return Step.WAIT
    return Step.LOOK_UP


class Found(Enum):
    """What a look-up says about the create."""

    ADOPT = auto()
    REPEAT = auto()
    HOLD = auto()


def after_lookup(count: int) -> Found:
    """One match is our record; none, after the index lag, means it was never made; more are a riddle."""
    return Found.REPEAT if count == 0 else Found.ADOPT if count == 1 else Found.HOLD
