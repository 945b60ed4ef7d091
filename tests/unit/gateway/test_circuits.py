"""A system in trouble opens its own circuit, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.errors import CallError, Unavailable
from ebond.gateway.breaker import LIMIT
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import Raw, RawAnswer, Request
from ebond.testing.clock import ManualClock
from ebond.testing.transport import FakeTransport
from tests.unit.gateway.conftest import reply, secret

GET = Request("GET", "/tickets", operation="list")


class Site:
    """Gateways with systems behind them; those named ``bad`` answer 503."""

    def __init__(self) -> None:
        self.clock, self.asked = ManualClock(), list[str]()

    def answer(self, raw: Raw) -> RawAnswer:
        self.asked.append(raw.url)
        return reply(503, {}) if "/bad/" in raw.url else reply(200, {})

    def gateway(self, name: str) -> GatewayConnection:
        document = {"version": 1, "gateway": name, "base_url": f"https://{name}.test", "auth": {"kind": "none"}}
        wire = FakeTransport(self.answer)
        definition = Gateway.model_validate({**document, "concurrency": 1})
        return GatewayConnection.open(definition, resolve=secret, clock=self.clock, transport=wire)


def system(connection: GatewayConnection, name: str) -> SystemClient:
    document: dict[str, Any] = {"version": 1, "system": name, "gateway": "gw", "base_path": f"/{name}"}
    return SystemClient(connection, System.model_validate({**document, "resources": {}}), resolve=secret)


def break_down(client: SystemClient) -> None:
    for _ in range(LIMIT):
        with pytest.raises(CallError):
            client.send(GET)


def test_failing_system_holds_no_other_back() -> None:
    """With one system's circuit open, another one behind the same gateway is called as ever, without a wait."""
    site = Site()
    gateway = site.gateway("gw")
    bad, good = system(gateway, "bad"), system(gateway, "good")
    break_down(bad)
    asked, slept = len(site.asked), len(site.clock.sleeps)
    with pytest.raises(Unavailable):
        bad.send(GET)
    assert good.send(GET).status == 200
    assert (site.asked[asked:], len(site.clock.sleeps)) == (["https://gw.test/good/tickets"], slept)


def test_same_name_behind_another_gateway_is_another_system() -> None:
    """A circuit is open for a system behind one gateway; the one of its name behind another is called."""
    site = Site()
    break_down(system(site.gateway("gw"), "bad"))
    asked = len(site.asked)
    with pytest.raises(CallError):
        system(site.gateway("other"), "bad").send(GET)
    assert site.asked[asked].startswith("https://other.test/")


def test_all_bonds_of_a_system_share_its_circuit() -> None:
    """What one bond learnt of a system spares the next bond's calls: nothing is sent while its circuit is open."""
    site = Site()
    gateway = site.gateway("gw")
    break_down(system(gateway, "bad"))
    asked = len(site.asked)
    with pytest.raises(Unavailable):
        system(gateway, "bad").send(GET)
    assert len(site.asked) == asked
