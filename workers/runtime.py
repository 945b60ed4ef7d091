"""One process of the fleet: definitions, store, clock, shared gateways, and its part in the passes over each bond."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock

from ebond.cli.app import Place
from ebond.clock import SharedClock, SystemClock
from ebond.definitions import Definitions
from ebond.gateway.connection import Observer
from ebond.shared.fleet import Fleet
from ebond.store import Store
from ebond.sync.holder import Holder
from ebond.sync.passes import Pass
from ebond.sync.process import this_process
from ebond.sync.workbench import Workbench
from ebond.tracing import UNTRACED, Tracer


class Runtime:
    """What the actors of one process work with; threads share it."""

    def __init__(self, bench: Workbench, holder: Holder, fleet: Fleet | None, clock: SharedClock, *, kind: str) -> None:
        """``kind`` says what the process does: ``worker``, ``scheduler``."""
        self.bench, self.holder, self.fleet, self.clock, self.kind = bench, holder, fleet, clock, kind
        self.stopping = Event()
        """Set when the process has to end: what is in hand is finished, nothing more is begun."""
        self._lock = Lock()
        self._passes: dict[str, Pass] = {}

    @property
    def definitions(self) -> Definitions:
        """The definitions that this process started with."""
        return self.bench.definitions

    @property
    def store(self) -> Store:
        """The state of all bonds."""
        return self.bench.store

    def part_in(self, bond: str) -> Pass:
        """Return this process's part in the passes over a bond.

        Raises UsageError for a name that the definitions do not know, SecretError for a missing secret.
        """
        with self._lock:
            if bond not in self._passes:
                self._passes[bond] = Pass(self.bench.bond(bond), self.holder)
            return self._passes[bond]


@contextmanager
def runtime(
    place: Place,
    *,
    kind: str,
    environ: Mapping[str, str] = os.environ,
    observer: Observer | None = None,
    tracer: Tracer = UNTRACED,
) -> Iterator[Runtime]:
    """Open all that a process of the fleet works with, and close it in order.

    Raises DefinitionError, SecretError, StoreError and UsageError as the command line does.
    """
    definitions = place.definitions()
    with place.store() as store:
        clock = SharedClock(store.time, SystemClock())
        with Holder(store, name=this_process(), kind=kind, clock=clock, ticking=clock.synchronise) as holder:
            fleet = Fleet.of(environ, clock=clock, processes=lambda: holder.processes)
            try:
                with Workbench(
                    definitions, store, clock=clock, environ=environ, sharing=fleet, observer=observer, tracer=tracer
                ) as bench:
                    yield Runtime(bench, holder, fleet, clock, kind=kind)
            finally:
                if fleet is not None:
                    fleet.close()
