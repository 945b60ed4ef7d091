"""Redis, PostgreSQL, the gateway and the tokens fail in mid-run, each as it does in real life."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ebond.gateway.wire import Raw, RawAnswer, TransportFailure
from ebond.state import Side
from ebond.testing.servers import PostgresServer
from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import Yard

RECORDS = 60


@pytest.fixture
def busy(yard: Callable[..., Yard]) -> Yard:
    """A fleet in the middle of an initial load."""
    it = yard()
    it.people_open(RECORDS)
    it.scheduler()
    it.workers(2)
    until(it.links, "the first record is linked")
    return it


def test_redis_flushed_and_restarted_costs_nothing_but_time(busy):
    """What Redis forgets is rung for again, and no record is doubled."""
    busy.redis.kill()
    busy.people_edit(10)
    busy.redis.start()
    busy.come_to_rest()
    assert "Traceback" not in busy.logs()


def test_a_fleet_starts_without_redis_and_works_when_it_comes(yard):
    """Whoever starts first waits for the others."""
    it = yard()
    it.redis.stop()
    members = [it.scheduler(), *it.workers(1)]
    until(lambda: all(map(it.is_there, members)), "the processes are up")
    it.people_open(5)
    it.redis.start()
    it.come_to_rest()
    assert [member.process.poll() for member in members] == [None, None]


def test_postgres_restarted_in_mid_run_costs_nothing_but_time(busy, postgres: PostgresServer):
    """96: what could not be stored is found out about; what could not be given back is given back later."""
    postgres.stop()
    busy.people_edit(10)
    postgres.start()
    busy.come_to_rest()
    assert "Traceback" not in busy.logs()


def test_a_gateway_that_is_down_for_a_while_is_waited_for(busy):
    """Nobody answers at all, then all goes on; no link is parked for it."""
    server = busy.desk.servers["right"]
    app, server.app = server.app, hang_up
    busy.people_edit(10)
    until(busy.has_failed_run, "a run has met it")
    server.app = app
    busy.come_to_rest()


def hang_up(_: Raw) -> RawAnswer:
    raise TransportFailure("nobody is there", sent=True)


def test_tokens_revoked_in_mid_run_are_renewed_once_for_the_fleet(busy):
    """Each gateway is asked for one token more, however many workers met the refusal."""
    before = [gateway.calls["token"] for gateway in busy.gateways]
    for gateway in busy.gateways:
        gateway.revoke()
    busy.people_open(5, Side.RIGHT)
    busy.come_to_rest()
    assert [gateway.calls["token"] for gateway in busy.gateways] == [count + 1 for count in before]
