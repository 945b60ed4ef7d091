"""Systems of other shapes: one URL with JSON in a form and maps in answers; searches by bare ids, writes as lists."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.masks import bare_ids, one_url

SHAPES = {"one url": one_url, "bare ids": bare_ids}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def creates(raw):
    """Match the calls that make a record."""
    return b"create" in raw.content or (raw.method == "POST" and raw.url.endswith("/ticket"))


@shapes
def test_records_and_edits_go_both_ways(world, shape):
    """They are created on both sides, changed on both sides, and then nothing is left to do."""
    it = world("plain", shape())
    ours = it.left.system.person_creates({"title": "ours", "status": "new"})
    theirs = it.right.system.person_creates({"title": "theirs", "status": "open"})
    it.settle()
    partner = it.partner(Side.LEFT, ours)
    it.right.system.person_edits(partner, title="ours, seen there")
    it.left.system.person_edits(it.partner(Side.RIGHT, theirs), status="held")
    it.settle()
    assert [pair["title"] for pair in it.pair(ours)] == ["ours, seen there"] * 2
    assert (it.right.system.values(theirs)["status"], len(it.links()), it.held()) == ("held", 2, [])


@shapes
@pytest.mark.parametrize("fault", [*faults.COMMITTED.values()], ids=[*faults.COMMITTED.keys()])
def test_a_lost_answer_makes_no_second_record(world, shape, fault):
    """24, 27: the record is looked up by what it carries, and found."""
    it = world("plain", shape())
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(fault, when=creates)
    it.settle()
    assert it.right.faults.fired
    assert len(it.right.system.ids()) == len(it.links()) == 1


@shapes
def test_a_create_that_never_arrived_is_made_after_all(world, shape):
    """An answer without a list, or a 404, says that there is none: believed where the contract says so."""
    it = world("plain", shape())
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(faults.vanish, when=creates)
    it.settle()
    assert it.right.faults.fired
    assert len(it.right.system.ids()) == len(it.links()) == 1


@shapes
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_crash_around_the_create_makes_each_record_once(world, shape, before):
    """25: the process dies just before or just after it was sent."""
    it = world("plain", shape())
    it.left.system.person_creates({"title": "one", "status": "new"})
    assert it.crashing_sync(it.right, at=0, when=creates, before=before)
    it.settle()
    assert len(it.right.system.ids()) == len(it.links()) == 1


def test_bare_ids_are_read_once_they_changed(world):
    """A feed without stamps is read up to when the server answered: what stands costs no call but the search."""
    it = world("plain", bare_ids())
    ids = [it.right.system.person_creates({"title": f"t{number}", "status": "new"}) for number in range(3)]
    it.settle()
    it.sync(after=300)
    it.right.system.person_edits(ids[1], title="edited")
    with it.counting() as calls:
        it.sync(after=300)
    reads = [call for call in calls["right"] if "/ticket/" in call]
    assert [True for call in reads if call.endswith(f"/ticket/{ids[1]}")] == [True]
    with it.counting() as calls:
        it.sync(after=300)
    assert len(calls["right"]) == 1


def test_one_url_says_all_in_its_form(world):
    """Operation, class and question travel in one field; paths and queries say nothing."""
    it = world("plain", one_url())
    it.left.system.person_creates({"title": "one & only", "status": "new"})
    it.settle()
    calls = [raw for raw in it.right.transport.calls if raw.url.endswith("/rest.php")]
    assert {raw.method for raw in calls} == {"POST"}
    assert {raw.headers["Content-Type"] for raw in calls} == {"application/x-www-form-urlencoded"}
    made = next(parse_qs(raw.content.decode())["json_data"][0] for raw in calls if creates(raw))
    assert '"operation":"create"' in made
    assert '"title":"one & only"' in unquote(made)
