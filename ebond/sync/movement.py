"""Has a side's value of a field moved from what that side itself last showed?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from ebond.mapping.side import SideView
from ebond.state import Side, Unconfirmed
from ebond.sync.walk import state


class Movement(Enum):
    """What became of a value."""

    STILL = auto()
    MOVED = auto()
    IGNORED = auto()
    """The system still shows what it had before our write."""
    PASSING = auto()
    """It stands at a station of our own way: nobody edited it, and what the other side asked for is still to come."""


def movement(view: SideView, name: str | None, base: Any, shown: Any, sent: Unconfirmed | None) -> Movement:
    """Compare a field's raw value with its base and with what we sent last, until it is seen there.

    A side without a field of its own has no name for it.
    """
    if sent is not None and sent.passing and name is not None and sent.passes(state(view, name, shown)):
        return Movement.PASSING
    if _same(view, name, base, shown):
        return Movement.STILL
    if sent is None:
        return Movement.MOVED
    if name is not None and view.explained(name, sent.sent, shown):
        return Movement.STILL
    return Movement.IGNORED if _same(view, name, sent.was, shown) else Movement.MOVED


def edited(moves: Mapping[Side, Movement], side: Side) -> bool:
    """Does this side's value count as edited? So it does, too, while the other side is on its way to it."""
    return moves[side] in (Movement.MOVED, Movement.IGNORED) or moves[side.other] is Movement.PASSING


def _same(view: SideView, name: str | None, one: Any, two: Any) -> bool:
    return one == two if name is None else view.same(name, one, two)
