"""A system that was reset, or restored from a backup: the bond stops before it writes, single records are parked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.errors import BondStopped
from ebond.state import Side
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.world import BOND

SWEEP = {"every": "1m", "sweep_every": "1h"}
MANY = 6


def dated(kind="versioned"):
    """Return a preset that says when a record was made."""
    base = PRESETS[kind]()
    resource = {**base.resource.model_dump(), "created": "opened"}
    resource["fields"]["opened"] = {"path": "/opened", "write": "never"}
    return replace(base, resource=type(base.resource).model_validate(resource))


def bonded(world, left="versioned", *, count=MANY, **bond):
    """Return a world with links in step, the left ids, and a backup; edits follow it."""
    it = world(left, "plain", bond={"schedule": SWEEP, **bond})
    status = it.left.preset.statuses[0]
    ids = [it.left.system.person_creates({"title": f"t{n}", "status": status, "opened": "1"}) for n in range(count)]
    it.settle()
    return it, ids, it.left.system.backup()


def edited(it, ids):
    """Have people edit records on the left, and the edits carried."""
    it.clock.advance(8 * 3600)
    for one in ids:
        it.left.system.person_edits(one, title=f"{it.left.system.values(one)['title']} later")
    it.settle()


def titles(it, side):
    return sorted(it.end(side).system.values(one)["title"] for one in it.end(side).system.ids())


def swept(it, runs=1):
    """Run with a full scan each time; return the last status and what was written."""
    before, report = it.write_count(), None
    for _ in range(runs):
        report = it.sync(after=4000)
    return report.status, it.write_count() - before


@pytest.mark.parametrize("left", ["versioned", "plain", "kinto"])
def test_a_restored_system_stops_the_bond_before_anything_is_written(world, left):
    """76: versions and stamps went back: no run goes on before somebody has looked, and the reason says what to do."""
    it, ids, backup = bonded(world, left)
    edited(it, ids)
    it.left.system.is_restored(backup)
    status, written = swept(it)
    assert (status, written, it.store.is_paused(BOND)) == ("stopped", 0, True)
    reason = it.store.summary(BOND).stopped
    assert (f"{MANY} records of the left side are older" in reason, "--afresh" in reason) == (True, True)
    assert titles(it, Side.RIGHT) == sorted(f"t{n} later" for n in range(MANY))


@pytest.mark.parametrize(("differences", "suffix"), [("right_wins", " later"), ("left_wins", "")])
def test_both_sides_are_taken_as_they_are_where_somebody_says_so(world, differences, suffix):
    """76: links stay; what differs is decided as at a first meeting, and then it is quiet."""
    it, ids, backup = bonded(world, match={"differences": differences})
    edited(it, ids)
    links = it.links()
    it.left.system.is_restored(backup)
    swept(it)
    assert it.store.begin_afresh(BOND, by="ops", now=it.clock.now()) == MANY
    it.store.resume(BOND, by="ops", now=it.clock.now())
    it.settle()
    assert titles(it, Side.LEFT) == titles(it, Side.RIGHT) == sorted(f"t{n}{suffix}" for n in range(MANY))
    assert (it.links(), it.held(), it.store.summary(BOND).parked_links) == (links, [], 0)


def test_after_a_plain_resume_odd_records_wait_for_a_retry(world):
    """76: it was no restore: the others go on; what is odd is taken as it is when somebody says so."""
    it, ids, backup = bonded(world)
    edited(it, ids)
    it.left.system.is_restored(backup)
    swept(it)
    it.store.resume(BOND, by="ops", now=it.clock.now())
    new = it.left.system.person_creates({"title": "new", "status": it.left.preset.statuses[0]})
    it.settle()
    assert (it.partner(Side.LEFT, new) in it.right.system.ids(), it.store.summary(BOND).parked_links) == (True, MANY)
    it.store.retry_links(BOND, link_id=None, by="ops", now=it.clock.now())
    it.settle()
    assert titles(it, Side.LEFT) == titles(it, Side.RIGHT)


def test_a_single_odd_record_is_parked_and_nothing_else(world):
    """76: with the reason; its partner keeps what it has, and the rest of the bond goes on."""
    it, ids, backup = bonded(world)
    edited(it, ids[:1])
    it.left.system.is_restored(backup)
    it.left.system.person_edits(ids[1], title="goes on")
    assert swept(it) == ("ok", 1)
    ((what, _, reason),) = it.held()
    assert (what, "version went back from 2 to 1" in reason, "ebond retry" in reason) == ("link", True, True)
    assert it.value(Side.RIGHT, it.partner(Side.LEFT, ids[0]), "title") == "t0 later"


def test_an_edit_after_a_restore_is_seen_at_once(world):
    """76: an older version with a newer stamp is no old page: it is read, and parked, without waiting for a sweep."""
    it, ids, backup = bonded(world)
    for _ in range(3):
        edited(it, ids[:1])
    it.left.system.is_restored(backup)
    it.left.system.person_edits(ids[0], title="since then")
    it.sync()
    assert [what for what, *_ in it.held()] == ["link"]


def test_a_reset_system_stops_the_bond(world):
    """76: nothing that was known is there any more."""
    it, _, _ = bonded(world, count=8, guard={"empty_list_after": 20})
    it.left.system.is_reset()
    new = it.left.system.person_creates({"title": "first of the new", "status": it.left.preset.statuses[0]}, "99")
    assert swept(it) == ("stopped", 0)
    assert (new in it.links(), "8 of 8 records" in it.store.summary(BOND).stopped) == (False, True)


def test_a_reset_that_was_taken_as_it_is_stops_nobody_again(world):
    """76: what could not be found then is no news after `--afresh`, and an empty list no alarm."""
    it, _, _ = bonded(world, count=8, guard={"empty_list_after": 5})
    it.left.system.is_reset()
    assert swept(it) == ("failed", 0)
    afresh(it)
    assert swept(it)[0] == "stopped"
    afresh(it)
    assert swept(it, runs=3) == ("ok", 0)
    new = it.left.system.person_creates({"title": "first of the new", "status": it.left.preset.statuses[0]}, "99")
    it.settle()
    assert it.partner(Side.LEFT, new) in it.right.system.ids()


def test_a_bond_that_stopped_says_so_until_somebody_resumes_it(world):
    """76: it is paused, but not by anybody: every later run tells the reason, and what to do."""
    it, _, _ = bonded(world, count=8)
    it.left.system.is_reset()
    it.left.system.person_creates({"title": "first of the new", "status": it.left.preset.statuses[0]}, "99")
    swept(it)
    with pytest.raises(BondStopped, match=r"since it stopped: 8 of 8 records .*--afresh"):
        it.sync()


def afresh(it):
    it.store.begin_afresh(BOND, by="ops", now=it.clock.now())
    it.store.resume(BOND, by="ops", now=it.clock.now())


@pytest.mark.parametrize(("count", "status"), [(MANY, "stopped"), (2, "ok")])
def test_other_records_under_known_ids_are_never_taken_for_the_old_ones(world, count, status):
    """76: their creation tells, whatever version and stamp they have."""
    it, ids, _ = bonded(world, dated("plain"))
    for one in ids[:count]:
        it.clock.advance(60)
        it.left.system.forgets(one)
        it.left.system.person_creates({"title": "another", "status": "new", "opened": "2"}, one)
    assert swept(it) == (status, 0)
    assert it.store.summary(BOND).parked_links == count
    assert titles(it, Side.RIGHT) == sorted(f"t{n}" for n in range(MANY))


def test_what_is_read_just_before_a_write_is_looked_at_too(world):
    """76: the partner's edit is not written over a record that was restored since the scan."""
    it, ids, backup = bonded(world)
    edited(it, ids[:1])
    it.right.system.person_edits(it.partner(Side.LEFT, ids[0]), description="from the right")
    restore = iter([lambda: it.left.system.is_restored(backup)])
    it.left.faults.before = lambda raw: next(restore, lambda: None)() if writes(raw) else None
    it.sync()
    it.left.faults.clear()
    assert ([what for what, *_ in it.held()], it.left.system.values(ids[0]).get("description")) == (["link"], None)
