"""A record that leaves its side's scope: the other side is told once, edits go on, and a return takes it back."""

from __future__ import annotations

import itertools

import pytest

from ebond.state import Side
from ebond.testing.faults import answer, lose_answer
from ebond.testing.interference import writes
from tests.scenarios.flows import by_table
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.test_every_crash import Points
from tests.scenarios.world import BOND

SCOPE = {"scope": [{"field": "urgency", "in": ["1", "2", "3"]}]}
TELL = {"policy": "tell", "set": {"status": "held", "due": "2031-01-01"}}
INSIDE, OUTSIDE = 2, 5
FIELDS = ("title", "description", "status")


def bonded(world, left="plain", right="plain", *, tell=TELL, fields=FIELDS):
    """Return a world with one settled link, whose left record is in scope."""
    bond = {"left": SCOPE, "right": {"partner_left": tell}}
    it = world(left, right, fields=fields, bond=bond)
    status = it.left.preset.statuses[1]
    record = it.left.system.person_creates({"title": "t", "status": status, "urgency": INSIDE})
    it.settle()
    return it, record, it.partner(Side.LEFT, record)


def writes_of(it, runs=3):
    before = it.write_count()
    for _ in range(runs):
        report = it.sync()
        assert report.ok, (report.status, str(report.error))
    return it.write_count() - before


def shown(it, right):
    values = it.right.system.values(right)
    return values["status"], values.get("due")


@pytest.mark.parametrize("right", ["plain", "versioned", "bare"])
def test_the_other_side_is_told_once_and_told_so_once_it_is_back(world, right):
    """16: out of scope is no deletion: two writes in all, none to the record that left, and the link goes on."""
    it, left, there = bonded(world, right=right)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    assert (writes_of(it), shown(it, there)) == (1, ("held", "2031-01-01"))
    assert it.value(Side.LEFT, left, "status") == "open"
    assert [(one["left"], one["side"], one["state"]) for one in it.store.departed(BOND)] == [(left, "left", "told")]
    it.left.system.person_edits(left, urgency=INSIDE)
    assert (writes_of(it), shown(it, there)) == (1, ("open", None))
    assert (it.store.departed(BOND), it.left.system.api_writes[left], it.held()) == ([], 0, [])


def test_edits_are_carried_both_ways_while_it_is_out(world):
    """What is set is nobody's edit; what people write over it is, and stays when the record is back."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, urgency=OUTSIDE, title="by the left")
    it.settle()
    it.right.system.person_edits(right, description="by the right")
    it.left.system.person_edits(left, status="closed")
    it.settle()
    assert (
        it.pair(left)[0] | {"title": "by the left", "description": "by the right", "status": "closed"}
        == it.pair(left)[0]
    )
    assert shown(it, right) == ("closed", "2031-01-01")
    it.left.system.person_edits(left, urgency=INSIDE)
    it.settle()
    assert (shown(it, right), it.value(Side.LEFT, left, "status")) == (("closed", None), "closed")


def test_edits_of_both_sides_that_come_with_the_return_are_merged_by_field(world):
    """Made while nobody looked: each field has its edit on both sides, and what was set is put back."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    it.settle()
    it.left.system.person_edits(left, title="by the left", urgency=INSIDE)
    it.right.system.person_edits(right, description="by the right")
    it.settle()
    for values in it.pair(left):
        assert (values["title"], values["description"], values["status"]) == ("by the left", "by the right", "open")


def test_an_edit_that_is_not_carried_yet_is_carried_before_anything_is_set(world):
    """The other side's status moved in the same moment: it reaches the record that left, and comes back afterwards."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    it.right.system.person_edits(right, status="closed")
    it.settle()
    assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == ("held", "closed")
    it.left.system.person_edits(left, urgency=INSIDE)
    it.settle()
    assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == ("closed", "closed")


@pytest.mark.parametrize("right", ["plain", "bare"])
def test_an_edit_that_lands_just_before_the_write_is_not_lost(world, right):
    """The version guards it, or the look before it: the edit is carried, and then it is told."""
    it, left, there = bonded(world, right=right)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    edits = iter([lambda: it.right.system.person_edits(there, status="closed")])
    guarded = (lambda raw: raw.method != "GET") if right == "plain" else (lambda raw: raw.url.endswith(f"/{there}"))
    it.right.faults.before = lambda raw: next(edits, lambda: None)() if guarded(raw) else None
    it.sync()
    it.right.faults.clear()
    it.settle()
    assert (shown(it, there)[0], it.value(Side.LEFT, left, "status")) == ("held", "closed")


def test_a_held_field_is_not_decided_by_what_is_set(world):
    """A conflict on the status waits for its operator; then it is told."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, status="closed")
    it.right.system.person_edits(right, status="new")
    it.settle()
    it.left.system.person_edits(left, urgency=OUTSIDE)
    assert (writes_of(it), shown(it, right)[0]) == (0, "new")
    it.left.system.person_edits(left, status="new")
    it.settle()
    assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == ("held", "new")


def test_what_the_other_system_refuses_is_told_and_tried_again_when_something_moves(world):
    """The link goes on; there is one try for each movement, and none in between."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    it.right.faults.always(answer(422), when=writes)
    it.sync()
    assert [(one["state"], "422" in one["reason"]) for one in it.store.departed(BOND)] == [("held", True)]
    with it.counting() as calls:
        it.sync()
    assert [call for side in calls.values() for call in side if not call.startswith("GET")] == []
    it.right.faults.clear()
    it.left.system.person_edits(left, title="moves")
    it.settle()
    assert (shown(it, right)[0], it.value(Side.RIGHT, right, "title")) == ("held", "moves")


def test_the_return_has_words_of_its_own(world):
    """`back` says what a field gets then; it is not carried over either."""
    tell = {"policy": "tell", "set": {"status": "held"}, "back": {"status": "new"}}
    it, left, right = bonded(world, tell=tell)
    for urgency, status in ((OUTSIDE, "held"), (INSIDE, "new"), (OUTSIDE, "held")):
        it.left.system.person_edits(left, urgency=urgency)
        it.settle()
        assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == (status, "open")


def test_a_lost_answer_is_looked_at_and_nothing_comes_back_as_an_edit(world):
    """Nobody knows whether it was set: the next run looks, and does not set it twice."""
    it, left, right = bonded(world)
    it.left.system.person_edits(left, urgency=OUTSIDE)
    it.right.faults.next(lose_answer, when=writes)
    assert (writes_of(it), it.left.system.api_writes[left]) == (1, 0)
    assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == ("held", "open")


@pytest.mark.parametrize(("right", "before", "after"), [("plain", INSIDE, OUTSIDE), ("bare", OUTSIDE, INSIDE)])
def test_a_crash_at_any_place_tells_it_once(world, right, before, after):
    """25, 94: whatever was half done is finished by the next runs; one write, and nothing of it comes back."""
    for at in itertools.count(step=1 if LONG else 9):
        it, left, there = bonded(world, right=right)
        it.left.system.person_edits(left, urgency=before)
        it.settle()
        count = it.write_count()
        it.left.system.person_edits(left, urgency=after)
        points = Points(it, at)
        points.sync()
        it.settle()
        assert (it.write_count() - count, it.left.system.api_writes[left]) == (1, 0)
        assert shown(it, there)[0] == ("held" if after == OUTSIDE else "open")
        it.close()
        if points.passed < at:
            break
    assert at > 8, "the run has places to die at"


def test_a_status_that_moves_step_by_step_is_walked_there_and_back(world):
    """59: a crash in the middle is resumed, and no station is carried over."""
    for at in itertools.count(step=1 if LONG else 11):
        it, left, right = bonded(world, right=by_table("plain"), tell={"policy": "tell", "set": {"status": "held"}})
        it.left.system.person_edits(left, status="closed")
        it.settle()
        it.left.system.person_edits(left, urgency=OUTSIDE)
        points = Points(it, at)
        points.sync()
        it.settle()
        assert (shown(it, right)[0], it.value(Side.LEFT, left, "status")) == ("held", "closed")
        it.left.system.person_edits(left, urgency=INSIDE)
        it.settle()
        assert (shown(it, right)[0], it.value(Side.LEFT, left, "status"), it.held()) == ("closed", "closed", [])
        it.close()
        if points.passed < at:
            break
    assert at > 8, "the run has places to die at"


def test_without_a_way_it_is_held_until_the_record_moves(world):
    """59: with the reason, and without a call."""
    it, left, _ = bonded(world, right=by_table("plain"), tell={"policy": "tell", "set": {"status": "new"}})
    it.left.system.person_edits(left, urgency=OUTSIDE)
    assert writes_of(it) == 0
    ((state, reason),) = [(one["state"], one["reason"]) for one in it.store.departed(BOND)]
    assert (state, reason) == ("held", "no transition leads from 'open' to 'new'")
    it.left.system.person_edits(left, urgency=INSIDE)
    assert (writes_of(it), it.store.departed(BOND)) == (0, [])


def test_a_bond_that_tells_nothing_asks_nothing(world):
    """Without the policy no departure is kept, and the record goes on like any other."""
    it, left, right = bonded(world, tell={})
    it.left.system.person_edits(left, urgency=OUTSIDE, title="out")
    assert (writes_of(it), it.value(Side.RIGHT, right, "title"), it.store.departed(BOND)) == (1, "out", [])
