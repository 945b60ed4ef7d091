"""When do two sides agree on a rule?

Where either side's value, carried over, is what the other side has. Either way is enough: where several values
collapse to one, the side with the finer value must not be made to flip to another member of the class, and a
shortened copy agrees with its long original.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical
from ebond.mapping.carry import Carrier
from ebond.mapping.side import SideView
from ebond.state import Side, View

Agreement = Callable[[View, View], bool]
_Read = Callable[[View], Canonical]


def agreement(rule: FieldRule, views: Mapping[Side, SideView], carriers: Mapping[Side, Carrier]) -> Agreement:
    """Compile the comparison of a left and a right view; it never raises: what cannot be read agrees with nothing."""
    reads = {
        side: _read(views[side], name)
        for side, name in ((Side.LEFT, rule.left), (Side.RIGHT, rule.right))
        if name is not None
    }
    checks: list[Agreement] = []
    if (to_right := carriers.get(Side.RIGHT)) is not None:
        checks.append(_arrives(to_right, reads[Side.RIGHT], flipped=False))
    if (to_left := carriers.get(Side.LEFT)) is not None:
        checks.append(_arrives(to_left, reads[Side.LEFT], flipped=True))
    if len(reads) == len(Side):
        checks.append(_both_empty(reads[Side.LEFT], reads[Side.RIGHT]))

    def agree(left: View, right: View) -> bool:
        # A loop, and no any(): this runs for each field of each link that moved.
        for check in checks:  # noqa: SIM110
            if check(left, right):
                return True
        return False

    return agree


def _read(view: SideView, name: str) -> _Read:
    canon = view.codec(name).canon
    return lambda shown: canon(shown.get(name))


def _arrives(carry: Carrier, read: _Read, *, flipped: bool) -> Agreement:
    def check(left: View, right: View) -> bool:
        source, target = (right, left) if flipped else (left, right)
        try:
            return carry(source).value == read(target)
        except ValueParked:
            return False

    return check


def _both_empty(left_read: _Read, right_read: _Read) -> Agreement:
    def check(left: View, right: View) -> bool:
        try:
            return left_read(left) is None and right_read(right) is None
        except ValueParked:
            return False

    return check
