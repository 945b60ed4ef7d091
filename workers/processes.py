"""The processes of the fleet: a worker with its threads, and the scheduler."""

from __future__ import annotations

from typing import Final

import structlog
from dramatiq import Broker, Worker

from workers.actors import declare
from workers.runtime import Runtime
from workers.scheduler import make_scheduler
from workers.signals import on_signals
from workers.winding import Winding

log = structlog.get_logger("ebond.fleet")

#: Milliseconds after which an idle consumer looks again for messages.
POLL: Final = 100
#: Seconds between two looks of the scheduler whether somebody set this machine's clock.
LOOK: Final = 2.0


def run_worker(runtime: Runtime, broker: Broker, *, threads: int, grace: float) -> None:
    """Work until a signal comes; then finish what is in hand within ``grace`` seconds, and leave the rest."""
    declare(broker, runtime)
    worker = Worker(broker, worker_threads=threads, worker_timeout=POLL)
    # No more than it has hands for: what a busy worker fetches ahead, an idle one could have begun.
    worker.queue_prefetch = threads
    # dramatiq starts its time limit with the processes of its own command line; here this is the process.
    broker.emit_after("process_boot")
    on_signals(runtime.stopping.set)
    worker.start()
    log.info("worker started", threads=threads, holder=runtime.holder.id)
    runtime.stopping.wait()
    worker.stop(timeout=int(grace * 1000))
    log.info("worker ended")


def run_scheduler(runtime: Runtime, broker: Broker) -> None:
    """Ask for runs until a signal comes."""
    scheduler = make_scheduler(runtime, declare(broker, runtime))
    on_signals(runtime.stopping.set)
    scheduler.start()
    log.info("scheduler started", bonds=len(runtime.definitions.bonds))
    winding = Winding(scheduler, runtime.clock)
    while not runtime.stopping.wait(LOOK):
        winding.look()
    scheduler.shutdown(wait=False)
    log.info("scheduler ended")
