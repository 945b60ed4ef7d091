"""This process as a holder of bonds, links and creates: it shows signs of life as long as it lives.

Whatever a holder has is free once it is buried, and whoever wants something buries the dead first: those whose
time is over, and at once those that are no more on this machine. A process that was stopped for a while finds out
before its next write, and the fence of each link keeps it from storing anything. It goes on as another holder, who
has nothing in hand.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Final

import structlog

from ebond.clock import Clock
from ebond.errors import EbondError, LeaseLost, StoreError
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
        self._lock = RLock()
        self._owed: list[Callable[[], None]] = []
        self._sure_at = self._tried_at = 0.0
        self.id = 0
        """Another one after this process was taken for dead; 0 once it is at its end."""
        self.processes = 1
        """How many work, as far as this one knows."""

    def __enter__(self) -> Holder:
        self._bury()
        self._register()
        self._tried_at = self._sure_at
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        # Threads that are still at work write nothing more from here on: what they hold is about to be free.
        last, self.id = self.id, 0
        self._store.retire(last)

    def bury(self) -> list[str]:
        """Free what dead holders had; return their names. Whoever can bury is alive, however late it is."""
        self.show_life()
        return self._bury()

    def _bury(self) -> list[str]:
        buried = self._store.bury(now=self._clock.now(), dead=is_dead)
        for name in buried:
            log.warning("holder is dead", holder=name)
        return buried

    def show_life(self) -> None:
        """Stay alive; who was buried meanwhile goes on as another holder, with nothing in hand."""
        with self._lock:
            asked_at = self._clock.monotonic()
            processes = self._store.show_life(self.id, now=self._clock.now(), ttl=TTL)
            if processes:
                self._sure_at, self.processes = asked_at, processes
            elif self.id:
                self._register()
                log.warning("this process was taken for dead; it begins anew")

    def is_well(self) -> bool:
        """Is there sense in this process going on? Not where it hangs, and does not even try to show life.

        A database that is away is no reason: starting the process anew would not bring it back.
        """
        return self._clock.monotonic() - self._tried_at < HANGING

    def _register(self) -> None:
        self._sure_at = self._clock.monotonic()
        self.id = self._store.register(self._name, kind=self._kind, now=self._clock.now(), ttl=TTL)

    def guard(self, holder: int) -> None:
        """Raise LeaseLost where others may have taken over what this process had in hand as ``holder``.

        It may have been stopped for a while since it took that.
        """
        if holder == self.id and self._clock.monotonic() - self._sure_at > TTL / 2:
            self.show_life()
        if holder != self.id:
            raise LeaseLost("this process was taken for dead, and others took its work over")

    def give_back(self, giving: Callable[[], None]) -> None:
        """Give something back, now or as soon as the database can be reached.

        Nobody else could take it while this process lives.
        """
        try:
            giving()
        except StoreError as error:
            log.warning("not given back yet", reason=str(error))
            self._owed.append(giving)

    def _settle_debts(self) -> None:
        while self._owed:
            self._owed[0]()
            self._owed.pop(0)

    def _keep(self) -> None:
        while not self._ended.wait(TTL / 3):
            self._tried_at = self._clock.monotonic()
            try:
                self._ticking()
                self.show_life()
                self._settle_debts()
            except EbondError as error:
                # The work itself will meet the same database; it knows better what to do about it.
                log.warning("no sign of life", reason=str(error))
