"""Edge cases 39 to 46: every server shows a value in a form of its own, and that is nobody's edit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.habits import FieldHabits
from tests.scenarios.edges import holding, linked, with_habits, writes_of
from tests.scenarios.systems import KINDS
from tests.scenarios.world import changed

HABITS = {
    "trims": (FieldHabits(trim=True), "  padded  "),
    "escapes": (FieldHabits(html_escape=True), "a & b < c"),
    "folds": (FieldHabits(lower=True), "LOUD"),
    "newlines": (FieldHabits(lf=True), "two\r\nlines"),
    "truncates": (FieldHabits(truncate=20), "a text that is longer than the other side keeps"),
    "drops emoji": (FieldHabits(no_emoji=True), "fine \U0001f600"),
    "rounds": (FieldHabits(decimals=0), 2.4),
}


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto"])
@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS.keys())
def test_a_servers_own_form_costs_one_write_and_then_silence(world, kind, habit):
    """39: and it is not copied back over the original."""
    habits, value = habit
    name = "cost" if isinstance(value, float) else "description"
    it = world("plain", with_habits(kind, **{name: habits}))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, **{name: value})) == 1
    assert it.value(Side.LEFT, left, name) == value
    assert writes_of(it, lambda: it.left.system.person_edits(left, urgency=3)) == 1
    assert it.value(Side.LEFT, left, name) == value


def test_two_servers_that_both_escape_do_not_grow_a_text(world):
    """40: no write without a human edit, however often other fields are carried."""
    it = world(KINDS["escaping"](), KINDS["escaping"]())
    left, right = linked(it, description="a & b")
    texts = [it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")]
    for number in range(3):
        assert writes_of(it, lambda number=number: it.left.system.person_edits(left, urgency=number)) == 1
    assert [it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")] == texts


def test_a_declared_escape_does_not_grow_per_round_trip_either(world):
    """40: with html_escape declared, edits to and fro carry the plain text."""
    fields = changed("plain").resource.model_dump()["fields"]
    fields["description"]["normalise"] = ["html_escape"]
    escaping = changed("plain", fields=fields)
    habits = replace(escaping.habits, fields={"description": FieldHabits(html_escape=True)})
    it = world(replace(escaping, habits=habits), replace(escaping, habits=habits))
    left, right = linked(it, description="a & b")
    for number in range(3):
        it.right.system.person_edits(right, description=f"a & b {number}")
        it.settle()
    assert it.value(Side.LEFT, left, "description") == it.value(Side.RIGHT, right, "description") == "a &amp; b 2"


def test_an_edit_that_is_taken_back_before_the_next_run_is_not_written(world):
    """41: the record changed twice and is what it was."""
    it = world()
    left, _ = linked(it)
    it.left.system.person_edits(left, title="other")
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="one")) == 0


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto", "servicenow"])
def test_a_field_is_emptied_on_the_other_side_as_it_is_here(world, kind):
    """42: whatever form 'no value' has there, and then it is quiet."""
    it = world("plain", kind)
    left, right = linked(it, description="text")
    assert writes_of(it, lambda: it.left.system.person_edits(left, description=None)) == 1
    assert it.value(Side.RIGHT, right, "description") in (None, "")


def test_an_emoji_that_is_refused_holds_its_field_and_nothing_else(world):
    """45: the rest of the edit goes through, the reason is told, and it is not sent again."""
    it = world()
    left, right = linked(it)
    it.right.faults.always(
        faults.answer(422, {"error": "description: bad character"}), when=holding(b"\\ud83d", "\U0001f600".encode())
    )
    it.left.system.person_edits(left, description="smile \U0001f600", urgency=2)
    it.settle()
    assert it.value(Side.RIGHT, right, "urgency") == 2
    assert [field for _, field, _ in it.held()] == ["description"]


def test_rich_text_that_does_not_round_trip_is_not_rewritten_where_nobody_edited_it(world):
    """46: the right side keeps markup that the left side strips; edits of other fields leave it alone."""
    fields = changed("plain").resource.model_dump()["fields"]
    fields["description"]["normalise"] = ["strip_html"]
    it = world("plain", changed("plain", fields=fields))
    right = it.right.system.person_creates({"title": "one", "status": "new", "description": "<b>bold</b> text"})
    it.settle()
    left = it.partner(Side.RIGHT, right)
    it.left.system.person_edits(left, urgency=1)
    it.settle()
    assert (it.value(Side.RIGHT, right, "description"), it.value(Side.LEFT, left, "description")) == (
        "<b>bold</b> text", "bold text",
    )  # fmt: skip
