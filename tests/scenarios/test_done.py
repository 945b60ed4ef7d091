"""What a run did is told also where it read nothing of it: creates of an earlier run."""

from __future__ import annotations

from ebond.state import Done
from ebond.testing import faults
from ebond.testing.interference import writes
from tests.scenarios.world import BOND


def test_a_create_whose_answer_was_lost_is_told_by_the_run_that_finds_it(world):
    """The books of that run did not read its source; what it did says so all the same."""
    it = world("plain", "plain")
    it.right.faults.next(faults.lose_answer, when=writes)
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.sync()
    assert it.store.done(BOND, it.reports[-1].run_id, after=0) == Done()
    it.settle()
    done = [it.store.done(BOND, report.run_id, after=0) for report in it.reports]
    assert [one for one in done if one.created] == [Done(created=1, begun_before=1)]
