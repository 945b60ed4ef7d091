"""The process of ``ebond listen``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog
from dramatiq import Broker
from prometheus_client import CollectorRegistry, Counter

from ebond.secrets import Secret, SecretRef
from workers.actors import declare
from workers.listen.inbox import Inbox, Ring, routes
from workers.listen.server import Listener
from workers.listen.subscriptions import keep_subscribed
from workers.runtime import Runtime
from workers.signals import on_signals
from workers.watch.address import Address
from workers.watch.watched import health_of

log = structlog.get_logger("ebond.listen")

#: Seconds between two looks whether a subscription is missing or due.
LOOK: Final = 60.0
_TOLD: Final = "Notifications that systems sent, by what became of them."


class NoticeMetrics:
    """Counts notifications; threads share it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._notices = Counter("ebond_notifications", _TOLD, ("system", "outcome"), registry=registry)

    def count(self, system: str, outcome: str) -> None:
        """Count one."""
        self._notices.labels(system, outcome).inc()


def run_listener(
    runtime: Runtime,
    broker: Broker | None,
    metrics: NoticeMetrics,
    *,
    address: Address,
    behind: bool,
    public_url: str | None = None,
) -> None:
    """Receive until a signal comes. Without a broker, what was told of waits for the next run or sweep.

    Raises what ``routes`` does, and UsageError where the port cannot be had.
    """

    def secret(reference: SecretRef) -> Secret:
        return reference.resolve(runtime.bench.environ, Path(runtime.definitions.folder))

    found = routes(runtime.definitions, secret, behind=behind)
    ring: Ring = declare(broker, runtime).scan if broker is not None else _nobody
    inbox = Inbox(found, runtime.store, runtime.clock, ring=ring, count=metrics.count)
    on_signals(runtime.stopping.set)
    with Listener(inbox, health_of(runtime), host=address.host, port=address.port or 0):
        log.info("listener started", paths=[one.listening.path for one in found])
        # Not before somebody listens: some systems try the callback at once.
        while public_url is not None and not runtime.stopping.is_set():
            keep_subscribed(runtime.bench, public_url)
            runtime.stopping.wait(LOOK)
        runtime.stopping.wait()
    log.info("listener ended")


def _nobody(bond: str) -> bool:
    log.debug("nobody to ring for", bond=bond)
    return False
