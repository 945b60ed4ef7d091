"""A quota that is too small, and a record that nobody can write."""

from __future__ import annotations

from ebond.testing.faults import answer
from tests.acceptance.fleet.yard import LONG, until

QUOTA = (10, 2.0)
OTHERS = 200


@LONG
def test_a_quota_far_too_small_is_kept_by_the_whole_fleet(yard):
    """No call is refused, and all arrives; in no window were there more calls than the contract allows."""
    it = yard(quota=QUOTA)
    it.people_open(20)
    it.scheduler()
    it.workers(3)
    it.come_to_rest()
    calls, per = QUOTA
    assert [gateway.calls["throttled"] for gateway in it.gateways] == [0, 0]
    assert max(gateway.busiest(per) for gateway in it.gateways) <= calls


@LONG
def test_a_poison_record_stops_nobody_else(yard):
    """What one side never takes is parked with its reason after three tries; all others flow."""
    it = yard(bond={"guard": {"attempts": 3}})
    ids = it.people_open(OTHERS)
    it.scheduler()
    it.workers(2)
    it.come_to_rest()
    poisoned = it.links()[ids[0]]
    it.right.faults.always(answer(500), when=lambda raw: raw.method == "PATCH" and raw.url.endswith(f"/{poisoned}"))
    for record in ids:
        it.left.system.person_edits(record, title=f"edited {record}")

    def is_parked():
        it.all_tries_are_due()
        return it.parked()

    [(link, reason)] = until(is_parked, "the poison is parked")
    until(lambda: it.differing() == [ids[0]], "all others are in step")
    assert it.tries(link) == 3
    assert "500" in reason
