"""Metrics of the gateways that this process has open: quota, token, circuits. Asked for when somebody scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ebond.gateway.connection import GatewayConnection

#: The gateways that are open, by name.
Connections = Callable[[], Mapping[str, GatewayConnection]]


class GatewayCollector(Collector):
    """How each open gateway stands, as this process sees it; what of it is shared, all processes see alike."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def describe(self) -> Iterable[Metric]:
        """Name the metrics without asking anything."""
        return self._of({})

    def collect(self) -> Iterator[Metric]:
        return self._of(self._connections())

    def _of(self, connections: Mapping[str, GatewayConnection]) -> Iterator[Metric]:
        yield from _quota(connections)
        yield from _tokens(connections)
        yield _circuits(connections)


def _quota(connections: Mapping[str, GatewayConnection]) -> Iterator[Metric]:
    labels = ("gateway", "window")
    left = GaugeMetricFamily(
        "ebond_quota_left_calls", "Calls that a window of the quota has room for now.", labels=labels
    )
    limit = GaugeMetricFamily("ebond_quota_limit_calls", "Calls that a window of the quota allows.", labels=labels)
    for name, connection in connections.items():
        for (window, calls), quota in zip(connection.quota_left().items(), connection.gateway.quota, strict=False):
            left.add_metric((name, window), calls)
            limit.add_metric((name, window), quota.calls)
    yield left
    yield limit


def _tokens(connections: Mapping[str, GatewayConnection]) -> Iterator[Metric]:
    labels = ("gateway",)
    age = GaugeMetricFamily("ebond_token_age_seconds", "Seconds since the token in use came.", labels=labels)
    lifetime = GaugeMetricFamily(
        "ebond_token_lifetime_seconds", "Seconds for which the token in use is good, as its server said.", labels=labels
    )
    failing = GaugeMetricFamily(
        "ebond_token_failing", "1 where no token could be had when this process last asked for one.", labels=labels
    )
    requests = CounterMetricFamily("ebond_token_requests", "Token requests that this process made.", labels=labels)
    for name, connection in connections.items():
        requests.add_metric((name,), connection.token_calls)
        standing = connection.token()
        if standing is None:
            continue
        failing.add_metric((name,), standing.failing)
        if standing.age is not None and standing.lifetime is not None:
            age.add_metric((name,), standing.age)
            lifetime.add_metric((name,), standing.lifetime)
    yield from (age, lifetime, failing, requests)


def _circuits(connections: Mapping[str, GatewayConnection]) -> Metric:
    opened = GaugeMetricFamily(
        "ebond_circuit_open",
        "1 where calls to a system are held back because too many in a row failed.",
        labels=("system",),
    )
    for connection in connections.values():
        for system, is_open in connection.circuits().items():
            opened.add_metric((system,), is_open)
    return opened
