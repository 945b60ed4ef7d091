"""Ringing, also where nobody hears it."""

from __future__ import annotations

from typing import Any

import pytest
from redis import ConnectionError as Gone

from ebond.testing.clock import ManualClock
from tests.unit.workers.fleet import FakeRuntime
from workers.actors import declare
from workers.bells import LEFT_ALONE, Bells
from workers.broker import make_broker

NOBODY = "redis://:pa55word@127.0.0.1:1/0"


class Actor:
    """An actor whose queue may be away."""

    actor_name = "scan"

    def __init__(self) -> None:
        self.sent: list[tuple[str, ...]] = []
        self.tried = 0
        self.away: Exception | None = None

    def send(self, *ids: str) -> None:
        self.tried += 1
        if self.away is not None:
            raise self.away
        self.sent.append(ids)


@pytest.mark.usefixtures("logged")
def test_redis_that_is_away_costs_no_error() -> None:
    """A bell that cannot be rung says so, and nothing is raised."""
    bells = declare(make_broker(NOBODY), FakeRuntime())
    assert (bells.scan("one"), bells.work("one", times=3), bells.sweep()) == (False, False, False)


def test_password_is_not_logged(logged: list[Any]) -> None:
    """What is logged of a bell that was not rung names the bond, never the URL."""
    declare(make_broker(NOBODY), FakeRuntime()).scan("one")
    (line,) = logged
    assert (line["event"], line["bond"]) == ("not rung", "one")
    assert "pa55word" not in str(line)


def test_redis_that_is_away_is_left_alone_for_a_while() -> None:
    """Not every bond's bell waits for a dead server; after a while one tries again."""

    clock, actor = ManualClock(), Actor()
    bells = Bells(actor, actor, actor, monotonic=clock.monotonic)
    actor.away = Gone("refused")
    assert [bells.scan("one"), bells.scan("two"), bells.sweep()] == [False, False, False]
    assert actor.tried == 1
    actor.away = None
    clock.advance(LEFT_ALONE)
    assert (bells.scan("one"), actor.sent) == (True, [("one",)])
