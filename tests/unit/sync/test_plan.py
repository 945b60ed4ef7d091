"""Planning one link: what moved, what is carried, what is held and when a hold is looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from ebond.state import Hold, Side, Unconfirmed
from ebond.sync.merge import Action
from ebond.sync.planned import Policy, digest
from tests.unit.sync.making import NOW, POLICY, carried, edited, link, mapping, only, plan, resource

TITLES = mapping()
AGREED = link(TITLES, {"title": "a"}, {"title": "a"}, base=({"title": "a"}, {"title": "a"}))
N, S, H, P = Action.NOTHING, Action.SETTLE, Action.HOLD, Action.PARK
L, R = Action.WRITE_LEFT, Action.WRITE_RIGHT

#: What each side shows over the agreed "a", and what follows by policy.
MOVES = [
    ("a", "a", {"manual": N, "left_wins": N, "right_wins": N, "newest_wins": N}),
    ("b", "a", {"manual": R, "left_wins": R, "right_wins": R, "newest_wins": R}),
    ("a", "b", {"manual": L, "left_wins": L, "right_wins": L, "newest_wins": L}),
    ("b", "b", {"manual": S, "left_wins": S, "right_wins": S, "newest_wins": S}),
    ("b", "c", {"manual": H, "left_wins": R, "right_wins": L, "newest_wins": L}),
]


@pytest.mark.parametrize(("left", "right", "policy", "expected"), [
    (left, right, policy, outcome) for left, right, outcomes in MOVES for policy, outcome in outcomes.items()
])  # fmt: skip
def test_every_movement_under_every_policy(left, right, policy, expected):
    """38, 61: one side's edit is carried whatever the policy; only a conflict asks it."""
    rules = mapping(conflict=policy)
    state = link(rules, {"title": left}, {"title": right}, base=({"title": "a"}, {"title": "a"}))
    state = replace(
        state, left=replace(state.left, updated=NOW), right=replace(state.right, updated=NOW + timedelta(1))
    )
    fields = plan(state, rules).fields
    assert [field.action for field in fields] == ([] if expected is N else [expected])


@pytest.mark.parametrize(("policy", "reason"), [
    ("manual", "both sides moved to different values"),
    ("left_wins", "both moved; left_wins"),
    ("right_wins", "both moved; right_wins"),
])  # fmt: skip
def test_a_plan_says_which_policy_decided_a_conflict(policy, reason):
    """61: that one side moved would be half of the truth."""
    rules = mapping(conflict=policy)
    assert (
        only(link(rules, {"title": "b"}, {"title": "c"}, base=({"title": "a"}, {"title": "a"})), rules).reason == reason
    )


def test_a_first_meeting_that_the_policy_decides_is_no_movement():
    """30: nobody has seen either of them move."""
    rules = mapping(conflict="left_wins")
    assert only(link(rules, {"title": "b"}, {"title": "c"}), rules).reason == "they differ; left_wins"


def test_what_differs_and_nobody_moved_is_left_alone():
    """39, 40: each side stands where it last stood, so the difference is the servers' own."""
    state = link(TITLES, {"title": "a & b"}, {"title": "a &amp; b"}, base=({"title": "a & b"}, {"title": "a &amp; b"}))
    assert plan(state, TITLES).quiet
    assert plan(state, TITLES).fields == ()


def test_a_value_that_comes_and_goes_between_two_runs_is_no_edit():
    """41: only what stands now counts."""
    there_and_back = edited(edited(AGREED, TITLES, Side.LEFT, title="b"), TITLES, Side.LEFT, title="a")
    assert plan(there_and_back, TITLES).fields == ()


def test_a_write_carries_the_smallest_change():
    """Only the field that moved is written, with the value of the other side."""
    rules = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
    base = {"title": "a", "cost": 1}
    state = link(rules, {"title": "b", "cost": 1}, base, base=(base, base))
    assert [(one.field, one.raw) for one in plan(state, rules).writes(Side.RIGHT)] == [("title", "b")]


@pytest.mark.parametrize("differences", ["policy", "left_wins", "right_wins", "leave"])
def test_two_records_that_meet_for_the_first_time(differences):
    """30: what is equal is settled; what differs goes by the bond's wish; a value against none is carried over."""
    rules = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
    state = link(rules, {"title": "same", "cost": 2}, {"title": "same"})
    actions = {field.rule: field.action for field in plan(state, rules, Policy(differences=differences)).fields}
    expected = {"policy": R, "left_wins": R, "right_wins": L, "leave": S}
    assert actions == {"title": S, "cost": expected[differences]}


def test_a_first_meeting_without_a_wish_holds_what_both_filled_differently():
    """Neither value is known to be an edit of the other, so a human decides; and nobody is said to have moved."""
    field = only(link(TITLES, {"title": "a"}, {"title": "b"}), TITLES)
    assert (field.action, field.reason) == (H, "both sides differ where they were first linked")


def test_a_rule_that_is_added_later_starts_no_storm():
    """62: both sides are full and differ; the difference is left and reported, and edits from now on are carried."""
    rules = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
    old = {"title": "a"}
    state = link(rules, {"title": "a", "cost": 1}, {"title": "a", "cost": 2}, base=(old, old))
    field = only(state, rules)
    assert (field.action, field.reason) == (S, "new in the mapping: the difference is left")
    _, after = carried(state, rules)
    assert only(edited(after, rules, Side.LEFT, cost=3), rules).action is R


def test_a_rule_that_is_taken_away_leaves_its_field_alone():
    """62: a base that no rule asks for does nothing."""
    state = link(TITLES, {"title": "a"}, {"title": "a"}, base=({"title": "a", "cost": 1}, {"title": "a", "cost": 1}))
    assert plan(state, TITLES).fields == ()


@pytest.mark.parametrize(("way", "side"), [("to_right", Side.RIGHT), ("to_left", Side.LEFT)])
def test_a_field_that_becomes_two_way_starts_no_storm(way, side):
    """64: what the far side edited while the field went one way stays there when it goes both ways."""
    one_way, both = mapping({"left": "title", "right": "title", "direction": way}), mapping()
    state = edited(AGREED, one_way, side, title="their own")
    assert only(state, one_way).action is S
    _, after = carried(state, one_way)
    assert plan(after, both).fields == ()


def test_the_near_side_of_a_one_way_field_replaces_the_far_sides_edit():
    """The field was declared to flow that way: it is knowingly replaced, when the near side moves and not before."""
    rules = mapping({"left": "title", "right": "title", "direction": "to_right"})
    state = edited(edited(AGREED, rules, Side.RIGHT, title="their own"), rules, Side.LEFT, title="b")
    assert only(state, rules).action is R


CONFLICT = edited(edited(AGREED, TITLES, Side.LEFT, title="b"), TITLES, Side.RIGHT, title="c")


def test_a_hold_stands_until_a_value_or_the_mapping_changes():
    """60, 63: a held field is looked at again when there is something new to see, and not before."""
    _, held = carried(CONFLICT, TITLES)
    again = plan(held, TITLES, now=NOW + timedelta(days=1))
    assert again.holds == tuple(held.holds.values())
    moved_on = plan(edited(held, TITLES, Side.LEFT, title="d"), TITLES)
    remapped = plan(held, TITLES, Policy(salt="another mapping"))
    assert [one.left for one in (*moved_on.holds, *remapped.holds)] == [digest("d"), digest("b", "another mapping")]


def test_a_hold_ends_when_both_sides_agree():
    """60: somebody made them equal; the field is settled and free again."""
    _, held = carried(CONFLICT, TITLES)
    agreed = edited(held, TITLES, Side.LEFT, title="c")
    assert only(agreed, TITLES).action is S
    assert plan(agreed, TITLES).holds == ()


def test_a_held_field_does_not_hold_the_others():
    """60: the rest of the record goes on."""
    rules = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
    base = {"title": "a", "cost": 1}
    state = link(rules, {"title": "b", "cost": 2}, {"title": "c", "cost": 1}, base=(base, base))
    assert {field.rule: field.action for field in plan(state, rules).fields} == {"title": H, "cost": R}


def test_a_field_that_flips_back_three_times_is_parked():
    """Two automations argue: after the third return within the window the field waits for a human."""
    policy, state, actions = Policy(flip_limit=3, flip_window=3600), AGREED, []
    for number, value in enumerate(["b", "a", "b", "a", "b"]):
        now = NOW + timedelta(minutes=number)
        state = edited(state, TITLES, Side.LEFT if number % 2 else Side.RIGHT, title=value)
        actions.append(only(state, TITLES, policy, now).action)
        _, state = carried(state, TITLES, shows={key: {"title": value} for key in Side}, policy=policy, now=now)
    assert actions == [L, R, L, R, P]


def test_a_field_that_flips_slowly_is_no_loop():
    """A person may change their mind once a day for ever."""
    state, actions = AGREED, []
    for number, value in enumerate(["b", "a"] * 4):
        now = NOW + timedelta(days=number)
        state = edited(state, TITLES, Side.LEFT, title=value)
        actions.append(only(state, TITLES, now=now).action)
        _, state = carried(state, TITLES, shows={Side.RIGHT: {"title": value}}, now=now)
    assert actions == [R] * 8


SHORT = mapping(
    {"left": "title", "right": "title", "too_long": "truncate"}, right=resource(fields={"title": {"max": 5}})
)
LONG = "a long title"


def test_a_shortened_copy_agrees_with_its_original():
    """66: the cut is declared, so nothing is to be done about it."""
    state = link(SHORT, {"title": LONG}, {"title": "a lon"}, base=({"title": "a"}, {"title": "a"}))
    assert only(state, SHORT).action is S


def test_an_edit_of_a_shortened_copy_does_not_replace_the_original():
    """66: what was cut off over there cannot have been meant to be deleted here."""
    base = ({"title": LONG}, {"title": "a lon"})
    field = only(link(SHORT, {"title": LONG}, {"title": "other"}, base=base), SHORT)
    assert (field.action, field.reason) == (P, "the left side holds more than the right side could take")


def test_a_value_that_is_too_long_is_parked_where_no_cut_is_declared():
    """66: it is never cut without being told to."""
    rules = mapping(right=resource(fields={"title": {"max": 5}}))
    state = link(rules, {"title": LONG}, {"title": "a"}, base=({"title": "a"}, {"title": "a"}))
    assert only(state, rules).action is P


STATUSES = [{"left": "new", "right": "new"}, {"left": "open", "right": "open"}]
MAPPED = mapping({"left": "status", "right": "status", "values": STATUSES}, {"left": "title", "right": "title"})


@pytest.mark.parametrize("side", list(Side))
def test_an_unmapped_value_parks_its_field_and_nothing_else(side):
    """47: in either direction."""
    base = {"status": "new", "title": "a"}
    state = edited(link(MAPPED, base, base, base=(base, base)), MAPPED, side, status="held", title="b")
    made = plan(state, MAPPED)
    assert [hold.field for hold in made.holds] == ["status"]
    assert [field.rule for field in made.writes(side.other)] == ["title"]


COLLAPSE = mapping({"left": "status", "right": "status", "values": [
    {"left": "new", "right": "open", "only": "to_right"},
    {"left": "open", "right": "open"}, {"left": "held", "right": "held"},
]})  # fmt: skip


def test_the_finer_value_is_not_flipped_to_another_member_of_its_class():
    """48: new and open are both open over there; the echo of new must not make it open here."""
    state = link(COLLAPSE, {"status": "new"}, {"status": "open"}, base=({"status": "held"}, {"status": "held"}))
    assert only(state, COLLAPSE).action is S


def test_a_field_that_is_fixed_after_create_is_held():
    """58: it is not sent in vain, and the reason is told."""
    rules = mapping(right=resource(fields={"title": {"write": "create_only"}}))
    state = link(rules, {"title": "b"}, {"title": "a"}, base=({"title": "a"}, {"title": "a"}))
    assert only(state, rules).reason == "title cannot be changed on the right side after the record was made"


@pytest.mark.parametrize(("shown", "action"), [("sent", N), ("old", P), ("else", L)])
def test_what_a_system_shows_after_a_write_that_it_did_not_answer(shown, action):
    """49, 54: its own form of our value is settled; the old value means that it was ignored; else it is an edit."""
    state = link(TITLES, {"title": "sent"}, {"title": shown}, base=({"title": "sent"}, {"title": "sent"}))
    sent = {"title": Unconfirmed("sent", "old", "old")}
    state = replace(state, right=replace(state.right, unconfirmed=sent))
    fields = plan(state, TITLES).fields
    assert [field.action for field in fields] == ([] if action is N else [action])


BLANKS = [None, "", [], {}]


@pytest.mark.parametrize(("one", "two"), list(product(BLANKS, BLANKS)))
def test_all_forms_of_nothing_are_one(one, two):
    """42: a system that shows "" for null has not edited anything."""
    rules = mapping({"left": "labels", "right": "labels"})
    state = link(rules, {"labels": one}, {"labels": two}, base=({"labels": two}, {"labels": one}))
    assert plan(state, rules).fields == ()


FORMS = [
    ("cost", 1, 1.0), ("cost", 1, "1"), ("cost", 0.1 + 0.2, 0.3), ("cost", "2.50", 2.5), ("active", True, "true"),
    ("active", "Y", 1), ("due", "2026-03-01", "2026-03-01T00:00:00Z"), ("title", "e\u0301", "\u00e9"),
    ("labels", ["b", "a"], ["a", "b"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "one", "two"), FORMS)
def test_values_that_mean_the_same_are_no_edit(name, one, two):
    """43, 44, 45: numbers, booleans, days and composed letters have many spellings."""
    rules = mapping({"left": name, "right": name})
    state = link(rules, {name: one}, {name: two}, base=({name: two}, {name: one}))
    assert plan(state, rules).fields == ()


def test_an_operators_hold_is_not_lost_by_an_unfinished_first_write():
    """A hold without prints is looked at in the next plan, whatever the values are."""
    waiting = Hold("title", "parked", "not written yet; it is tried again", NOW)
    state = link(TITLES, {"title": "a"}, {"title": None}, base=({}, {}), holds={"title": waiting})
    assert only(state, TITLES, POLICY).action is R
