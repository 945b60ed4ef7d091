"""Redis is a doorbell: it may ring too early, or forget that anybody rang."""

from __future__ import annotations

from sqlalchemy import update

from ebond.state import Side
from ebond.store.bonds import ensure_bond
from ebond.store.sqlkit import BOND as BOND_ROW
from tests.acceptance.desk import BOND
from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import LONG

FLUSHES = 6


@LONG
def test_redis_flushed_again_and_again_in_mid_run_costs_nothing(yard):
    """95: bells, tokens and quotas are gone each time, and nobody is told; no record is lost or doubled."""
    it = yard()
    it.let_left_win()
    it.people_open(30)
    it.people_open(10, Side.RIGHT)
    it.slow_down(0.02)
    it.scheduler()
    it.workers(2)
    for _ in range(FLUSHES):
        it.people_open(4, it.chance.choice(list(Side)))
        it.people_edit(6)
        until(it.in_hand_at_all, "something is in hand")
        it.doorbell.client.flushall()
    it.come_to_rest()
    assert "Traceback" not in it.logs()


@LONG
def test_a_bell_that_rings_before_its_reason_is_stored_is_harmless(yard):
    """97: whoever hears it finds nothing to do and does nothing; the sweep finds the reason once it is there."""
    it = yard(bond={"schedule": {"every": "1h"}})
    it.people_open(3)
    it.workers(1)
    with it.store.db.write() as connection:
        ensure_bond(connection, BOND)
        asked = it.store.time().timestamp() * 1_000_000
        connection.execute(update(BOND_ROW).where(BOND_ROW.c.bond == BOND).values(asked=int(asked)))
        it.doorbell.ring("scan", BOND)
        until(lambda: it.doorbell.unheard("scan") == 0, "the bell was heard")
        assert it.runs() == 0
    it.doorbell.ring("sweep")
    it.come_to_rest()
    assert "failed" not in it.logs()
