"""Putting it together: what one process shows of itself, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

import ebond
from ebond.cli.app import Place
from ebond.tracing import tracing
from workers.runtime import Runtime, runtime
from workers.watch.address import Address
from workers.watch.bonds import BondCollector
from workers.watch.calls import CallMetrics
from workers.watch.endpoint import Endpoint, make_app
from workers.watch.gateways import GatewayCollector
from workers.watch.health import Health, HealthCollector


class Metrics:
    """The metrics of one process: the calls from its start on, the rest as soon as it is ``watched``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = CallMetrics(self.registry)

    def register(self, runtime: Runtime, health: Health) -> None:
        """Add what is known once the process works."""
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.registry.register(BuildCollector(runtime.kind))
        self.registry.register(HealthCollector(health))
        self.registry.register(GatewayCollector(runtime.bench.connections))
        if runtime.kind == "scheduler":
            self.registry.register(BondCollector(runtime.store, lambda: runtime.definitions.bonds, runtime.clock))


@contextmanager
def process(
    place: Place, *, kind: str, environ: Mapping[str, str], address: Address, metrics: Metrics | None = None
) -> Iterator[Runtime]:
    """Open what a process of the fleet works with, seen from outside; raises what ``runtime`` does."""
    metrics = metrics or Metrics()
    with (
        tracing(environ, service=f"ebond-{kind}") as tracer,
        runtime(place, kind=kind, environ=environ, observer=metrics.calls.observe, tracer=tracer) as own,
        watched(own, metrics, address),
    ):
        yield own


@contextmanager
def watched(runtime: Runtime, metrics: Metrics, address: Address) -> Iterator[Endpoint | None]:
    """Show a process from outside for the length of the block; raises UsageError where the port is taken."""
    if address.port is None:
        yield None
        return
    health = health_of(runtime)
    metrics.register(runtime, health)
    with Endpoint(make_app(metrics.registry, health), host=address.host, port=address.port) as endpoint:
        yield endpoint


def health_of(runtime: Runtime) -> Health:
    """Return what can be asked about the health of a process."""
    needs: dict[str, Callable[[], object]] = {"database": runtime.store.ping}
    if runtime.fleet is not None:
        needs["redis"] = runtime.fleet.ping
    return Health(is_well=runtime.holder.is_well, needs=needs)


class BuildCollector(Collector):
    """Which ebond this is."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def collect(self) -> Iterator[Metric]:
        family = InfoMetricFamily("ebond_build", "The version of ebond, and what this process does.")
        family.add_metric((), {"version": ebond.__version__, "kind": self._kind})
        yield family
