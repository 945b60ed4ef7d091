"""A status that moves step by step: the shortest way is walked, and resumed, and nothing of it is taken for an edit."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing.faults import drop, lose_answer, vanish
from ebond.testing.habits import FieldHabits
from ebond.testing.preset import STATUSES
from tests.scenarios.flows import TABLE, WAYS, by_asking, by_calls, by_table, flowing
from tests.scenarios.test_every_crash import Points

WAY_AND_KIND = [(way, kind) for way in WAYS for kind in ("plain", "versioned", "bare")]
#: Each of both, for what dies at every place.
SOME = [("table", "plain"), ("table", "bare"), ("calls", "versioned"), ("asking", "bare")]


def walked(it, record_id):
    """Return the states that the right record went through by calls, after its first."""
    mine = [one for one in it.right.system.history if (one.record_id, one.field) == (record_id, "status")]
    return [one.after for one in mine if one.cause.startswith("api:") and one.before is not None]


def bonded(world, right, *, left="plain", **kwargs):
    """Return a world with one settled link, whose status is new."""
    it = world(left, right, **kwargs)
    record = it.left.system.person_creates({"title": "t", "status": "new"})
    it.settle()
    return it, record, it.partner(Side.LEFT, record)


@pytest.mark.parametrize(("way", "kind"), WAY_AND_KIND)
def test_the_shortest_way_is_walked_after_the_other_fields(world, way, kind):
    """59: one request for each step, in one run, and then it is quiet."""
    it, left, right = bonded(world, WAYS[way](kind))
    it.left.system.person_edits(left, status="closed", title="done")
    assert it.sync().ok
    assert it.right.system.values(right) | {"status": "closed", "title": "done"} == it.right.system.values(right)
    assert walked(it, right)[-2:] == ["open", "closed"]
    it.settle()
    assert (it.value(Side.LEFT, left, "status"), it.held()) == ("closed", [])


@pytest.mark.parametrize(("way", "kind"), SOME)
def test_a_crash_at_any_place_of_a_walk_is_resumed(world, way, kind):
    """59: before and after each call and each transaction; no station is mapped back, and no step is made twice."""
    for at in itertools.count():
        it, left, right = bonded(world, WAYS[way](kind))
        it.left.system.person_edits(left, status="closed", title="done")
        points = Points(it, at)
        points.sync()
        it.settle()
        assert it.value(Side.RIGHT, right, "status") == it.value(Side.LEFT, left, "status") == "closed"
        assert it.value(Side.RIGHT, right, "title") == "done"
        assert (walked(it, right)[-2:], it.held()) == (["open", "closed"], [])
        # The left record was never written: no station came back.
        assert it.left.system.api_writes[left] == 0
        it.close()
        if points.passed < at:
            break
    assert at > 6, "the run has places to die at"


# -- no way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_without_a_way_the_status_is_parked_and_the_rest_goes_on(world, way):
    """The reason says from where to where; later edits are carried, and nothing is tried again."""
    it, left, right = bonded(world, WAYS[way]("plain"))
    it.left.system.person_edits(left, status="open")
    it.settle()
    it.left.system.person_edits(left, status="new", title="a")
    it.sync()
    it.left.system.person_edits(left, title="b")
    it.settle()
    assert it.right.system.values(right) | {"title": "b", "status": "open"} == it.right.system.values(right)
    ((_, field, reason),) = it.held()
    assert (field, reason.partition(";")[0]) == ("status", "no transition leads from 'open' to 'new'")
    with it.counting() as calls:
        it.sync()
    assert not any("transitions" in call for call in calls["right"])


def test_what_the_system_permits_instead_is_named(world):
    """Without a table there is nothing to walk on."""
    it, left, _ = bonded(world, by_asking("plain", table=False))
    it.left.system.person_edits(left, status="closed")
    it.settle()
    assert it.held() == [("parked", "status", "no transition leads from 'new' to 'closed'; the system permits 'open'")]


def test_a_refused_step_parks_the_status_where_it_stands(world):
    """With the system's reason and no second try; a status that the system takes goes on from there."""
    it, left, right = bonded(world, by_table("plain", needs={"closed": ("close_code",)}))
    it.left.system.person_edits(left, status="closed", title="a")
    it.settle()
    ((_, field, reason),) = it.held()
    assert (field, "422" in reason, "on the way from 'open'" in reason) == ("status", True, True)
    assert (it.value(Side.RIGHT, right, "title"), it.value(Side.LEFT, left, "status")) == ("a", "closed")
    assert len([call for call in it.calls(it.right) if call.startswith("PATCH")]) == 3
    it.left.system.person_edits(left, status="held")
    it.settle()
    assert (it.value(Side.RIGHT, right, "status"), it.held()) == ("held", [])


# -- companions -----------------------------------------------------------------------------------------------

DEMANDING = [{**row, "with": {"close_code": "Solved"} if row["to"] == "closed" else {}} for row in TABLE]


def demanding(kind="plain"):
    """Return a system that closes nothing without a close code."""
    status = {"transitions": DEMANDING, "initial": ["new"]}
    return flowing(kind, status, needs={"closed": ("close_code",)})


@pytest.mark.parametrize("kind", ["plain", "bare"])
@pytest.mark.parametrize(("held", "kept"), [(None, "Solved"), ("Duplicate", "Duplicate")])
def test_a_step_brings_what_the_system_demands(world, kind, held, kept):
    """What the record holds already stays."""
    it, left, right = bonded(world, demanding(kind))
    it.right.system.person_edits(right, close_code=held)
    it.left.system.person_edits(left, status="closed")
    it.settle()
    values = it.right.system.values(right)
    assert (values["status"], values["close_code"], it.held()) == ("closed", kept, [])


@pytest.mark.parametrize("way", [demanding, lambda: by_table("plain", needs={"closed": ("close_code",)})])
def test_a_value_that_the_mapping_carries_goes_along(world, way):
    """In the request of the step where the table says so, before it elsewhere; it is settled like any other."""
    it, left, right = bonded(world, way(), left=by_table("plain"), fields=("title", "status", "close_code"))
    it.left.system.person_edits(left, status="closed", close_code="Mine")
    it.settle()
    values = it.right.system.values(right)
    assert (values["status"], values["close_code"], it.held()) == ("closed", "Mine", [])


def test_a_value_whose_step_is_refused_goes_alone(world):
    """The status is parked, and nothing else."""
    right = by_table("plain", moves={"new": ()})
    fields = right.resource.model_dump()["fields"]
    fields["status"]["transitions"] = [{"from": ["new"], "to": "closed", "with": {"close_code": "Solved"}}]
    resource = type(right.resource).model_validate({**right.resource.model_dump(), "fields": fields})
    it, left, there = bonded(
        world, replace(right, resource=resource), left=by_table("plain"), fields=("title", "status", "close_code")
    )
    it.left.system.person_edits(left, status="closed", close_code="Mine")
    it.settle()
    assert it.value(Side.RIGHT, there, "close_code") == "Mine"
    assert [field for _, field, _ in it.held()] == ["status"]


# -- people in between ----------------------------------------------------------------------------------------


def after_the_first_step(it, do):
    """Have something done once, just after the first step of a walk."""

    def step(raw):
        if raw.method in ("POST", "PATCH", "PUT") and walked_to_open(it):
            it.right.faults.after = None
            do()

    it.right.faults.after = step


def walked_to_open(it):
    return any(one.after == "open" and one.cause.startswith("api:") for one in it.right.system.history)


@pytest.mark.parametrize(("way", "kind"), SOME)
def test_a_person_who_moves_it_in_mid_walk_is_not_overruled(world, way, kind):
    """Both moved then: it is held for a person, and their move stands."""
    it, left, right = bonded(world, WAYS[way](kind))
    it.left.system.person_edits(left, status="closed")
    after_the_first_step(it, lambda: it.right.system.person_edits(right, status="held"))
    it.sync()
    it.settle()
    assert (it.value(Side.LEFT, left, "status"), it.value(Side.RIGHT, right, "status")) == ("closed", "held")
    assert it.held() == [("conflict", "status", "both sides moved to different values")]


@pytest.mark.parametrize(("end", "held"), [("held", True), ("open", False), ("closed", False)])
def test_a_person_who_moves_it_after_a_crash(world, end, held):
    """Off the way it is an edit; at a station, or at the end, it is as if we had brought it there."""
    it, left, right = bonded(world, by_calls("bare"))
    it.left.system.person_edits(left, status="closed")
    assert it.crashing_sync(it.right, at=0, before=False)
    it.right.system.person_edits(right, status=end)
    it.settle()
    assert it.value(Side.RIGHT, right, "status") == (end if held else "closed")
    assert (it.value(Side.LEFT, left, "status"), bool(it.held())) == ("closed", held)


@pytest.mark.parametrize(
    ("back", "stands", "held"), [("held", "held", False), ("open", "open", False), ("new", "open", True)]
)
def test_a_source_that_turns_round_after_a_crash(world, back, stands, held):
    """The walk goes on to what is wanted now, from where the record stands."""
    it, left, right = bonded(world, by_calls("plain"))
    it.left.system.person_edits(left, status="closed")
    assert it.crashing_sync(it.right, at=0, before=False)
    it.left.system.person_edits(left, status=back)
    it.settle()
    assert (it.value(Side.LEFT, left, "status"), it.value(Side.RIGHT, right, "status")) == (back, stands)
    assert bool(it.held()) == held
    it.right.system.person_edits(right, status="closed")
    it.settle()
    assert it.value(Side.LEFT, left, "status") == ("closed" if not held else back)


def test_a_walk_that_is_over_is_forgotten(world):
    """A station of it is an edit again."""
    it, left, right = bonded(world, by_calls("bare"))
    it.left.system.person_edits(left, status="closed")
    assert it.crashing_sync(it.right, at=0, before=False)
    it.settle()
    it.right.system.person_edits(right, status="open")
    it.settle()
    assert it.value(Side.LEFT, left, "status") == "open"


@pytest.mark.parametrize("lost", [lose_answer, vanish, drop])
@pytest.mark.parametrize("at", [0, 1])
def test_a_step_whose_answer_is_lost(world, lost, at):
    """Nobody knows whether it was taken; the record tells, and the walk goes on."""
    it, left, right = bonded(world, by_calls("plain"))
    it.left.system.person_edits(left, status="closed", title="x")
    steps = iter([False] * (at + 1) + [True] + [False] * 99)
    it.right.faults.next(lost, when=lambda raw: raw.method != "GET" and next(steps))
    it.sync()
    it.settle()
    assert (it.value(Side.RIGHT, right, "status"), walked(it, right)) == ("closed", ["open", "closed"])
    assert (it.left.system.api_writes[left], it.held()) == (0, [])


# -- states that the system passes by itself ------------------------------------------------------------------

CLOSING = [{**row, "action": {"path": f"/tickets/{{id}}/{row['to']}"}} for row in TABLE]
CLOSING[2]["via"] = ["closing"]


def closing(world):
    """Return a world whose right record is about to be closed, as the system says."""
    status = {"transitions": CLOSING, "values": [*STATUSES, "closing"]}
    right = flowing("bare", status, calls_only=True, first="new", pauses={"closed": "closing"},
                    fields={"status": FieldHabits()})  # fmt: skip
    it, left, there = bonded(world, right)
    it.left.system.person_edits(left, status="closed")
    it.settle()
    assert (it.value(Side.RIGHT, there, "status"), it.value(Side.LEFT, left, "status")) == ("closing", "closed")
    assert (it.held(), walked(it, there)) == ([], ["open", "closing"])
    return it, left, there


def test_a_state_that_passes_by_itself_is_waited_for(world):
    """It is never mapped back, and nothing is sent meanwhile."""
    it, left, right = closing(world)
    it.right.system.goes_on(right, status="closed")
    it.settle()
    assert (it.value(Side.LEFT, left, "status"), it.left.system.api_writes[left], it.held()) == ("closed", 0, [])


def test_where_the_system_turns_back_by_itself_it_is_taken(world):
    """Closing was turned down there: the other side hears of it."""
    it, left, right = closing(world)
    it.right.system.goes_on(right, status="open")
    it.settle()
    assert (it.value(Side.LEFT, left, "status"), it.held()) == ("open", [])


# -- terminal states ------------------------------------------------------------------------------------------


def test_fields_of_a_closed_record_are_held_once(world):
    """58: one try for each edit, and no more."""
    it, left, right = bonded(world, by_table("plain", closed=("closed",)))
    it.left.system.person_edits(left, status="closed")
    it.settle()
    it.left.system.person_edits(left, title="late")
    it.settle()
    before = len(it.calls(it.right))
    it.settle()
    assert [field for _, field, _ in it.held()] == ["title"]
    assert not [call for call in it.calls(it.right)[before:] if not call.startswith("GET")]
    assert it.value(Side.RIGHT, right, "title") == "t"


def test_a_record_is_opened_again_before_its_fields_are_given_up(world):
    """What was refused in the state that it has left is sent once more."""
    it, left, right = bonded(world, by_table("plain", closed=("closed",)))
    it.left.system.person_edits(left, status="closed")
    it.settle()
    it.left.system.person_edits(left, status="open", title="again")
    it.settle()
    values = it.right.system.values(right)
    assert (values["status"], values["title"], it.held()) == ("open", "again", [])


@pytest.mark.parametrize("collapsed", [True, False])
def test_a_terminal_state_that_automation_sets_is_taken_once(world, collapsed):
    """The right system closes what was resolved; then it is quiet, whether the left side tells the two apart or not."""
    statuses = ("new", "open", "resolved", "closed")
    habits = {"status": FieldHabits(values=statuses)}
    moves = {"new": ("open",), "open": ("resolved",), "resolved": ("open", "closed"), "closed": ()}
    table = [{"from": [one], "to": two} for one, ends in moves.items() for two in ends]
    status = {"values": list(statuses), "transitions": table, "initial": ["new"]}
    pairs = [{"left": one, "right": one} for one in ("new", "open")] + [{"left": "held", "right": "resolved"}]
    pairs += (
        [{"left": "held", "right": "closed", "only": "to_left"}]
        if collapsed
        else [{"left": "closed", "right": "closed"}]
    )
    rules = [{"left": "title", "right": "title"}, {"left": "status", "right": "status", "values": pairs}]
    it, left, right = bonded(world, flowing("plain", status, moves=moves, fields=habits), mapping={"fields": rules})
    it.left.system.person_edits(left, status="held")
    it.settle()
    it.right.system.goes_on(right, status="closed")
    it.settle()
    assert it.left.system.values(left)["status"] == ("held" if collapsed else "closed")
    assert (it.left.system.api_writes[left], it.held()) == (0 if collapsed else 1, [])
    assert it.value(Side.RIGHT, right, "status") == "closed"


# -- new records ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "kind"), SOME)
def test_a_record_is_created_in_its_first_state_and_walked_on(world, way, kind):
    """A crash at any place between: one record, one walk, and its first state is never mapped back."""
    for at in itertools.count():
        it = world("plain", WAYS[way](kind))
        left = it.left.system.person_creates({"title": "t", "status": "closed"})
        points = Points(it, at)
        points.sync()
        it.settle()
        (right,) = it.right.system.ids()
        assert (it.value(Side.RIGHT, right, "status"), it.held()) == ("closed", [])
        assert (it.value(Side.LEFT, left, "status"), it.left.system.api_writes[left]) == ("closed", 0)
        it.close()
        if points.passed < at:
            break
