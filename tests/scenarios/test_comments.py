"""Comments go both ways, once each, in their order; what is internal stays, whatever goes wrong."""

from __future__ import annotations

import pytest

from ebond.cli.plan import Preview
from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing.fake_talk import talking
from ebond.testing.faults import answer, lose_answer
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.world import BOND

SOURCES = ("in_record", "ids", "list", "feed")
ADDS = ("create", "attach", "append", "whole_list")


def ends(source="list", add="create", *, kind="plain"):
    """Two systems of one kind; the right one shows and takes comments in the given ways."""
    return talking(PRESETS["plain"](), "list", "create"), talking(PRESETS[kind](), source, add)


def talk(world, source="list", add="create", **rule):
    it = world(*ends(source, add), mapping={"comments": {**PLAIN, **rule}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.settle()
    return it, left, it.partner(Side.LEFT, left)


PLAIN = {"to_right": {"template": "{text}"}, "to_left": {"template": "{text}"}}
WAYS = [
    (source, add)
    for source in SOURCES
    for add in ADDS
    if not (add == "whole_list" and source != "in_record")
    if not (add == "attach" and source == "feed")
]


@pytest.mark.parametrize(("source", "add"), WAYS)
def test_both_ways_once_in_order(world, source, add):
    """78: Whatever way a system shows and takes comments: each one stands on both sides once, in its order."""
    it, left, right = talk(world, source, add)
    for number in range(3):
        it.left.talk.person_says(left, f"from the left {number}")
    it.settle()
    for number in range(3):
        it.right.talk.person_says(right, f"from the right {number}")
    it.settle()
    wanted = [f"from the {side} {number}" for side in ("left", "right") for number in range(3)]
    assert (it.left.talk.texts(left), it.right.talk.texts(right)) == (wanted, wanted)
    assert sum(report.comments for report in it.reports) == len(wanted)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize(("source", "add"), WAYS)
def test_a_crash_around_any_write_doubles_and_loses_nothing(world, source, add, at, before):
    """77: The process dies before or after a call that writes comments: each comment stands there once, in order."""
    it, left, right = talk(world, source, add)
    for number in range(2):
        it.left.talk.person_says(left, f"said {number}")
    it.crashing_sync(it.right, at=at, before=before)
    it.settle()
    assert it.right.talk.texts(right) == ["said 0", "said 1"]
    assert it.left.talk.texts(left) == ["said 0", "said 1"]


@pytest.mark.parametrize(("source", "add"), WAYS)
def test_a_lost_answer_is_looked_up(world, source, add):
    """77: The answer to a write is lost after it was done: nothing is sent again before it is known what came of it."""
    it, left, right = talk(world, source, add)
    it.left.talk.person_says(left, "only once")
    it.right.faults.next(lose_answer, when=writes)
    it.sync()
    it.settle()
    assert (it.right.talk.texts(right), it.left.talk.texts(left)) == (["only once"], ["only once"])


@pytest.mark.parametrize(("source", "add"), WAYS)
def test_what_the_system_makes_of_a_text_is_no_new_comment(world, source, add):
    """A system that changes every text it takes: our own comment is known all the same, and never comes back."""
    it, left, right = talk(world, source, add)
    it.right.talk.style = lambda text: f"<p>{text.upper()}</p>"
    it.left.talk.person_says(left, "hello")
    it.settle()
    assert (it.right.talk.texts(right), it.left.talk.texts(left)) == (["<p>HELLO</p>"], ["hello"])


@pytest.mark.parametrize("source", SOURCES)
def test_internal_notes_never_leave(world, source):
    """80: Unless the mapping says so, an internal note stays where it is; made public later, it is carried."""
    it, left, right = talk(world, source)
    note = it.right.talk.person_says(right, "between us", internal=True)
    it.settle()
    hidden = it.left.talk.texts(left)
    it.right.talk.person_changes(note, "between us", internal=False)
    it.settle()
    assert (hidden, it.left.talk.texts(left)) == ([], [] if source == "ids" else ["between us"])


def test_an_internal_note_stays_internal_where_that_is_said(world):
    """The mapping may carry internal notes as internal ones, and public ones beside them."""
    it, left, right = talk(world, to_right={"template": "{text}", "internal": "internal"})
    it.left.talk.person_says(left, "for the team", internal=True)
    it.left.talk.person_says(left, "for all")
    it.settle()
    assert [(one.text, one.internal) for one in it.right.talk.of(right)] == [("for the team", True), ("for all", False)]


@pytest.mark.parametrize("source", ["in_record", "list", "feed"])
def test_edits_and_deletions_follow_their_policy(world, source):
    """81: Where the mapping says so, the other side is told of a changed comment and of a deleted one; once each."""
    it, left, right = talk(world, source, edits="append", deletions="append", deleted="withdrawn")
    said = it.right.talk.person_says(right, "hello")
    it.settle()
    it.right.talk.person_changes(said, "hello all")
    it.settle()
    it.right.talk.person_deletes(said)
    it.settle()
    gone = [] if source == "feed" else ["withdrawn"]
    assert it.left.talk.texts(left) == ["hello", "[changed] hello all", *gone]


def test_without_a_policy_edits_and_deletions_stay(world):
    """By default a comment is carried as it was first seen, and the journal tells of what came later."""
    it, left, right = talk(world)
    said = it.left.talk.person_says(left, "hello")
    it.settle()
    it.left.talk.person_changes(said, "hello all")
    it.settle()
    it.left.talk.person_deletes(said)
    it.settle()
    assert it.right.talk.texts(right) == ["hello"]
    assert [event for event in it.journal() if event.startswith("comment")] == [
        "commented",
        "comment_changed",
        "comment_deleted",
    ]


def test_history_goes_with_a_new_record_and_meets_its_like(world):
    """A record with comments is created with all of them; two that are matched share what both have already."""
    it = world(*ends(), mapping={"comments": PLAIN}, bond={"match": {"keys": [["title"]]}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    right = it.right.system.person_creates({"title": "Printer", "status": "new"})
    alone = it.left.system.person_creates({"title": "Screen", "status": "new"})
    for number in range(30):
        it.left.talk.person_says(alone, f"note {number}")
    for end, ticket, own in ((it.left, left, "left's"), (it.right, right, "right's")):
        end.talk.person_says(ticket, "sent by mail to both")
        end.talk.person_says(ticket, own)
    it.settle()
    assert it.right.talk.texts(it.partner(Side.LEFT, alone)) == [f"note {number}" for number in range(30)]
    assert it.left.talk.texts(left) == ["sent by mail to both", "left's", "right's"]
    assert it.right.talk.texts(right) == ["sent by mail to both", "right's", "left's"]


def test_without_history_only_what_comes_later_goes(world):
    """`history: none`: comments older than the link stay where they are."""
    it = world(*ends(), mapping={"comments": {**PLAIN, "history": "none"}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.left.talk.person_says(left, "old")
    it.settle()
    it.left.talk.person_says(left, "new")
    it.settle()
    assert it.right.talk.texts(it.partner(Side.LEFT, left)) == ["new"]


def test_a_refused_comment_is_set_aside_and_the_others_go(world):
    """One that the other side does not take is held with its reason; shortened by its author, it goes."""
    it, left, right = talk(world)
    bad = it.left.talk.person_says(left, "refuse me")
    it.left.talk.person_says(left, "fine")
    it.right.faults.always(answer(422), when=lambda raw: writes(raw) and b"refuse me" in raw.content)
    it.settle()
    held, first = it.held(), it.right.talk.texts(right)
    it.left.talk.person_changes(bad, "better")
    it.settle()
    assert first == ["fine"]
    assert [(what, reason.startswith("refused by the system")) for what, _, reason in held] == [("comment", True)]
    assert (it.right.talk.texts(right), it.held()) == (["fine", "better"], [])


def test_who_said_it_and_when_goes_in_front(world):
    """Where the other side takes no author and time, the text says them."""
    it = world(*ends(), mapping={"comments": {}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.left.talk.person_says(left, "hello", author="Ann")
    it.settle()
    made = it.left.talk.of(left)[0].made.strftime("%Y-%m-%d %H:%M UTC")
    assert it.right.talk.texts(it.partner(Side.LEFT, left)) == [f"Ann ({made}):\nhello"]


def test_quiet_costs_nothing(world):
    """With nothing new, a run asks for one page a side, and for no comments."""
    it, left, _ = talk(world)
    it.left.talk.person_says(left, "hello")
    it.settle()
    with it.counting() as made:
        it.sync()
    assert [len(calls) for calls in made.values()] == [1, 1]


def test_a_preview_counts_them_and_writes_nothing(world):
    """A preview tells how many comments would go, and sends none."""
    it, left, right = talk(world)
    it.left.talk.person_says(left, "hello")
    it.clock.advance(60)
    watcher = Preview()
    with it.bench.preview(BOND, watcher=watcher) as context:
        run_bond(context, owner="a test", kind="plan")
    assert (watcher.totals()["comments"], it.right.talk.texts(right)) == (1, [])


def test_a_retry_sends_a_refused_comment_again(world):
    """After the repair, `ebond retry` has a comment that was set aside sent again."""
    it, left, right = talk(world)
    it.left.talk.person_says(left, "refuse me")
    it.right.faults.always(answer(422), when=writes)
    it.settle()
    it.right.faults.clear()
    retried = it.store.retry_links(BOND, link_id=None, by="a test", now=it.clock.now())
    it.settle()
    assert (retried, it.right.talk.texts(right), it.held()) == (1, ["refuse me"], [])


def test_a_record_with_300_comments_is_resumed(world):
    """85: The process dies amid 300 comments: the next one goes on with those that are left, in their order."""
    it = world(*ends(), mapping={"comments": PLAIN})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    said = [f"note {number}" for number in range(300)]
    for text in said:
        it.left.talk.person_says(left, text)
    assert it.crashing_sync(it.right, at=150, before=False)
    done = len(it.right.talk.texts(it.partner(Side.LEFT, left)))
    with it.counting() as made:
        it.settle()
    again = [call for call in made["right"] if call.startswith("POST")]
    assert (it.right.talk.texts(it.partner(Side.LEFT, left)), len(again)) == (said, 300 - done)


def test_comments_out_of_order_all_arrive(world):
    """82: A comment that turns up behind later ones is carried all the same."""
    it, left, right = talk(world)
    it.left.talk.person_says(left, "second")
    it.settle()
    it.left.talk.back_dated(left, "first")
    it.settle()
    assert it.right.talk.texts(right) == ["second", "first"]


def test_ids_and_texts_that_hold_each_other_are_told_apart(world):
    """79: An id that is a part of another's text or id matches nothing but itself."""
    it, left, right = talk(world)
    said = [it.left.talk.person_says(left, text) for text in ("c1", "c11", "c", "about c1")]
    it.settle()
    for _ in range(8):
        said.append(it.left.talk.person_says(left, said[-1]))
    it.settle()
    assert it.right.talk.texts(right) == it.left.talk.texts(left)


def test_a_closed_record_still_takes_comments(world):
    """58: The other side holds the fields of a closed record, and takes the comment: it goes."""
    it, left, right = talk(world)
    it.right.faults.always(answer(422), when=lambda raw: raw.method == "PATCH")
    it.left.system.person_edits(left, title="Printer, again")
    it.left.talk.person_says(left, "still broken")
    it.settle()
    assert it.right.talk.texts(right) == ["still broken"]
    assert [(what, field) for what, field, _ in it.held()] == [("parked", "title")]
