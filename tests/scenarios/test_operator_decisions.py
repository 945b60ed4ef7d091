"""What an operator decides about a hold flows through plan, write and settle like everything else (edge case 60)."""

from __future__ import annotations

import pytest

from ebond.state import Side, Take
from ebond.testing import faults
from ebond.testing.interference import writes
from tests.scenarios.world import BOND, changed

TITLES = {Take.LEFT: ("ours", "ours"), Take.RIGHT: ("theirs", "theirs"), Take.NEITHER: ("ours", "theirs")}


@pytest.fixture
def it(world):
    """A link whose title both sides changed, to different values."""
    it = world("plain", "plain")
    it.record = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    it.left.system.person_edits(it.record, title="ours")
    it.right.system.person_edits(it.partner(Side.LEFT, it.record), title="theirs")
    it.settle()
    assert [what for what, *_ in it.held()] == ["conflict"]
    return it


def decide(it, take, field="title"):
    link = it.store.link_of(BOND, Side.LEFT, it.record)
    assert it.store.decide(BOND, link, field, take, by="ann", now=it.clock.now())


def titles(it):
    return tuple(values["title"] for values in it.pair(it.record))


def told(it):
    """Return by whom, what and why of the decisions that the journal says were set aside."""
    lines = [line["detail"] for line in it.store.read_journal(BOND) if line["event"] == "decision_dropped"]
    return [(detail["by"], detail["take"], detail["reason"]) for detail in lines]


@pytest.mark.parametrize("take", Take)
def test_a_decided_conflict_is_carried_out_once_and_is_gone(it, take):
    """The value that was taken stands on both sides, or both stay, and the field is in step again."""
    decide(it, take)
    before = it.write_count()
    it.settle()
    assert (titles(it), it.held(), told(it)) == (TITLES[take], [], [])
    assert it.write_count() == before + (take is not Take.NEITHER)


@pytest.mark.parametrize("take", Take)
def test_after_a_decision_the_field_follows_edits_as_before(it, take):
    """A decision is about one hold; the next edit is carried like any other."""
    decide(it, take)
    it.settle()
    it.left.system.person_edits(it.record, title="later")
    it.settle()
    assert (titles(it), it.held()) == (("later", "later"), [])


def test_the_side_that_was_taken_may_have_moved_on(it):
    """60: the resolution uses current values, or the newest edit would be lost."""
    decide(it, Take.LEFT)
    it.left.system.person_edits(it.record, title="ours, newer")
    it.settle()
    assert (titles(it), it.held()) == (("ours, newer", "ours, newer"), [])


def test_an_edit_that_the_operator_never_saw_is_not_given_up(it):
    """The value that would be overwritten is no longer the one that the operator decided about: held anew."""
    decide(it, Take.LEFT)
    it.right.system.person_edits(it.partner(Side.LEFT, it.record), title="theirs, newer")
    it.settle()
    assert (titles(it), len(it.held())) == (("ours", "theirs, newer"), 1)
    assert told(it) == [("ann", "left", "the value it gave up, or the mapping, has changed")]
    decide(it, Take.LEFT)
    it.settle()
    assert (titles(it), it.held(), len(told(it))) == (("ours", "ours"), [], 1)


def test_a_decision_that_both_sides_made_needless_is_not_set_aside(it):
    """They agree on something else by now: there is nothing to tell."""
    decide(it, Take.LEFT)
    it.left.system.person_edits(it.record, title="agreed")
    it.right.system.person_edits(it.partner(Side.LEFT, it.record), title="agreed")
    it.settle()
    assert (titles(it), it.held(), told(it)) == (("agreed", "agreed"), [], [])


def test_a_preview_shows_the_decision_and_uses_nothing_up(it):
    """``plan`` shows the write with its reason; the run after it makes that write."""
    decide(it, Take.RIGHT)
    seen = []
    watcher = type("Watcher", (), {name: lambda *_: None for name in ("page", "todo", "done", "paired", "holding")})()
    watcher.planned = lambda plan: seen.extend((one.rule, one.raw, one.reason) for one in plan.fields)
    from ebond.sync.run import run_bond  # noqa: PLC0415  # only here

    with it.bench.preview(BOND, watcher=watcher) as context:
        run_bond(context, owner="a test", kind="plan")
    assert seen == [("title", "theirs", "decided by ann: take right")]
    it.settle()
    assert titles(it) == ("theirs", "theirs")


@pytest.mark.parametrize("fault", [faults.drop, faults.lose_answer, faults.answer(500)])
def test_a_decision_outlives_a_write_that_failed(it, fault):
    """What could not be written now is written later; nobody has to decide twice."""
    decide(it, Take.LEFT)
    it.right.faults.next(fault, when=writes)
    it.sync()
    it.settle()
    assert (titles(it), it.held()) == (("ours", "ours"), [])


def test_a_decision_that_the_system_refuses_holds_the_field_again(it):
    """A decision is no way around a rule of the system: parked with the reason, and the decision is used up."""
    decide(it, Take.LEFT)
    it.right.faults.next(faults.answer(422), when=writes)
    it.settle()
    assert [(what, field) for what, field, _ in it.held()] == [("parked", "title")]
    assert titles(it) == ("ours", "theirs")


def test_the_journal_names_who_decided_and_what_followed(it):
    """Why a value is what it is: the decision, then the write."""
    decide(it, Take.LEFT)
    it.sync()
    lines = [line for line in it.store.read_journal(BOND, record_id=it.record) if line["field"] == "title"]
    assert [(line["event"], line["detail"].get("by")) for line in lines[:2]] == [("written", "ann"), ("decided", "ann")]


def test_a_field_that_is_not_held_cannot_be_decided(it):
    """There is nothing to decide."""
    link = it.store.link_of(BOND, Side.LEFT, it.record)
    assert not it.store.decide(BOND, link, "status", Take.LEFT, by="ann", now=it.clock.now())


def test_a_parked_field_is_tried_again_on_demand(world):
    """What a system refused is refused until somebody says that it will take it now."""
    it = world("plain", "plain")
    record = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    it.right.faults.next(faults.answer(422), when=writes)
    it.left.system.person_edits(record, title="two")
    it.settle()
    assert [what for what, *_ in it.held()] == ["parked"]
    assert it.store.retry_links(BOND, link_id=None, by="ann", now=it.clock.now()) == 1
    it.settle()
    assert (it.held(), it.pair(record)[1]["title"]) == ([], "two")


def test_a_parked_link_is_tried_again_on_demand(world):
    """A link that failed too often waits for a human, who has seen to it now."""
    it = world("plain", "plain", bond={"guard": {"attempts": 2}})
    record = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    it.right.faults.always(faults.answer(500), when=writes)
    it.left.system.person_edits(record, title="two")
    for _ in range(3):
        it.sync(after=4000.0)
    it.right.faults.clear()
    it.settle()
    assert [what for what, *_ in it.held()] == ["link"]
    it.store.retry_links(BOND, link_id=None, by="ann", now=it.clock.now())
    it.settle()
    assert (it.held(), it.pair(record)[1]["title"]) == ([], "two")


def test_a_record_that_was_set_aside_is_created_on_demand(world):
    """The system refused the record; its owner has changed the rules since."""
    it = world("plain", "plain")
    it.right.faults.next(faults.answer(422), when=writes)
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    assert [what for what, *_ in it.held()] == ["record"]
    assert it.store.retry_records(BOND, by="ann", now=it.clock.now()) == 1
    it.settle()
    assert (it.held(), len(it.right.system.ids())) == ([], 1)


def test_a_stuck_create_is_made_anew_once_an_operator_has_looked(world):
    """Nobody can tell by machine; a human who looked can. Without that word nothing is doubled."""
    it = world("plain", changed("bare", lookup=None))
    it.right.faults.next(faults.vanish, when=writes)
    record = it.left.system.person_creates({"title": "one", "status": "new"})
    it.sync()
    it.settle()
    assert (len(it.held()), it.right.system.ids()) == (1, [])
    assert it.store.retry_records(BOND, by="ann", now=it.clock.now()) == 0
    assert it.store.not_made(BOND, Side.LEFT, record, by="ann", now=it.clock.now())
    it.settle()
    assert (it.held(), len(it.right.system.ids())) == ([], 1)


def test_a_decision_outlives_a_link_that_was_half_written(it):
    """The left side took its part and is settled; the decision about the right one still stands."""
    decide(it, Take.LEFT)
    it.right.system.person_edits(it.partner(Side.LEFT, it.record), urgency=2)
    it.right.faults.next(faults.answer(500), when=writes)
    it.sync()
    it.settle()
    assert (titles(it), it.left.system.values(it.record)["urgency"], it.held()) == (("ours", "ours"), 2, [])
