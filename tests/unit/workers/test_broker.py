"""The broker: a doorbell, and nothing of dramatiq's that a doorbell does not need."""

from __future__ import annotations

from typing import Any

import dramatiq
import orjson
import pytest
from dramatiq.middleware import TimeLimit

from ebond.errors import UsageError
from tests.unit.workers.fleet import FakeRuntime
from workers.actors import declare
from workers.broker import HEARTBEAT, NAMESPACE, make_broker

NOBODY = "redis://:pa55word@127.0.0.1:1/0"


def test_no_middleware_but_the_time_limit() -> None:
    """No retries, no ageing, no results: the database knows what is due."""
    assert [type(one) for one in make_broker(NOBODY).middleware] == [TimeLimit]


def test_recovery_is_not_left_to_chance() -> None:
    """Maintenance runs with every command, and a silent worker is dead after half a minute."""
    broker = make_broker(NOBODY)
    assert (broker.maintenance_chance, broker.heartbeat_timeout, broker.namespace) == (1_000_000, HEARTBEAT, NAMESPACE)
    assert HEARTBEAT == 30_000


@pytest.mark.parametrize("url", ["http://:pa55word@h/0", "redis://:pa55word@h:x/0"])
def test_bad_url_is_not_repeated(url: str) -> None:
    """A URL that cannot be read ends in a message without the password."""
    with pytest.raises(UsageError, match="the URL of Redis cannot be read") as raised:
        make_broker(url)
    assert raised.value.__cause__ is None


def test_message_carries_names_only(stub: dramatiq.Broker) -> None:
    """What lies in Redis is an actor and a bond's name; no data, no traceback."""
    bells = declare(stub, FakeRuntime())
    assert (bells.scan("one"), bells.work("one", times=2), bells.sweep()) == (True, True, True)
    sent = {name: [told(message) for message in queue.queue] for name, queue in stub.queues.items()}
    work = ("work", ["one"], {}, {})
    assert {name: calls for name, calls in sent.items() if calls} == {
        "scan": [("scan", ["one"], {}, {})],
        "work": [work, work],
        "sweep": [("sweep", [], {}, {})],
    }


def told(message: bytes) -> Any:
    read = orjson.loads(message)
    return read["actor_name"], read["args"], read["kwargs"], read["options"]


def test_nothing_is_tried_again_by_the_queue(stub: dramatiq.Broker) -> None:
    """Every actor has a queue of its own and no retries."""
    declare(stub, FakeRuntime())
    actors = {name: (one.queue_name, one.options["max_retries"]) for name, one in stub.actors.items()}
    assert actors == {"scan": ("scan", 0), "work": ("work", 0), "sweep": ("sweep", 0)}
