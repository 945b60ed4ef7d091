"""Edge cases 47 to 50 and 65: values that the other side does not know, does not take or changes by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing.habits import Automation, FieldHabits
from ebond.testing.wiring import PRESETS
from tests.scenarios.edges import linked, with_habits, writes_of


@pytest.mark.parametrize("side", list(Side))
def test_a_value_that_the_map_does_not_know_holds_its_field(world, side):
    """47, 65: in either direction, also one that comes up at run time; the other fields go on."""
    pairs = [{"left": one, "right": one} for one in ("new", "open")]
    rules = [{"left": "title", "right": "title"}, {"left": "status", "right": "status", "values": pairs}]
    it = world(mapping={"fields": rules})
    ids = dict(zip(Side, linked(it), strict=True))
    it.end(side).system.person_edits(ids[side], status="held", title="two")
    it.settle()
    assert it.value(side.other, ids[side.other], "title") == "two"
    assert [field for _, field, _ in it.held()] == ["status"]


def test_an_unknown_person_becomes_the_default_and_is_not_written_back(world):
    """65: the default is one write; the original stays what it is."""
    rule = {"left": "description", "right": "description", "values": [{"left": "ann", "right": "a.nn"}],
            "unmapped": "default", "default": {"right": "queue"}, "direction": "to_right"}  # fmt: skip
    it = world(mapping={"fields": [{"left": "title", "right": "title"}, rule]})
    left, right = linked(it, description="ann")
    assert writes_of(it, lambda: it.left.system.person_edits(left, description="bob")) == 1
    assert (it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")) == ("bob", "queue")


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned"])
def test_a_field_that_is_silently_ignored_is_found_out_and_held(world, kind):
    """49: one write, then none; told by the answer or by what is read back."""
    it = world("plain", with_habits(kind, urgency=FieldHabits(read_only=True)))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, urgency=5)) <= 1
    assert [field for _, field, _ in it.held()] == ["urgency"]
    assert it.value(Side.LEFT, left, "urgency") == 5


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned"])
def test_what_automation_changes_in_reply_to_our_write_comes_back_once(world, kind):
    """50: one write there, one write here."""
    preset = PRESETS[kind]()
    automation = Automation(when="description", sets={"status": preset.statuses[1]})
    it = world("plain", replace(preset, habits=replace(preset.habits, automations=(automation,))))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, description="please")) == 2
    assert it.value(Side.LEFT, left, "status") == it.left.preset.statuses[1]
