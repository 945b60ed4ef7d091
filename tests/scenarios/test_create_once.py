"""A record is made once, whatever becomes of the answer (edge cases 24 to 37)."""

from __future__ import annotations

import pytest

from ebond.testing import faults
from ebond.testing.interference import writes

#: One preset for every way in which a contract lets a create happen once.
ONCE = ("plain", "bare", "versioned", "kinto", "roundup", "servicenow")


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("fault", faults.COMMITTED.values(), ids=faults.COMMITTED.keys())
def test_a_create_whose_answer_is_lost_makes_one_record(world, kind, fault):
    """24, 27: the system made the record and its answer was lost, or an error of the gateway came instead."""
    it = world("plain", kind)
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(fault, when=creates(it))
    it.sync()
    it.settle()
    assert it.right.faults.fired
    assert len(it.right.system.ids()) == len(it.left.system.ids()) == len(it.links()) == 1


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("fault", faults.NOT_COMMITTED.values(), ids=faults.NOT_COMMITTED.keys())
def test_a_create_that_came_to_nothing_is_made_after_all(world, kind, fault):
    """The system never saw the create; nothing is lost."""
    it = world("plain", kind)
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(fault, when=creates(it))
    it.sync()
    it.settle()
    assert len(it.right.system.ids()) == len(it.left.system.ids()) == len(it.links()) == 1


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(4))
def test_a_crash_around_any_call_of_the_creates_makes_each_record_once(world, kind, before, at):
    """25: the process dies just before or just after a create was sent."""
    it = world("plain", kind)
    for number in range(3):
        it.left.system.person_creates({"title": f"record {number}", "status": "new"})
    it.crashing_sync(it.right, at=at, before=before)
    it.settle()
    titles = sorted(it.right.system.values(one)["title"] for one in it.right.system.ids())
    assert titles == ["record 0", "record 1", "record 2"]
    assert len(it.left.system.ids()) == len(it.links()) == 3


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("dies", [True, False], ids=["killed", "timed out"])
def test_a_create_that_the_system_commits_late_is_not_made_again(world, kind, dies):
    """24, 25, 27: it was taken, and is done only after the next run has asked about it, or sent it again."""
    it = world("plain", kind)
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.api.writing.late = late = []
    crashed = it.crashing_sync(it.right, at=0 if dies else 99, when=creates(it), before=False)
    it.right.api.writing.late = None
    it.sync(after=1)
    it.right.api.writing.finish(late)
    it.settle()
    assert (crashed, len(late)) == (dies, 1)
    assert len(it.right.system.ids()) == len(it.left.system.ids()) == len(it.links()) == 1


def creates(it):
    """Match creates proper: asking for a one-time address is none."""
    once = it.right.resource.create.once.url_path
    return lambda raw: writes(raw) and not (once and raw.url.endswith(once))
