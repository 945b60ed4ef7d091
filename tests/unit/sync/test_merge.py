"""The decision table, row by row."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from ebond.state import Side
from ebond.sync.merge import TABLE, Action, decide, first_meeting, settle_conflict, write
from tests.unit.sync.making import NOW

N, S, H = Action.NOTHING, Action.SETTLE, Action.HOLD
L, R = Action.WRITE_LEFT, Action.WRITE_RIGHT

#: (left moved, right moved, equal) → both ways, to the right only, to the left only.
ROWS = [
    ((False, False, True), N, N, N),
    ((False, False, False), N, N, N),
    ((True, False, False), R, R, S),
    ((False, True, False), L, S, L),
    ((True, False, True), S, S, S),
    ((False, True, True), S, S, S),
    ((True, True, True), S, S, S),
    ((True, True, False), H, R, L),
]
WAYS = ("both", "to_right", "to_left")
FIRST = ("policy", "left_wins", "right_wins", "leave")


def test_the_table_has_every_row_once():
    """Whatever moved, there is one answer, and this file knows all of them."""
    assert sorted(row for row, *_ in ROWS) == sorted(TABLE) == sorted(product((False, True), repeat=3))


@pytest.mark.parametrize(("row", "way", "expected"), [
    (row, way, outcome) for row, *outcomes in ROWS for way, outcome in zip(WAYS, outcomes, strict=True)
])  # fmt: skip
def test_each_row_in_each_direction(row, way, expected):
    """38: who moved and whether both agree decides; in a one-way field the far side's own edit stands."""
    left, right, equal = row
    assert decide(left_moved=left, right_moved=right, equal=equal, direction=way) is expected


@pytest.mark.parametrize("direction", WAYS)
@pytest.mark.parametrize("differences", FIRST)
@pytest.mark.parametrize("empty", [(False, False), (True, False), (False, True)])
def test_a_first_meeting_is_decided_by_direction_then_wish_then_emptiness(direction, differences, empty):
    """Two records that met just now: one-way fields flow, a wish counts, a value against none is carried over."""
    action = first_meeting(left_empty=empty[0], right_empty=empty[1], direction=direction, differences=differences)
    expected = {(True, False): L, (False, True): R}.get(empty)
    if differences in ("left_wins", "right_wins"):
        expected = R if differences == "left_wins" else L
    if direction != "both":
        expected = R if direction == "to_right" else L
    assert action is (S if differences == "leave" else expected)


LATER, EARLIER = NOW, NOW - timedelta(seconds=1)


@pytest.mark.parametrize(("policy", "left", "right", "expected"), [
    ("manual", LATER, EARLIER, H),
    ("left_wins", EARLIER, LATER, R),
    ("right_wins", LATER, EARLIER, L),
    ("newest_wins", LATER, EARLIER, R),
    ("newest_wins", EARLIER, LATER, L),
    ("newest_wins", LATER, LATER, H),
    ("newest_wins", None, LATER, H),
    ("newest_wins", LATER, None, H),
    ("newest_wins", None, None, H),
])  # fmt: skip
def test_a_conflict_is_settled_by_policy_and_held_where_stamps_cannot_tell(policy, left, right, expected):
    """61: equal or missing stamps hold the field, the same way each time."""
    assert settle_conflict(policy, left_updated=left, right_updated=right) is expected


MILLIS, SECOND, MINUTE = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(("step", "lead", "expected"), [
    (MILLIS, MILLIS, R),
    (MILLIS, -MILLIS, L),
    (SECOND, 999 * MILLIS, H),
    (SECOND, -999 * MILLIS, H),
    (SECOND, SECOND, R),
    (SECOND, -SECOND, L),
    (MINUTE, 59 * SECOND, H),
    (MINUTE, -MINUTE, L),
])  # fmt: skip
def test_the_newest_is_told_only_beyond_the_coarser_granularity(step, lead, expected):
    """61: a stamp of whole seconds may stand for any moment of its second, before or after the other side's."""
    assert settle_conflict("newest_wins", left_updated=NOW + lead, right_updated=NOW, step=step) is expected


@pytest.mark.parametrize("side", list(Side))
def test_a_write_names_its_target(side):
    """Writing a side, and the side that is written, are each other's inverse; nothing else has a target."""
    assert write(side).target is side
    assert [action for action in Action if action.target is None] == [N, S, H, Action.PARK]
