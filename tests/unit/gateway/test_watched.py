"""What monitoring and traces see of a gateway at work."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from ebond.errors import CallError
from ebond.gateway.breaker import LIMIT
from ebond.gateway.outcome import Outcome
from ebond.gateway.wire import CallRecord, Request
from tests.unit.gateway.conftest import Desk, Open, reply
from workers.watch.calls import CallMetrics
from workers.watch.gateways import GatewayCollector

GET = Request("GET", "/x", operation="list")
POST = Request("POST", "/x", json={}, operation="create")
OAUTH = {
    "kind": "oauth2_client_credentials",
    "token_url": "https://gw.test/token",
    "client_id": "ebond",
    "client_secret": "env:GW",
}
TOKEN = reply(200, {"access_token": "t0ken-1", "expires_in": 600, "token_type": "Bearer"})


def seen(one: Desk, name: str, **labels: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(GatewayCollector(lambda: {"gw": one.connection}))
    return registry.get_sample_value(name, labels)


def test_each_try_is_counted_by_what_became_of_it() -> None:
    """The counter has system, operation and outcome; the histogram the seconds."""
    registry = CollectorRegistry()
    calls = CallMetrics(registry)
    for outcome, seconds in ((Outcome.APPLIED, 0.2), (Outcome.APPLIED, 0.4), (Outcome.UNKNOWN, 3.0)):
        calls.observe(CallRecord("desk", "list", "GET", "/x", 1, 200, outcome, seconds, "r", ""))
    labels = {"system": "desk", "operation": "list"}
    assert registry.get_sample_value("ebond_calls_total", {**labels, "outcome": "applied"}) == 2
    assert registry.get_sample_value("ebond_calls_total", {**labels, "outcome": "unknown"}) == 1
    assert registry.get_sample_value("ebond_call_duration_seconds_count", labels) == 3
    assert registry.get_sample_value("ebond_call_duration_seconds_bucket", {**labels, "le": "0.25"}) == 1


def test_the_quota_is_told_by_window(desk: Open) -> None:
    """What is left of each window, and what it allows."""
    one = desk(reply(200, {}), quota=[{"calls": 2, "per": "1s"}, {"calls": 50, "per": "1h"}])
    one.client.send(GET)
    names = list(one.connection.quota_left())
    told = [[seen(one, name, gateway="gw", window=window) for window in names]
            for name in ("ebond_quota_left_calls", "ebond_quota_limit_calls")]  # fmt: skip
    assert (names, told) == (["2/1s", "50/3600s"], [[1, 49], [2, 50]])


def test_the_token_is_told_by_age_and_lifetime(desk: Open) -> None:
    """As long as there is one; how it reads is nobody's business."""
    one = desk(TOKEN, reply(200, {}), auth=OAUTH)
    assert seen(one, "ebond_token_age_seconds", gateway="gw") is None
    one.client.send(GET)
    one.clock.advance(60)
    names = ("age_seconds", "lifetime_seconds", "failing", "requests_total")
    assert [seen(one, f"ebond_token_{name}", gateway="gw") for name in names] == [60, 600, 0, 1]


def test_a_gateway_that_gives_no_token_is_told_of(desk: Open) -> None:
    """A refused client stops all bonds behind the gateway."""
    one = desk(reply(401, {"error": "invalid_client"}), auth=OAUTH)
    with pytest.raises(CallError):
        one.client.send(GET)
    assert seen(one, "ebond_token_failing", gateway="gw") == 1


def test_an_open_circuit_is_told_of_until_a_call_has_worked(desk: Open) -> None:
    """It counts as open while it lets its probe through, too."""
    one = desk(*[reply(504)] * LIMIT, reply(200, {}))
    told = [seen(one, "ebond_circuit_open", system="desk")]
    for _ in range(LIMIT):
        with pytest.raises(CallError):
            one.client.send(POST)
    told.append(seen(one, "ebond_circuit_open", system="desk"))
    one.clock.advance(3600)
    one.client.send(POST)
    assert [*told, seen(one, "ebond_circuit_open", system="desk")] == [0, 1, 0]


class _Tracer:
    """Takes down what it is told, as a collector would see it."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []

    def span(self, name: str, **facts: Any) -> Any:
        self.spans.append({"name": name, **facts})
        return self

    def __enter__(self) -> _Tracer:
        return self

    def __exit__(self, *_: object) -> None: ...

    def note(self, **facts: Any) -> None:
        self.spans[-1] |= facts

    def headers(self) -> dict[str, str]:
        return {"traceparent": f"span {len(self.spans)}"}


def test_each_try_is_a_span_and_the_gateway_gets_its_name(desk: Open) -> None:
    """A second try has another parent, so that one sees which of them the gateway saw."""
    one = desk(reply(503, {}), reply(200, {}))
    one.connection.tracer = tracer = _Tracer()
    one.client.send(GET)
    assert [raw.headers["traceparent"] for raw in one.calls] == ["span 1", "span 2"]
    told = [(span["name"], span["attempt"], span["outcome"], span["request_id"]) for span in tracer.spans]
    assert told == [("request", n, r.outcome.value, r.request_id) for n, r in enumerate(one.records, 1)]


def test_nothing_is_sent_where_nobody_traces(desk: Open) -> None:
    """A gateway sees no header that it did not see before."""
    one = desk(reply(200, {}))
    one.client.send(GET)
    assert "traceparent" not in one.calls[0].headers
