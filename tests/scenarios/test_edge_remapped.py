"""Edge cases 60 to 64: conflicts, and definitions that change under links that exist."""

from __future__ import annotations

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.interference import reads, writes
from tests.scenarios.edges import linked, writes_of
from tests.scenarios.world import changed


@pytest.mark.parametrize("mapping", [
    {"fields": [{"left": "title", "right": "title"}, {"left": "description", "right": "description"}]},
    {"fields": [{"left": "title", "right": "title"}, {"left": "urgency", "right": "urgency"},
                {"left": "cost", "right": "cost"}]},
], ids=["added", "removed and added"])  # fmt: skip
def test_a_field_that_is_added_to_the_mapping_starts_no_storm(world, mapping):
    """62: both sides were full and differed; nothing is written until somebody edits one."""
    before = [{"left": "title", "right": "title"}, {"left": "urgency", "right": "urgency"}]
    it = world(mapping={"fields": before})
    left, right = linked(it)
    it.left.system.person_edits(left, description="here", cost=1)
    it.right.system.person_edits(right, description="there", cost=2)
    it.settle()
    assert writes_of(it, lambda: it.redefine(mapping=mapping)) == 0
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1


def test_a_rule_that_means_another_field_now_starts_no_storm(world):
    """63: the name stays, the field behind it changes; the old field's base says nothing of the new one."""
    rule = {"name": "text", "left": "description", "right": "description"}
    it = world(mapping={"fields": [{"left": "title", "right": "title"}, rule]})
    left, right = linked(it, description="a text")
    it.right.system.person_edits(right, external_ref="their own number")
    it.settle()
    fields = [{"left": "title", "right": "title"}, {**rule, "right": "external_ref"}]
    assert writes_of(it, lambda: it.redefine(mapping={"fields": fields})) == 0
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1
    assert it.value(Side.LEFT, left, "description") == "a text"


def test_a_field_that_becomes_two_way_starts_no_storm(world):
    """64: what the far side edited meanwhile stays there."""
    rule = {"left": "title", "right": "title"}
    it = world(mapping={"fields": [{**rule, "direction": "to_right"}]})
    left, right = linked(it)
    it.right.system.person_edits(right, title="their own")
    it.settle()
    assert writes_of(it, lambda: it.redefine(mapping={"fields": [rule]})) == 0
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="edited since")) == 1
    assert it.value(Side.LEFT, left, "title") == "edited since"


def test_a_conflict_resolved_while_new_edits_arrive_uses_what_stands_then(world):
    """60: one field is held; the others go on, and the person who makes both equal ends it."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")
    it.right.system.person_edits(right, title="by the right")
    it.settle()
    it.left.system.person_edits(left, title="by the right", urgency=4)
    it.settle()
    assert (it.held(), it.value(Side.RIGHT, right, "urgency")) == ([], 4)
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="free again")) == 1


def test_a_precondition_that_never_holds_parks_the_link(world):
    """93, 51: 412 on every write; it is tried ever more rarely, then a human has to look, and other links go on."""
    it = world()
    one, two = linked(it), linked(it)
    it.right.faults.always(faults.answer(412), when=lambda raw: writes(raw) and raw.url.endswith(f"/{one[1]}"))
    for left, _ in (one, two):
        it.left.system.person_edits(left, title="two")
    for _ in range(8):
        it.sync(after=7200)
    assert (it.pair(two[0])[1]["title"], [what for what, *_ in it.held()]) == ("two", ["link"])
    with it.counting() as calls:
        it.sync(after=7200)
    assert not any(call.startswith("PATCH") for call in calls["right"])


def test_reads_that_fail_after_a_write_lose_nothing(world):
    """49, 52: what was written is not shown for a while, then it is."""
    it = world("plain", "bare")
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.sync()
    it.right.faults.next(*[faults.answer(500)] * 9, when=lambda raw: reads(raw) and "/tickets/" in raw.url)
    it.sync()
    it.right.faults.clear()
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="three")) == 1
    assert it.value(Side.LEFT, left, "title") == "three"


@pytest.mark.parametrize(("apart", "winner"), [(0.4, None), (2.0, "right")])
def test_the_newest_edit_wins_only_where_both_stamps_can_tell(world, apart, winner):
    """61: one side has whole seconds; within one of them the conflict is held."""
    it = world("plain", changed("plain", updated_stamp={"format": "iso_z", "granularity": "1s"}), mapping={
        "conflict": "newest_wins"
    })  # fmt: skip
    left, right = linked(it)
    it.left.system.person_edits(left, title="left")
    it.clock.advance(apart)
    it.right.system.person_edits(right, title="right")
    it.sync()
    assert it.value(Side.LEFT, left, "title") == (winner or "left")
    assert [field for _, field, _ in it.held()] == ([] if winner else ["title"])
