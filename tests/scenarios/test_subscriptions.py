"""Subscriptions at a system's hub: made, renewed, moved and taken away."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import orjson
import pytest

from ebond.gateway.wire import Raw, RawAnswer
from tests.scenarios.hook import LISTEN
from tests.scenarios.world import World, changed
from workers.listen.subscriptions import TURN, keep_subscribed, take_away

SUBSCRIBE: dict[str, Any] = {
    "path": "/hub",
    "body": {"callback": "{callback}", "query": "eventType=x"},
    "renew": "1d",
    "remove": {"path": "/hub/{id}"},
}
HERE = "https://ebond.example"


class Hub:
    """A system's hub, in front of its API; ``open`` are the subscriptions by id."""

    def __init__(self, it: World) -> None:
        self.world, self.open, self.down, self._ids = it, {}, False, count(1)
        it.left.faults.always(self.answer, when=lambda raw: "/hub" in raw.url)

    def answer(self, _app: Any, raw: Raw) -> RawAnswer:
        if self.down:
            return RawAnswer(500, {}, b"")
        if raw.method == "DELETE":
            there = self.open.pop(raw.url.rpartition("/")[2], None)
            return RawAnswer(204 if there else 404, {}, b"")
        name = str(next(self._ids))
        self.open[name] = orjson.loads(raw.content)
        return RawAnswer(201, {"content-type": "application/json"}, orjson.dumps({"id": name}))

    def keep(self, *, after: float = 0, at: str = HERE) -> list[str]:
        """Look after them; return the ids that are open."""
        self.world.clock.advance(after)
        keep_subscribed(self.world.bench, at)
        return list(self.open)


@pytest.fixture
def hub(world: Callable[..., World]) -> Hub:
    preset = changed("plain", listen={**LISTEN, "subscribe": SUBSCRIBE})
    return Hub(world(preset))


def test_one_is_made_where_there_is_none_and_another_when_it_is_due(hub: Hub) -> None:
    """A restart makes none; the old one goes after the new one has come."""
    assert (hub.keep(), hub.open) == (["1"], {"1": {"callback": f"{HERE}/notify/left", "query": "eventType=x"}})
    hub.world.restart()
    assert (hub.keep(after=86_000), hub.keep(after=400), hub.keep(after=60)) == (["1"], ["2"], ["2"])


def test_two_listeners_make_one(hub: Hub) -> None:
    """Whoever comes while another one is asking leaves it; one that died there is waited for, and no longer."""
    asks = hub.answer

    def second(app: Any, raw: Raw) -> RawAnswer:
        hub.world.left.faults.always(asks, when=lambda raw: "/hub" in raw.url)
        keep_subscribed(hub.world.bench, HERE)
        return asks(app, raw)

    hub.world.left.faults.always(second, when=lambda raw: "/hub" in raw.url)
    assert (hub.keep(), hub.keep(after=60)) == (["1"], ["1"])
    now = hub.world.clock.now()
    assert hub.world.store.take_turn("subscribing:l/ticket", now=now, until=now + TURN)
    assert (hub.keep(after=86_400, at=HERE), hub.keep(after=60)) == (["2"], ["2"])
    now = hub.world.clock.now()
    assert hub.world.store.take_turn("subscribing:l/ticket", now=now, until=now + TURN)
    assert (hub.keep(at="https://new.example"), hub.keep(after=301, at="https://new.example")) == (["2"], ["3"])


def test_another_address_is_subscribed_anew(hub: Hub) -> None:
    """Nothing is sent to the old one any more."""
    hub.keep()
    assert (hub.keep(at="https://new.example"), hub.open["2"]["callback"]) == (
        ["2"],
        "https://new.example/notify/left",
    )


def test_a_hub_that_is_down_is_asked_again(hub: Hub) -> None:
    """And nothing else waits for it."""
    hub.down = True
    assert hub.keep() == []
    hub.down = False
    assert hub.keep(after=3600) == ["1"]


def test_all_are_taken_away_on_request_and_none_twice(hub: Hub) -> None:
    """One that the system has forgotten is gone as well."""
    hub.keep()
    assert (take_away(hub.world.bench), hub.open, take_away(hub.world.bench)) == (True, {}, True)
    assert hub.keep() == ["2"]
    hub.open.clear()
    assert take_away(hub.world.bench)


def test_what_cannot_be_taken_away_is_said(hub: Hub) -> None:
    """And stays known."""
    hub.keep()
    hub.down = True
    assert not take_away(hub.world.bench)
    hub.down = False
    hub.world.clock.advance(3600)
    assert (take_away(hub.world.bench), hub.open) == (True, {})
