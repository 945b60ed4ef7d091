"""The worst habits of these systems, one by one: what is ignored, cut short, answered late, or answered wrongly."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from ebond.testing.faults import lose_answer
from ebond.testing.interference import writes
from ebond.testing.mef124 import Mef124
from ebond.testing.servicenow import ServiceNow, cancelled
from ebond.testing.tmf621 import Tmf621
from tests.scenarios.life_kinds import MEF, SERVICENOW, TMF_4, TMF_5
from tests.scenarios.life_stories import STORIES
from tests.scenarios.test_life import done, lived

FIRST = "servicenow-tmf4"


def begun(tell, name=FIRST, **changes):
    """Begin a story with another kind of system on a side, or another mapping."""
    return tell(replace(STORIES[name], **changes))


OTHERS = {
    "answers later": ("servicenow-tmf5", replace(TMF_5, make=partial(Tmf621, version=5, later=True))),
    "shows two at a time": (FIRST, replace(TMF_4, make=partial(Tmf621, largest=2))),
    "takes JSON patches": (
        "servicenow-tmf5",
        replace(TMF_5, definition=TMF_5.definition + "    comments: {add: json_patch}\n"),
    ),
    "is throttled": ("servicenow-mef", replace(MEF, make=partial(Mef124, largest=2))),
}


@pytest.mark.parametrize("habit", OTHERS)
def test_a_life_is_the_same_with_a_partner_who(habit, tell):
    """26: he answers 202 without a body; or his pages are shorter than what was asked for, and all but the last 206."""
    name, right = OTHERS[habit]
    story = replace(STORIES[name], right=right)
    tale = tell(story)
    for stage in story.stages:
        assert (stage.name, *done(tale, stage)) == (stage.name, list(stage.left), list(stage.right))
    lived(story, tale)


def once(when, do):
    """Return a hook that does something before the first call of a kind."""
    todo = [do]
    return lambda raw: todo.pop()() if todo and when(raw) else None


def lists(raw):
    return raw.method == "GET" and "/incident?" in raw.url


def test_a_list_that_was_cancelled_half_way_is_no_list(tell):
    """19: 200, half of the rows and an error: nothing is taken for deleted, and nothing passed over."""
    tale = begun(tell)
    done(tale, STORIES[FIRST].stages[0])
    tale.life.left.faults.always(cancelled, when=lists)
    tale.ours.person_edits(tale.one, short_description="changed")
    assert [tale.life.sync(after=20_000).ok for _ in range(3)] == [False] * 3
    tale.life.left.faults.clear()
    assert tale.life.written(lambda: None) == ([], [f"PATCH /troubleTicket/{tale.two}"])
    assert "missing" not in tale.life.journal()


def test_a_query_that_is_ignored_finds_nobody_elses_record(tell):
    """32: a look-up with a typo shows everything: ours is the one that carries our id, and the others are nobody's."""
    typo = SERVICENOW.definition + '    lookup: {params: {sysparm_query: "corelation_id={sync_id}"}}\n'
    tale = begun(tell, left=replace(SERVICENOW, definition=typo))
    tale.ours.person_opens(short_description="a", description="x")
    tale.life.settle()
    there = tale.theirs.person_opens(name="from there", description="x")
    tale.life.left.faults.next(lose_answer, when=writes)
    tale.life.sync(after=60)
    tale.life.settle()
    links = {right: left for left, right in tale.life.links().items()}
    assert (tale.ours.incident(links[there])["short_description"], len(tale.ours.tables["incident"])) == (
        "from there",
        2,
    )


def test_the_hourly_limit_is_obeyed(tell):
    """86: what does not fit into the hour waits for the next one; the limit is met once an hour, nothing is lost."""
    tale = begun(tell, left=replace(SERVICENOW, make=partial(ServiceNow, hourly=5)))
    ids = [tale.ours.person_opens(short_description=name, description="x") for name in "ab"]
    for _ in range(8):
        tale.life.sync(after=900)
    tale.ours.person_edits(ids[0], short_description="c")
    hours = (tale.life.clock.monotonic() + 4 * 3600) / 3600
    for _ in range(4):
        tale.life.sync(after=3600)
    assert sorted(one["name"] for one in tale.theirs.tickets.values()) == ["b", "c"]
    assert 0 < tale.ours.limited <= hours


def test_a_value_that_is_ignored_is_not_written_for_ever(tell):
    """49: the priority is computed: a write of it answers 200, and the record shows what it did before."""
    writable = SERVICENOW.definition + '    fields: {priority: {write: always, values: ["1", "2", "3", "4", "5"]}}\n'
    ruled = STORIES[FIRST].mapping + "  - {left: priority, right: priority}\n"
    tale = begun(tell, left=replace(SERVICENOW, definition=writable), mapping=ruled)
    done(tale, STORIES[FIRST].stages[0])
    with tale.life.counting() as calls:
        tale.life.written(lambda: tale.theirs.person_edits(tale.two, priority="1"))
    assert len([call for call in calls["left"] if call.startswith("PATCH")]) == 1
    assert [(what, field) for what, field, _ in tale.life.held()] == [("parked", "priority")]


def test_tickets_that_both_opened_by_hand_are_matched(tell):
    """30: by what they have in common; what was said in both before stands there once, and nothing is created."""
    tale = begun(tell, bond="match: {keys: [[short_description]]}\n")
    here = tale.ours.person_opens(short_description="Line down", description="d", urgency="3", state="2")
    there = tale.theirs.person_opens(name="Line down", description="d", status="inProgress")
    tale.ours.person_says(here, "as I said on the phone")
    tale.theirs.person_says(there, "as I said on the phone")
    tale.theirs.person_says(there, "we look")
    left, right = tale.life.written(lambda: None)
    assert (len(left), right, tale.life.links()) == (1, [], {here: there})
    assert [text for _, text in tale.ours.said(here)] == ["as I said on the phone", "we look"]


def test_a_ticket_that_the_partner_deletes_is_cancelled_here_once(tell):
    """68: and is no stranger afterwards that would be made again there."""
    tale = begun(tell, bond='left: {partner_deleted: {policy: close, set: {state: "8"}}}\n')
    done(tale, STORIES[FIRST].stages[0])
    tale.theirs.person_deletes(tale.two)

    def runs():
        for _ in range(3):
            assert tale.life.sync(after=4000).ok

    left, right = tale.life.written(runs)
    assert (len(left), right, tale.ours.states(tale.one)) == (1, [], ["1", "8"])
    assert len(tale.theirs.tickets) == 2


def test_a_note_that_the_seller_adds_while_we_send_ours_is_not_in_its_way(tell):
    """51: the seller refuses a list that lacks his; it is read again, and sent with his."""
    tale = tell(STORIES["servicenow-mef"])
    done(tale, STORIES["servicenow-mef"].stages[0])
    tale.says("hello")
    tale.life.right.faults.before = once(writes, lambda: tale.theirs.seller_says(tale.two, "wait"))
    tale.life.settle()
    assert [text for _, text in tale.theirs.said(tale.two)] == ["wait", "hello"]
    assert ([text for _, text in tale.ours.said(tale.one)], tale.life.held()) == (["hello", "wait"], [])


def test_an_addition_to_the_list_writes_nobodys_note_over(tell):
    """51: what the partner says between our read and our write stands there beside ours."""
    tale = begun(tell, "servicenow-tmf5", right=OTHERS["takes JSON patches"][1])
    done(tale, STORIES[FIRST].stages[0])
    for text in ("wait", "wait for me"):
        tale.says(f"hello, {text}")
        tale.life.right.faults.before = once(writes, lambda text=text: tale.theirs.person_says(tale.two, text))
        tale.life.settle()
    assert [text for _, text in tale.theirs.said(tale.two)] == [
        "wait",
        "hello, wait",
        "wait for me",
        "hello, wait for me",
    ]
