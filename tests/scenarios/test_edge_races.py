"""Edge cases 51 to 55 and 93: edits in the middle of our writes, lost answers, and one side that refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.gateway.wire import Raw
from ebond.state import Side
from ebond.testing import faults
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.edges import linked, writes_of
from tests.scenarios.world import changed

UPDATE = changed("plain").resource.update.model_dump()


@pytest.mark.parametrize("kind", ["plain", "versioned", "kinto", "roundup"])
def test_an_edit_that_lands_just_before_our_write_is_not_overwritten(world, kind):
    """51: the version no longer fits, so it is planned anew; the same field is a conflict then."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")

    def meanwhile(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.before = None
            it.right.system.person_edits(right, title="by the right")

    it.right.faults.before = meanwhile
    it.sync()
    it.settle()
    assert (it.value(Side.LEFT, left, "title"), it.value(Side.RIGHT, right, "title")) == ("by the left", "by the right")
    assert [(what, field) for what, field, _ in it.held()] == [("conflict", "title")]


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "servicenow"])
def test_an_edit_that_lands_just_after_our_write_is_carried(world, kind):
    """52: it is not taken for what we wrote."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")

    def meanwhile(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.after = None
            it.right.system.person_edits(right, description="by the right")

    it.right.faults.after = meanwhile
    it.sync()
    it.settle()
    assert it.value(Side.LEFT, left, "description") == "by the right"
    assert it.value(Side.RIGHT, right, "title") == "by the left"


@pytest.mark.parametrize("etag", ["plain", "weak", "gzip"])
def test_what_proxies_make_of_an_entity_tag_harms_nothing(world, etag):
    """53: the precondition holds, and a version that changes without content is no edit."""
    preset = PRESETS["kinto"]()
    it = world("plain", preset, habits=(None, replace(preset.habits, etag=etag, bump_unchanged=True)))
    left, right = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="two")) == 0


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto"])
@pytest.mark.parametrize("fault", faults.COMMITTED.values(), ids=faults.COMMITTED.keys())
def test_a_change_whose_answer_is_lost_is_written_once(world, kind, fault):
    """54: the next look shows that both agree; there is no second entry in its history."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.right.faults.next(fault, when=writes)
    it.settle()
    changes = [one for one in it.right.system.history if one.field == "title" and one.after == "two"]
    assert (len(changes), it.right.system.api_writes[right]) == (1, 2)


def test_what_one_side_took_is_not_written_again_when_the_other_refuses(world):
    """55: the left is written, the right is in trouble; later only the right is written."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.right.system.person_edits(right, urgency=2)
    it.right.faults.always(faults.answer(500), when=writes)
    it.sync()
    before = it.left.system.api_writes[left]
    it.right.faults.clear()
    it.settle()
    assert (before, it.left.system.api_writes[left]) == (1, 1)
    assert it.pair(left)[1]["title"] == "two"


def test_a_first_meeting_that_breaks_off_is_finished_later(world):
    """55, 30: matched by hand; one side is written, the other is not reached: its difference is not forgotten."""
    it = world(bond={"match": {"keys": [["title"]]}})
    left = it.left.system.person_creates({"title": "one", "status": "new", "description": "only here"})
    right = it.right.system.person_creates({"title": "one", "status": "new", "urgency": 3})
    it.right.faults.always(faults.answer(500), when=writes)
    it.sync()
    it.right.faults.clear()
    it.settle()
    assert (it.value(Side.LEFT, left, "urgency"), it.value(Side.RIGHT, right, "description")) == (3, "only here")


def test_fields_that_are_tried_one_by_one_are_all_tried(world):
    """55, 36: the second of them breaks off; what was not sent is sent in a later run."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", description="text", urgency=2)
    it.right.faults.next(faults.answer(422), lambda app, raw: app(raw), faults.answer(500), when=writes)
    it.settle()
    values = it.right.system.values(right)
    assert (values["title"], values["description"], values["urgency"]) == ("two", "text", 2)


def test_an_edit_between_two_of_our_writes_is_not_overwritten(world):
    """51: fields are tried one by one, and somebody edits the last of them meanwhile."""
    it = world("plain", changed("plain", update={**UPDATE, "returns": "nothing"}))
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", urgency=2)
    it.right.faults.next(faults.answer(422), when=writes)
    count = []

    def meanwhile(raw: Raw) -> None:
        count.extend([raw] if writes(raw) else [])
        if len(count) == 2:
            it.right.faults.after = None
            it.right.system.person_edits(right, urgency=9)

    it.right.faults.after = meanwhile
    it.sync()
    it.settle()
    assert (it.value(Side.LEFT, left, "urgency"), it.value(Side.RIGHT, right, "urgency")) == (2, 9)
    assert [field for _, field, _ in it.held()] == ["urgency"]


def test_a_second_whole_write_does_not_put_back_what_the_first_changed(world):
    """PUT of the whole record: the fields are tried one by one, each on top of the last."""
    it = world("plain", changed("plain", update={**UPDATE, "method": "PUT", "style": "put_full"}))
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", urgency=2)
    it.right.faults.next(faults.answer(422), when=writes)
    it.settle()
    assert (it.value(Side.RIGHT, right, "title"), it.value(Side.RIGHT, right, "urgency")) == ("two", 2)
    assert it.value(Side.LEFT, left, "title") == "two"
