"""The actors: short, carrying names only, and never the last to know. Whatever they miss, the sweep finds.

``scan`` opens a pass over a bond where one is due and works on it; ``work`` joins in a pass that is open; ``sweep``
rings for what waits. Each may be rung twice, late, or for nothing: they look in the database what there is to do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final

import dramatiq
import structlog

from ebond.errors import EbondError, LeaseLost, Paused
from ebond.sync.heard import NOTIFIED
from ebond.sync.work import PER_THREAD
from workers.bells import Bells
from workers.retention import Retention
from workers.runtime import Runtime

log = structlog.get_logger("ebond.actor")

#: Seconds after which a worker lets others have its turn: a scan must not wait long for a thread.
SLICE: Final = 3.0
#: Seconds for which a run may be worked on at least, before the next one is opened.
SHORTEST_RUN: Final = 60.0
#: Between two prunings of the whole fleet.
PRUNING: Final = timedelta(hours=1)


class Actors:
    """What the actors do, apart from how they are called."""

    def __init__(self, runtime: Runtime, bells: Bells) -> None:
        self._runtime, self._bells = runtime, bells
        self._retention = Retention.of(runtime.bench.environ)

    def scan(self, bond: str) -> None:
        """Open a pass over a bond, where one is due and nobody has it in hand, and begin to work on it."""
        runtime, due = self._runtime, partial(self._is_due, bond)
        if runtime.stopping.is_set() or not due():
            return
        part = runtime.part_in(bond)
        if part.has_work():
            self.work(bond)
            return
        kind = "scheduled" if runtime.store.overdue(now=runtime.clock.now(), bond=bond, told=False) else NOTIFIED
        opened = part.open(kind=kind, work_for=max(part.bond.bond.schedule.every, SHORTEST_RUN), due=due)
        if opened is None:
            return
        if opened.error is not None:
            log.warning("run ended", bond=bond, run=opened.run_id, status=opened.status, reason=str(opened.error))
            return
        joiners = part.joiners()
        if joiners:
            self._bells.work(bond, times=joiners - 1)
            self.work(bond)
        else:
            part.close()
            self._next(bond)

    def work(self, bond: str) -> None:
        """Join in the pass over a bond for a while; whoever is last closes it."""
        part = self._runtime.part_in(bond)
        error = part.work(threads=1, enough=self._slice())
        if error is not None:
            log.warning("run ends", bond=bond, reason=str(error))
        if part.has_work():
            self._bells.work(bond)
        elif part.close():
            self._next(bond)

    def _next(self, bond: str) -> None:
        """Ring for the next run where it was asked for meanwhile."""
        if self._is_due(bond):
            self._bells.scan(bond)

    def sweep(self) -> None:
        """Free what dead processes held, ring for every bond that waits, and forget what is old."""
        runtime = self._runtime
        runtime.holder.bury()
        for bond in runtime.store.overdue(now=runtime.clock.now()):
            if bond in runtime.definitions.bonds:
                # One that cannot be worked on, for want of a secret, keeps the others from nothing.
                guarded("sweep", partial(self._ring_for, bond), bond)
        self._prune()

    def _ring_for(self, bond: str) -> None:
        part = self._runtime.part_in(bond)
        if not part.has_work():
            self._bells.scan(bond)
            return
        busy = -(-self._runtime.store.count_in_hand(bond) // PER_THREAD)
        self._bells.work(bond, times=max(part.joiners() - busy, 0))

    def _prune(self) -> None:
        store, now = self._runtime.store, self._runtime.clock.now()
        if not store.prune_due(now=now, again=now + PRUNING):
            return
        keep = self._retention
        done = store.prune(runs_before=now - keep.runs, journal_before=now - keep.journal, enough=self._slice())
        if not done.whole:
            # The next sweep goes on: a worker is not kept from bonds for long.
            store.prune_due(now=now + PRUNING, again=now)
        if done.runs or done.lines or done.links:
            log.info("pruned", runs=done.runs, journal_lines=done.lines, ended_links=done.links)

    def _is_due(self, bond: str) -> bool:
        return bool(self._runtime.store.overdue(now=self._runtime.clock.now(), bond=bond))

    def _slice(self) -> Callable[[], bool]:
        clock, stopping = self._runtime.clock, self._runtime.stopping
        ends = clock.monotonic() + SLICE
        return lambda: stopping.is_set() or clock.monotonic() >= ends


def declare(broker: dramatiq.Broker, runtime: Runtime) -> Bells:
    """Declare the actors of a process on a broker; return their doorbells."""
    actors: list[Actors] = []

    def call(name: str, *ids: str) -> None:
        guarded(name, partial(getattr(actors[0], name), *ids), ids[0] if ids else None)

    bells = Bells(*(_actor(broker, partial(call, name), name, priority) for name, priority in _QUEUES))
    actors.append(Actors(runtime, bells))
    return bells


#: The actors, each with a queue of its own and how soon its messages are taken: the lowest first.
_QUEUES: Final = (("scan", 1), ("work", 2), ("sweep", 0))


def _actor(
    broker: dramatiq.Broker, function: Callable[..., None], name: str, priority: int
) -> dramatiq.Actor[Any, Any]:
    return dramatiq.Actor(
        function, broker=broker, actor_name=name, queue_name=name, priority=priority, options={"max_retries": 0}
    )


def guarded(name: str, work: Callable[[], None], bond: str | None) -> None:
    """Do a piece of work; what goes wrong is logged, and found again in the database.

    An error let out would put the message aside as dead, with a traceback in Redis.
    """
    with structlog.contextvars.bound_contextvars(actor=name, bond=bond):
        try:
            work()
        except (LeaseLost, Paused) as error:
            log.info("stopped", reason=str(error))
        except EbondError as error:
            log.error("failed", kind=type(error).__name__, reason=str(error))
        except Exception:
            log.exception("failed unexpectedly")
