"""The decision for one field: who moved, and what follows.

"Moved" means: differs from what *that side itself* last returned. There are two bases, one for each side, in
that side's own terms; so a server's own normalisation is never taken for an edit, and fields that differ
although nobody touched them are left alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ebond.definitions.mapping import Direction, RulePolicy
from ebond.state import Side


class Action(StrEnum):
    """What is done about one field of one link."""

    NOTHING = "nothing"
    SETTLE = "settle"
    WRITE_LEFT = "write_left"
    WRITE_RIGHT = "write_right"
    HOLD = "hold"
    """A conflict: both sides moved, to different values."""
    PARK = "park"
    """The value cannot be carried; a human has to look."""

    @property
    def target(self) -> Side | None:
        """The side that is written."""
        return _TARGETS.get(self)


_TARGETS: Final = {Action.WRITE_LEFT: Side.LEFT, Action.WRITE_RIGHT: Side.RIGHT}
_WRITES: Final = {Side.LEFT: Action.WRITE_LEFT, Side.RIGHT: Action.WRITE_RIGHT}

#: (left moved, right moved, equal after mapping) → what to do, where the field goes both ways.
TABLE: Final[dict[tuple[bool, bool, bool], Action]] = {
    # Nobody touched it. Even where they differ: the difference is a server's own doing or was left on purpose.
    (False, False, True): Action.NOTHING,
    (False, False, False): Action.NOTHING,
    # One side edited it.
    (True, False, False): Action.WRITE_RIGHT,
    (False, True, False): Action.WRITE_LEFT,
    # Somebody moved it to where the other side stands already, or both went to the same value.
    (True, False, True): Action.SETTLE,
    (False, True, True): Action.SETTLE,
    (True, True, True): Action.SETTLE,
    # Both edited it, differently: the field's policy.
    (True, True, False): Action.HOLD,
}


def write(target: Side) -> Action:
    """Return the action that writes ``target``."""
    return _WRITES[target]


def decide(*, left_moved: bool, right_moved: bool, equal: bool, direction: Direction) -> Action:
    """Look the field up in the table and bend the answer to the rule's direction.

    In a one-way field the far side's own edit stands until the near side moves; then it is knowingly replaced. It is
    settled, so that it does not start to travel on the day when the field is made to go both ways.
    """
    action = TABLE[left_moved, right_moved, equal]
    if direction == "both" or action in (Action.NOTHING, Action.SETTLE):
        return action
    near_moved = left_moved if direction == "to_right" else right_moved
    if not near_moved:
        return Action.SETTLE
    return Action.WRITE_RIGHT if direction == "to_right" else Action.WRITE_LEFT


def first_meeting(*, left_empty: bool, right_empty: bool, direction: Direction, differences: str) -> Action | None:
    """Decide a differing field of two records that were never linked before; None asks the conflict policy.

    ``differences`` is the bond's ``match.differences``. A value against none is no conflict: it is carried over.
    """
    if direction != "both":
        if differences == "leave":
            return Action.SETTLE
        return Action.WRITE_RIGHT if direction == "to_right" else Action.WRITE_LEFT
    match differences:
        case "leave":
            return Action.SETTLE
        case "left_wins":
            return Action.WRITE_RIGHT
        case "right_wins":
            return Action.WRITE_LEFT
    if left_empty != right_empty:
        return Action.WRITE_LEFT if left_empty else Action.WRITE_RIGHT
    return None


def settle_conflict(
    policy: RulePolicy,
    *,
    left_updated: datetime | None,
    right_updated: datetime | None,
    step: timedelta = timedelta(0),
) -> Action:
    """Apply a field's conflict policy; missing stamps, or two within one ``step``, cannot tell the newest: it is held.

    ``step`` is the coarser granularity of the two sides: a whole second may stand for any moment of it.
    """
    match policy:
        case "left_wins":
            return Action.WRITE_RIGHT
        case "right_wins":
            return Action.WRITE_LEFT
        case "newest_wins" if left_updated and right_updated:
            lead = left_updated - right_updated
            if lead and abs(lead) >= step:
                return Action.WRITE_RIGHT if lead > timedelta(0) else Action.WRITE_LEFT
    return Action.HOLD
