"""A quota that is too small, and a record that nobody can write."""

from __future__ import annotations

from ebond.testing.faults import answer
from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import BOND

QUOTA = (10, 2.0)
#: Seconds that a call may take from its turn to the gateway, on a machine that is busy with other things.
ON_ITS_WAY = 0.25
RECORDS = 1000


def test_a_quota_far_too_small_is_kept_by_the_whole_fleet(yard):
    """No call is refused, and all arrives; in no window were there more calls than the contract allows."""
    it = yard(quota=QUOTA)
    calls, per = QUOTA
    for gateway in it.gateways:
        gateway.quota = (calls, per - ON_ITS_WAY)
    it.people_open(20)
    it.scheduler()
    it.workers(3)
    it.come_to_rest()
    assert [gateway.calls["throttled"] for gateway in it.gateways] == [0, 0]
    assert max(gateway.busiest(per - ON_ITS_WAY) for gateway in it.gateways) <= calls


def test_a_poison_record_stops_nobody_else(yard):
    """93: what one side never takes is parked with its reason after three tries, and its own later change waits.

    The 999 others flow. Once somebody has it tried again, and it is taken, it flows, too.
    """
    it = yard(bond={"guard": {"attempts": 3}})
    first, *others = it.people_open(RECORDS)
    it.scheduler()
    it.workers(2)
    it.come_to_rest()
    poisoned = it.links()[first]
    it.right.faults.always(answer(500), when=lambda raw: raw.method == "PATCH" and raw.url.endswith(f"/{poisoned}"))
    for record in (first, *others):
        it.left.system.person_edits(record, title=f"edited {record}")

    def is_parked():
        it.all_tries_are_due()
        return it.parked()

    [(link, reason)] = until(is_parked, "the poison is parked")
    until(lambda: it.differing() == [first], "all others are in step")
    assert it.tries(link) == 3
    assert "500" in reason
    it.left.system.person_edits(first, title="a later change")
    it.left.system.person_edits(others[0], title="another one's")
    until(lambda: it.differing() == [first], "only the other one's change has arrived")
    assert it.parked() == [(link, reason)]
    it.right.faults.clear()
    assert it.run("retry", BOND, first, "--side", "left").code == 0
    it.come_to_rest()
