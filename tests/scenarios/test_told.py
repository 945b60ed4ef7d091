"""What people are told of the bond in fields of their own: with the calls that are due anyhow, and never as an edit."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ebond.state import Side, Take
from ebond.testing.faults import answer, lose_answer
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.test_every_crash import Points
from tests.scenarios.world import BOND

TOLD = {"number": "partner_no", "since": "bonded", "held": "sync_note"}
TELL = {"tell": {"left": TOLD, "right": TOLD}, "conflict": "manual"}
CONFLICT = "title: both sides moved to different values"


def telling(kind="plain"):
    """Return a preset with fields for what is told, and a number that people know."""
    base = PRESETS[kind]()
    resource = base.resource.model_dump()
    for name in ("partner_no", "bonded", "sync_note"):
        resource["fields"][name] = {"path": f"/{name}"}
    return replace(base, resource=type(base.resource).model_validate(resource))


def bonded(world, left="plain", right="plain"):
    it = world(telling(left), telling(right), mapping=TELL)
    record = it.left.system.person_creates({"title": "t", "status": it.left.preset.statuses[0]})
    it.settle()
    return it, record, it.partner(Side.LEFT, record)


def told(it, side, record):
    values = it.end(side).system.values(record)
    return values.get("partner_no"), values.get("bonded"), values.get("sync_note") or None


def conflict(it, left, right):
    """Have a title that is held, and return how many writes it took to tell of it."""
    it.left.system.person_edits(left, title="mine")
    it.right.system.person_edits(right, title="yours")
    return settled(it)


def settled(it):
    before = it.write_count()
    it.settle()
    return it.write_count() - before


@pytest.mark.parametrize("right", ["plain", "versioned", "bare", "kinto"])
def test_both_tickets_show_their_partner_and_since_when(world, right):
    """The new one with its create, the other with one write; then it is quiet."""
    it, left, there = bonded(world, right=right)
    (number, since, held), (back, also, nothing) = told(it, Side.LEFT, left), told(it, Side.RIGHT, there)
    assert (number, back, held, nothing) == (there, left, None, None)
    assert all(one.endswith(" UTC") for one in (since, also))
    assert (it.left.system.api_writes[left], it.right.system.api_writes[there]) == (1, 1)


def test_what_is_held_is_told_on_both_sides_and_cleared(world):
    """One write to each for the hold, and none of its own where a value is written in the same moment."""
    it, left, right = bonded(world)
    assert conflict(it, left, right) == 2
    assert (told(it, Side.LEFT, left)[2], told(it, Side.RIGHT, right)[2]) == (CONFLICT, CONFLICT)
    it.left.system.person_edits(left, title="yours")
    assert settled(it) == 2
    assert (told(it, Side.LEFT, left)[2], told(it, Side.RIGHT, right)[2]) == (None, None)


def test_it_goes_along_with_what_is_written_anyhow(world):
    """A decision writes the title on the right; the note goes there with it."""
    it, left, right = bonded(world)
    conflict(it, left, right)
    it.store.decide(BOND, it.store.link_of(BOND, Side.LEFT, left), "title", Take.LEFT, by="ops", now=it.clock.now())
    before = it.right.system.api_writes[right]
    it.settle()
    assert (it.value(Side.RIGHT, right, "title"), it.right.system.api_writes[right] - before) == ("mine", 1)


def test_what_people_write_there_is_no_edit_and_stays(world):
    """It is not carried, not written over, and goes round no circle; what is new to tell is told."""
    it, left, right = bonded(world)
    it.right.system.person_edits(right, sync_note="mine", partner_no="none")
    assert settled(it) == 0
    conflict(it, left, right)
    assert told(it, Side.RIGHT, right) == ("none", told(it, Side.RIGHT, right)[1], CONFLICT)
    assert told(it, Side.LEFT, left)[0] == right


def test_a_refused_note_keeps_nothing_else_from_being_carried(world):
    """The field is parked with the reason, once; a retry tries it again."""
    it, left, right = bonded(world)
    it.right.faults.always(answer(422), when=lambda raw: writes(raw) and b"sync_note" in (raw.content or b""))
    it.left.system.person_edits(left, title="mine", description="carried")
    it.right.system.person_edits(right, title="yours")
    it.settle()
    assert it.value(Side.RIGHT, right, "description") == "carried"
    assert [field for _, field, _ in it.held()] == ["title", "tell:right:sync_note"]
    assert (told(it, Side.LEFT, left)[2], settled(it)) == (CONFLICT, 0)
    it.right.faults.clear()
    it.store.retry_links(BOND, link_id=None, by="ops", now=it.clock.now())
    it.settle()
    assert (told(it, Side.RIGHT, right)[2], [field for _, field, _ in it.held()]) == (CONFLICT, ["title"])


def test_a_lost_answer_is_no_second_write(world):
    """What stands there already is not written again."""
    it, left, right = bonded(world)
    it.right.faults.next(lose_answer, when=writes)
    conflict(it, left, right)
    assert it.right.system.api_writes[right] == 2


def test_records_that_were_matched_are_told_with_what_is_written_first(world):
    """One write to each side, whatever differs."""
    it = world(telling(), telling(), mapping=TELL, bond={"match": {"keys": [["title"]]}})
    left = it.left.system.person_creates({"title": "t", "status": "new"})
    right = it.right.system.person_creates({"title": "t", "status": "new", "description": "more"})
    it.settle()
    assert (told(it, Side.LEFT, left)[0], told(it, Side.RIGHT, right)[0]) == (right, left)
    assert (it.left.system.api_writes[left], it.right.system.api_writes[right]) == (1, 1)


def test_a_crash_at_any_place_tells_it(world):
    """25, 94: whatever was half done is finished by the next runs, and no note is carried over."""
    for at in itertools.count(step=1 if LONG else 13):
        it, left, right = bonded(world, right="bare")
        it.left.system.person_edits(left, title="mine")
        it.right.system.person_edits(right, title="yours")
        points = Points(it, at)
        points.sync()
        it.settle()
        assert (told(it, Side.LEFT, left)[2], told(it, Side.RIGHT, right)[2]) == (CONFLICT, CONFLICT)
        it.close()
        if points.passed < at:
            break
    assert at > 8, "the run has places to die at"
