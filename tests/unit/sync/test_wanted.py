"""What a link's plan has to ask: what moved, and what never met; of anything else nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.mapping.asking import Ask
from ebond.state import Decision, Hold, Side, Take, Unconfirmed
from ebond.sync.wanted import of_link, of_record
from tests.unit.sync.making import NOW, link, mapping, resource

LOOKUP = {"left": {"resource": "user", "by": "email"}, "right": {"resource": "user", "by": "email"}}
ENDS = {"left": resource(), "right": resource()}


def rules(**rule):
    one = {"left": "description", "right": "description", "lookup": LOOKUP, **rule}
    return mapping({"left": "title", "right": "title"}, one, **ENDS)


def wanted(state, made):
    return {(one.target, one.value) for one in of_link(state, made)}


LEFT, RIGHT = (Side.RIGHT, "l"), (Side.LEFT, "r")
BASES = {
    "nobody moved": (("l", "r"), set()),
    "the left moved": (("x", "r"), {LEFT}),
    "the right moved": (("l", "x"), {RIGHT}),
    "both moved": (("x", "y"), {LEFT, RIGHT}),
    "never met": (None, {LEFT, RIGHT}),
}


@pytest.mark.parametrize(("base", "expected"), BASES.values(), ids=BASES.keys())
def test_only_what_moved_is_asked(base, expected):
    """A side that stands is neither carried nor compared."""
    made = rules()
    bases = tuple({"title": "t", "description": one} for one in base) if base else (None, None)
    state = link(made, {"title": "other", "description": "l"}, {"title": "t", "description": "r"}, base=bases)
    assert wanted(state, made) == expected


def test_a_decision_takes_both_sides():
    """What an operator decided is compared before it is carried."""
    made = rules()
    held = Hold("description", "conflict", "both", NOW, decision=Decision(Take.LEFT, "ann"))
    bases = ({"description": "l"}, {"description": "r"})
    state = link(made, {"description": "l"}, {"description": "r"}, base=bases, holds={"description": held})
    assert wanted(state, made) == {LEFT, RIGHT}


def test_our_own_write_is_not_asked_back():
    """What we sent and have not seen since is nobody's edit."""
    made = rules()
    state = link(made, {"description": "l"}, {"description": "r"}, base=({"description": "l"}, {"description": "r"}))
    sent = {"description": Unconfirmed("r", "old")}
    assert wanted(replace(state, right=replace(state.right, unconfirmed=sent)), made) == set()


def test_each_is_asked_once_and_one_way():
    """A rule that goes one way asks that way, and a value that stands in the table is not asked for."""
    made = rules(direction="to_right", values=[{"left": "known", "right": "there"}])
    assert of_record({"description": "l"}, Side.RIGHT, made) == (Ask("description", Side.RIGHT, "l"),)
    assert of_record({"description": "known"}, Side.RIGHT, made) == ()
    assert of_record({"description": "r"}, Side.LEFT, made) == ()


def test_lists_that_are_merged_ask_for_what_was_in_them():
    """Where both sides changed a list, it is merged by what each of them had before."""
    labels = {"left": "labels", "right": "labels", "conflict": "merge", "lookup": LOOKUP}
    made = mapping(labels, **ENDS)
    state = link(made, {"labels": ["a"]}, {"labels": ["z"]}, base=({"labels": ["b"]}, {"labels": ["y"]}))
    assert wanted(state, made) == {(Side.RIGHT, "a"), (Side.RIGHT, "b"), (Side.LEFT, "z"), (Side.LEFT, "y")}
