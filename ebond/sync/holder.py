"""This process as a holder of bonds, links and creates: it shows signs of life as long as it lives.

Whatever a holder has is free once it is buried, and whoever wants something buries the dead first: those whose
time is over, and at once those that are no more on this machine. A process that was stopped for a while finds out
before its next write, and the fence of each link keeps it from storing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Final

import structlog

from ebond.clock import Clock
from ebond.errors import EbondError, LeaseLost
from ebond.store import Store
from ebond.sync.process import is_dead

log = structlog.get_logger("ebond.holder")

#: Seconds for which a holder counts as alive without a sign of life.
TTL: Final = 15.0
#: Seconds without so much as a try to show life after which a process counts as hanging.
HANGING: Final = 4 * TTL


class Holder:
    """A process that may hold something, for the length of a ``with`` block."""

    def __init__(
        self, store: Store, *, name: str, kind: str, clock: Clock, ticking: Callable[[], None] = lambda: None
    ) -> None:
        """``kind`` says what it does: ``sync``, ``worker``, ``scheduler``; ``ticking`` is called now and then."""
        self._store, self._name, self._kind, self._clock, self._ticking = store, name, kind, clock, ticking
        self._ended = Event()
        self._thread = Thread(target=self._keep, name="holder", daemon=True)
        self._sure_at = self._tried_at = 0.0
        self._buried = False
        self.id = 0
        self.processes = 1
        """How many work, as far as this one knows."""

    def __enter__(self) -> Holder:
        self.bury()
        self._sure_at = self._tried_at = self._clock.monotonic()
        self.id = self._store.register(self._name, kind=self._kind, now=self._clock.now(), ttl=TTL)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._store.retire(self.id)

    def bury(self) -> list[str]:
        """Free what dead holders had; return their names."""
        buried = self._store.bury(now=self._clock.now(), dead=is_dead)
        for name in buried:
            log.warning("holder is dead", holder=name)
        return buried

    def show_life(self) -> bool:
        """Stay alive; False where this holder was buried already."""
        asked_at = self._clock.monotonic()
        processes = self._store.show_life(self.id, now=self._clock.now(), ttl=TTL)
        if processes:
            self._sure_at, self.processes = asked_at, processes
        self._buried = not processes
        return processes > 0

    def is_well(self) -> bool:
        """Is there sense in this process going on? Not where it was buried, or hangs and shows no signs of life.

        A database that is away is no reason: starting the process anew would not bring it back.
        """
        return not self._buried and self._clock.monotonic() - self._tried_at < HANGING

    def guard(self) -> None:
        """Raise LeaseLost where others may have taken over: this process may have been stopped for a while."""
        if self._clock.monotonic() - self._sure_at > TTL / 2 and not self.show_life():
            raise LeaseLost("this process was taken for dead, and others took its work over")

    def _keep(self) -> None:
        while not self._ended.wait(TTL / 3):
            self._tried_at = self._clock.monotonic()
            try:
                self._ticking()
                self.show_life()
            except EbondError as error:
                # The work itself will meet the same database; it knows better what to do about it.
                log.warning("no sign of life", reason=str(error))
