"""Settling narrowly: what each side's base becomes, field by field."""

from __future__ import annotations

import pytest

from ebond.state import Fate, Origin, Side, Unconfirmed
from ebond.sync.settle import settle_link
from ebond.sync.written import Written
from tests.unit.sync.making import NOW, POLICY, answer, carried, edited, link, mapping, plan

RULES = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
BASE = {"title": "a", "cost": 1}
AGREED = link(RULES, BASE, BASE, base=(BASE, BASE))
MOVED = edited(AGREED, RULES, Side.LEFT, title="b")


def settle(state, written):
    return settle_link(state, plan(state, RULES), RULES, POLICY, written=written, now=NOW)


def test_a_written_field_takes_the_value_of_the_answer_and_its_source_the_planned_one():
    """39: the server's own form becomes that side's base; no edit is seen in it afterwards."""
    settlement, after = carried(MOVED, RULES, shows={Side.RIGHT: {"title": "B!", "cost": 1}})
    assert (settlement.left.base, settlement.right.base) == ({**BASE, "title": "b"}, {**BASE, "title": "B!"})
    assert plan(after, RULES).quiet


def test_another_field_in_the_answer_keeps_its_base():
    """52: an edit that landed during our write still looks like an edit, and is looked at at once."""
    settlement, after = carried(MOVED, RULES, shows={Side.RIGHT: {"title": "b", "cost": 7}})
    assert settlement.right.base == {"title": "b", "cost": 1}
    assert settlement.again
    assert [field.rule for field in plan(after, RULES).writes(Side.LEFT)] == ["cost"]


def test_an_edit_of_the_source_during_our_write_still_looks_like_one():
    """51, 52: the source settles on what the plan was made from, not on what stands there by now."""
    _, after = carried(MOVED, RULES, shows={Side.RIGHT: {"title": "b", "cost": 1}})
    later = edited(after, RULES, Side.LEFT, title="c")
    assert [field.raw for field in plan(later, RULES).writes(Side.RIGHT)] == ["c"]


def test_without_an_answer_what_was_sent_is_assumed_and_marked():
    """54: the base is ours until the system shows the record."""
    settlement, after = carried(MOVED, RULES)
    assert settlement.right.base["title"] == "b"
    assert settlement.right.unconfirmed == {"title": Unconfirmed("b", "a", "a")}
    assert (after.right.origin, after.right.version) == (Origin.ASSUMED, "v1")


@pytest.mark.parametrize(("shown", "base"), [("b", "b"), (" b ", " b "), ("z", "b")])
def test_what_is_shown_later_confirms_a_write_or_is_an_edit_since(shown, base):
    """52: the system's own form of our value becomes the base; another value keeps it, and so looks like an edit."""
    _, after = carried(MOVED, RULES)
    settlement = settle(edited(after, RULES, Side.RIGHT, title=shown), {Side.LEFT: Written()})
    assert settlement.right.base["title"] == base
    assert settlement.right.unconfirmed == {}


def test_what_one_side_took_is_settled_whatever_became_of_the_other():
    """55: the left was written, the right was not reached; only the left's field moves on, and the link stays dirty."""
    both = edited(MOVED, RULES, Side.RIGHT, cost=2)
    left = Written(frozenset({"cost"}), shown=answer(RULES, Side.LEFT, {"title": "b", "cost": 2}))
    settlement = settle(both, {Side.LEFT: left})
    assert settlement.left.base == {"title": "a", "cost": 2}
    assert settlement.right.base == {"title": "a", "cost": 2}
    assert settlement.again


def test_a_first_meeting_that_was_not_carried_out_is_one_still():
    """55: a field that was never settled is carried by the next plan, not taken for one that was added later."""
    state = link(RULES, {"title": "a", "cost": 1}, {"title": "a"})
    settlement = settle(state, {})
    assert "cost" not in settlement.right.base
    assert [(hold.field, hold.left) for hold in settlement.holds] == [("cost", "")]
    assert settlement.again


def test_a_refused_field_is_held_and_keeps_its_bases():
    """36, 58: the reason is told, the edit is not forgotten."""
    settlement = settle(MOVED, {Side.RIGHT: Written(refused={"title": "closed"})})
    assert [(hold.field, hold.reason) for hold in settlement.holds] == [("title", "closed")]
    assert (settlement.left.base, settlement.right.base) == (BASE, BASE)
    assert not settlement.again


OLD = {Side.RIGHT: {"title": "a", "cost": 1}}


def test_a_write_that_the_answer_does_not_show_is_held():
    """49: 200, and the old value, and nobody else to ask: it is not written again until something changes."""
    settlement, after = carried(MOVED, RULES, shows=OLD, last_word=True)
    assert [hold.field for hold in settlement.holds] == ["title"]
    assert settlement.left.base["title"] == "a"
    assert plan(after, RULES).writes(Side.RIGHT) == ()
    moved_on = edited(after, RULES, Side.LEFT, title="c")
    assert [field.raw for field in plan(moved_on, RULES).writes(Side.RIGHT)] == ["c"]


@pytest.mark.parametrize(("read", "held"), [("a", ["title"]), ("b", [])])
def test_a_write_that_the_answer_does_not_show_is_read_first(read, held):
    """49: the answer may be from before the write was applied; what a read shows is held, or settled."""
    settlement, after = carried(MOVED, RULES, shows=OLD)
    assert (settlement.holds, after.right.origin) == ((), Origin.ASSUMED)
    settlement, later = carried(edited(after, RULES, Side.RIGHT, title=read), RULES)
    assert ([hold.field for hold in settlement.holds], plan(later, RULES).writes(Side.RIGHT)) == (held, ())


def test_a_write_whose_answer_was_old_gives_way_to_what_its_author_did_since():
    """49, 51: the author took the edit back, and the write turns up late: it is taken back there, too."""
    _, after = carried(MOVED, RULES, shows=OLD)
    state = edited(edited(after, RULES, Side.RIGHT, title="b"), RULES, Side.LEFT, title="a")
    assert [(field.rule, field.raw) for field in plan(state, RULES).writes(Side.RIGHT)] == [("title", "a")]


def test_a_write_that_was_applied_half_holds_the_other_half():
    """49: 200, one field taken and one passed over."""
    both = edited(MOVED, RULES, Side.LEFT, cost=2)
    settlement, _ = carried(both, RULES, shows={Side.RIGHT: {"title": "b", "cost": 1}}, last_word=True)
    assert [hold.field for hold in settlement.holds] == ["cost"]
    assert settlement.right.base == {"title": "b", "cost": 1}


def test_each_of_several_writes_counts_by_its_own_answer():
    """The later answer shows an edit of a field that the earlier one wrote: it still looks like an edit."""
    both = edited(MOVED, RULES, Side.LEFT, cost=2)
    first, last = ({"title": "b", "cost": 1}, {"title": "edited since", "cost": 2})
    written = Written(
        frozenset({"title", "cost"}),
        shown=answer(RULES, Side.RIGHT, last),
        shown_for={"title": answer(RULES, Side.RIGHT, first)},
    )
    settlement = settle(both, {Side.RIGHT: written})
    assert settlement.right.base == {"title": "b", "cost": 2}
    assert settlement.again


def test_settling_covers_the_mark_of_its_plan_only():
    """What was marked dirty meanwhile stays dirty: the settlement names the mark that the plan saw."""
    assert carried(MOVED, RULES)[0].mark == MOVED.mark


@pytest.mark.parametrize(("state", "fate"), [
    (AGREED, Fate.UNCHANGED),
    (MOVED, Fate.UPDATED),
    (edited(MOVED, RULES, Side.RIGHT, title="c"), Fate.HELD),
    (edited(MOVED, RULES, Side.RIGHT, title="b"), Fate.UNCHANGED),
    (carried(MOVED, RULES)[1], Fate.ECHO),
])  # fmt: skip
def test_the_books_are_told_what_became_of_the_link(state, fate):
    """Each outcome has its column."""
    settlement, _ = carried(state, RULES)
    assert (settlement.left_fate in (fate, Fate.UNCHANGED), settlement.right_fate) == (True, fate)


def test_the_journal_names_fields_and_digests_and_no_value():
    """101: what was written can be told, what it was can not."""
    secret = edited(AGREED, RULES, Side.LEFT, title="a secret text")
    settlement, _ = carried(secret, RULES)
    assert [(entry.event, entry.field) for entry in settlement.entries] == [("written", "title")]
    assert "secret" not in repr(settlement.entries)
