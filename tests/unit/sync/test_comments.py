"""Sorting out what a side shows of its comments: each row of the table, without a system or a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ebond.children import Carriage
from ebond.comments import Body, CommentState, Shown
from ebond.definitions.comments import CommentRule
from ebond.state import Side
from ebond.sync.comments import sorting
from ebond.sync.comments.sorting import Case, sort_out
from ebond.sync.comments.wording import shortened, worded

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def shown(comment_id: str, text: str = "hello", **more: object) -> Shown:
    own = bool(more.pop("own", False))
    return Shown(comment_id, Body(text, **more), own)


def state(side: Side, comment_id: str, carriage: Carriage, text: str = "hello", **more: object) -> CommentState:
    return CommentState(side, "1", comment_id, carriage, digest=Body(text).digest, **more)


def sorted_out(*seen: Shown, known: tuple[CommentState, ...] = (), rule: CommentRule | None = None, **more: object):
    """Sort out what the left side shows; return what becomes of which comment, and the whole outcome."""
    rule = rule or CommentRule()
    case = Case(Side.LEFT, "1", seen, known, rule, rule.to_right, str.encode, **more)
    found = sort_out(case)
    return {(one.side.value, one.id): (one.state, one.partner, one.reason) for one in found.changes}, found


def test_a_new_comment_is_to_be_carried():
    """Unknown and public: it waits to be carried, with all that it says."""
    _, found = sorted_out(shown("a", author="Ann", made=NOON))
    assert [(one.state, one.body) for one in found.changes] == [(Carriage.WAITING, Body("hello", "Ann", NOON))]


@pytest.mark.parametrize(
    ("one", "rule", "first", "reason"),
    [
        (shown("a", internal=True), {}, False, sorting.INTERNAL),
        (shown("a"), {"to_right": {"public": "never"}}, False, sorting.ONE_WAY),
        (shown("a", own=True), {}, False, sorting.OWN),
        (shown("a"), {"history": "none"}, True, sorting.OLDER),
        (shown("a", "  \n"), {}, False, sorting.EMPTY),
    ],
    ids=["internal", "one way", "own", "older", "empty"],
)
def test_what_stays_says_why(one, rule, first, reason):
    """What is not carried is kept with its reason, and without its text."""
    _, found = sorted_out(one, rule=CommentRule.model_validate(rule), first=first)
    assert [(kept.state, kept.reason, kept.body) for kept in found.changes] == [(Carriage.KEPT, reason, None)]


def test_a_copy_is_known_by_its_id_or_its_text():
    """The one that we miss is known by its text; one whose partner is named, by its id alone."""
    ours = state(Side.RIGHT, "r1", Carriage.CARRIED, copy=b"hello")
    named = state(Side.RIGHT, "r2", Carriage.CARRIED, partner="b")
    changes, _ = sorted_out(shown("a"), shown("b", "any text"), known=(ours, named))
    assert changes == {
        ("left", "a"): (Carriage.COPY, "r1", ""),
        ("right", "r1"): (Carriage.CARRIED, "a", ""),
        ("left", "b"): (Carriage.COPY, "r2", ""),
    }


def test_what_a_feed_showed_gets_its_place_when_it_is_looked_at():
    """In the order in which it was made, after what has a place: ids say nothing about that."""
    before = state(Side.LEFT, "z", Carriage.CARRIED, order=4)
    news = tuple(state(Side.LEFT, name, Carriage.SHOWN) for name in ("a", "b"))
    _, found = sorted_out(shown("b"), shown("a"), known=(before, *news), whole=False)
    assert [(one.id, one.order) for one in found.changes] == [("b", 5), ("a", 6)]


def test_where_ours_bear_an_id_of_ours_nothing_else_is_taken_for_one():
    """Neither the same text nor our own account makes a copy of it; what we said besides stays, and ours is missed."""
    ours = state(Side.RIGHT, "r1", Carriage.UNKNOWN, copy=b"hello", sync_id="s1")
    arrived, _ = sorted_out(shown("s1", "as they put it"), known=(ours,), named=True)
    assert arrived == {("left", "s1"): (Carriage.COPY, "r1", ""), ("right", "r1"): (Carriage.CARRIED, "s1", "")}
    missed, _ = sorted_out(shown("a"), shown("b", "changed", own=True), known=(ours,), named=True)
    assert missed == {
        ("left", "a"): (Carriage.WAITING, None, ""),
        ("left", "b"): (Carriage.KEPT, None, sorting.OWN),
        ("right", "r1"): (Carriage.WAITING, None, ""),
    }


def test_nothing_unknown_is_carried_while_one_of_ours_is_in_doubt():
    """A stranger may be the comment whose answer was lost, in the system's own words: it waits."""
    lost = state(Side.RIGHT, "r1", Carriage.UNKNOWN, copy=b"what we sent")
    changes, found = sorted_out(shown("a"), known=(lost,), doubt_over=False)
    assert (changes, found.waiting) == ({}, True)


def test_what_never_arrived_is_carried_anew():
    """Once it would have to be there and is not, the comment waits to be carried, and strangers go on."""
    lost = state(Side.RIGHT, "r1", Carriage.UNKNOWN, copy=b"what we sent")
    changes, _ = sorted_out(shown("a"), known=(lost,))
    assert changes == {("right", "r1"): (Carriage.WAITING, None, ""), ("left", "a"): (Carriage.WAITING, None, "")}


def test_equal_texts_of_a_new_link_are_one_comment():
    """What stands on both sides already was brought there by somebody else: nothing is carried."""
    theirs = state(Side.RIGHT, "r1", Carriage.WAITING, body=Body("hello"))
    changes, _ = sorted_out(shown("a"), known=(theirs,), first=True)
    assert changes == {("left", "a"): (Carriage.COPY, "r1", ""), ("right", "r1"): (Carriage.CARRIED, "a", "")}


def test_an_edit_before_it_went_is_what_goes():
    """A comment that was changed before it was carried is carried as it is now."""
    waiting = state(Side.LEFT, "a", Carriage.WAITING, body=Body("hello"))
    _, found = sorted_out(shown("a", "hello all"), known=(waiting,))
    assert [(one.state, one.body) for one in found.changes] == [(Carriage.WAITING, Body("hello all"))]


def test_what_is_gone_before_it_went_is_not_carried():
    """A comment that was deleted before its turn stays away."""
    waiting = state(Side.LEFT, "a", Carriage.WAITING, body=Body("hello"))
    changes, _ = sorted_out(known=(waiting,))
    assert changes == {("left", "a"): (Carriage.KEPT, None, sorting.GONE)}


@pytest.mark.parametrize(
    ("body", "named", "template", "text"),
    [
        (Body("hi", "Ann", NOON), False, None, "Ann (2026-11-26 12:00 UTC):\nhi"),
        (Body("hi", "Ann", NOON), True, None, "hi"),
        (Body("hi", "Ann"), False, None, "Ann:\nhi"),
        (Body("hi"), False, None, "hi"),
        (Body("hi", "Ann", NOON), False, "[{system}] {text}", "[desk] hi"),
        (Body("hi {text}", "A{made}"), False, None, "A{made}:\nhi {text}"),
    ],
)
def test_the_text_says_what_the_other_side_has_no_fields_for(body, named, template, text):
    """Author and time go in front where they would be lost; what people write is never a template."""
    rule = CommentRule.model_validate({"to_right": {"template": template}})
    one = state(Side.LEFT, "a", Carriage.WAITING, body=body)
    assert worded(one, rule, rule.to_right, system="desk", named=named, internal=False).text == text


def test_a_text_is_cut_off_at_the_limit():
    """What is cut off ends in a mark and fits exactly."""
    assert (shortened("hello", 5), shortened("hello", 4), shortened("hello", None)) == ("hello", "hel…", "hello")
