"""Signs of life: what this process holds in Redis is kept while the process lives, and free soon after its death."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Final

from ebond.errors import Away

#: Seconds after which whatever a dead process held is free again.
LEASE: Final = 15.0


class Lifeline:
    """Prolongs what is held, a few times within its lease, on a thread that starts when there is something.

    Leases as long as the longest call would do without, but a killed worker's room would be gone for minutes.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: list[Callable[[], None]] = []
        self._ended = Event()
        self._thread: Thread | None = None

    @contextmanager
    def kept(self, prolong: Callable[[], None]) -> Iterator[None]:
        """Call ``prolong`` now and then for the length of a ``with`` block; it may raise Away."""
        self.keep(prolong)
        try:
            yield
        finally:
            with self._lock:
                self._held.remove(prolong)

    def keep(self, prolong: Callable[[], None]) -> None:
        """Call ``prolong`` now and then from here on; it may raise Away."""
        with self._lock:
            self._held.append(prolong)
            if self._thread is None:
                self._thread = Thread(target=self._go, name="lifeline", daemon=True)
                self._thread.start()

    def show_life(self) -> None:
        """Prolong all that is held."""
        with self._lock:
            held = list(self._held)
        for prolong in held:
            with suppress(Away):
                # Where Redis lost it, nobody is kept out by it either.
                prolong()

    def close(self) -> None:
        """End the thread; what is held is free when its lease is over."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _go(self) -> None:
        while not self._ended.wait(LEASE / 4):
            self.show_life()
