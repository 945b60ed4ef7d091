"""The right to work on a bond: taken, kept alive while the work goes on, given back.

The lease lies in the database with a fence that grows with every taking, so that a worker which lost it cannot
commit. It is short, that a dead worker's bond is free again soon, and a thread renews it, that slow work keeps it.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final

import structlog

from ebond.clock import Clock
from ebond.errors import EbondError, LeaseLost, UsageError
from ebond.store import Store

log = structlog.get_logger("ebond.lease")

#: Seconds for which a lease holds without a sign of life.
TTL: Final = 60.0


def this_process() -> str:
    """Name this process as the holder of a lease: host, process namespace, process id, when it started."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Was the holder a process of this machine that is no more? False where that cannot be told."""
    place, pid, started = owner.rsplit("/", 2) if owner.count("/") >= _PARTS else ("", "", "")
    if place != _place() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(int(pid)) != started


_PARTS: Final = 3


def _place() -> str:
    """Two containers may share a host name, but not the process ids."""
    try:
        return f"{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"{socket.gethostname()}/-"


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: process ids are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"


class Lease:
    """Holds a bond for the length of a ``with`` block; raises UsageError where another process works on it."""

    def __init__(self, store: Store, bond: str, *, owner: str, clock: Clock) -> None:
        self._store, self._bond, self._owner, self._clock = store, bond, owner, clock
        self._ended = Event()
        self._thread = Thread(target=self._keep, name=f"lease-{bond}", daemon=True)
        self._sure_at = 0.0
        self.fence = 0

    def __enter__(self) -> Lease:
        fence = self._take()
        if fence is None:
            holder = self._store.holder(self._bond)
            if holder is not None and is_dead(holder):
                self._store.evict(self._bond, owner=holder)
                fence = self._take()
        if fence is None:
            raise UsageError(
                f"bond {self._bond} is being worked on by another process ({self._store.holder(self._bond)})",
                todo=f"Wait for it; should it be dead, its lease ends within {TTL:.0f} s",
            )
        self.fence = fence
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._store.release(self._bond, owner=self._owner, fence=self.fence)

    def renew(self) -> bool:
        """Prolong the lease; False where it is lost."""
        asked_at = self._clock.monotonic()
        kept = self._store.renew(self._bond, owner=self._owner, fence=self.fence, now=self._clock.now(), ttl=TTL)
        if kept:
            self._sure_at = asked_at
        return kept

    def guard(self) -> None:
        """Raise LeaseLost where the bond may be another worker's: this process may have been stopped for a while."""
        if self._clock.monotonic() - self._sure_at > TTL / 2 and not self.renew():
            raise LeaseLost(f"another process took bond {self._bond} over")

    def _take(self) -> int | None:
        self._sure_at = self._clock.monotonic()
        return self._store.acquire(self._bond, owner=self._owner, now=self._clock.now(), ttl=TTL)

    def _keep(self) -> None:
        while not self._ended.wait(TTL / 3):
            try:
                self.renew()
            except EbondError as error:
                # The work itself will meet the same database; it knows better what to do about it.
                log.warning("lease not renewed", bond=self._bond, reason=str(error))
