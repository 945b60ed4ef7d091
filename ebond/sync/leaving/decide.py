"""What is told of a record that leaves its scope: a decision table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from ebond.departure import Departure, DepartureState
from ebond.state import LinkState, Origin, Side
from ebond.sync.context import BondContext


class Step(Enum):
    """What is done next about one side of a link."""

    NOTHING = auto()
    TELL = auto()
    """The partner is written to."""
    PUT_BACK = auto()
    """The partner gets its old values again."""


_OUT: Final = {
    None: Step.TELL,
    DepartureState.BEGUN: Step.TELL,
    DepartureState.HELD: Step.TELL,
    DepartureState.TOLD: Step.NOTHING,
    # It left again before all was put back: that is finished first, and then it is told anew.
    DepartureState.RETURNING: Step.PUT_BACK,
}


def decide(departure: Departure | None, *, in_scope: bool, tell: bool) -> Step:
    """Decide about one side's record by whether it is in scope now, and what its partner was told.

    =========  ==================  =========
    in scope   departure           step
    =========  ==================  =========
    yes        none                nothing
    yes        any                 put back
    no         none                tell, if the policy says so
    no         begun, held         tell
    no         told                nothing
    no         returning           put back
    =========  ==================  =========
    """
    if in_scope:
        return Step.PUT_BACK if departure else Step.NOTHING
    if departure is None and not tell:
        return Step.NOTHING
    return _OUT[departure.state if departure else None]


def in_scope(bond: BondContext, link: LinkState, side: Side) -> bool | None:
    """Is a side's record in scope, by what it shows? None where it has yet to show what we sent."""
    record = link.side(side)
    if record.gone or record.origin in (Origin.ASSUMED, Origin.STUB):
        return None
    return bond.side(side).in_scope(record.view)


def waits(bond: BondContext, link: LinkState, side: Side, fields: Mapping[str, Any], holds: Mapping[str, Any]) -> bool:
    """Has a side yet to come to rest, before these fields of it may be set?

    A field that is held must not be decided by what is set; a link that was never in step has no base to tell by.
    """
    if link.side(side).base is None:
        return True
    return any(rule.field(side) in fields and rule.name in holds for rule in bond.mapping.rules)
