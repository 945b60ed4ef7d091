"""Working for a run: take links and creates, a few at a time, until nothing is left or the time is over.

Any number of workers do this at once, in any number of processes. What is taken is nobody else's until it is given
back, or until its holder is buried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ebond.errors import EbondError, LeaseLost, StoreError, Unavailable
from ebond.state import Intent, LinkState, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.create import Creator
from ebond.sync.intend import intend
from ebond.sync.reconcile import reconcile
from ebond.sync.recover import is_recoverable
from ebond.sync.threads import each

#: A link that moves again because of our own write (automation, defaults) is planned this often in a run.
ROUNDS: Final = 4
#: Links and creates that a thread takes at a time: few, that the last ones do not wait for one slow thread.
PER_THREAD: Final = 8


class Work:
    """One worker's part in a run; ``threads`` links or creates are worked on at once."""

    def __init__(self, bond: BondContext, run: RunContext, *, creating: tuple[Side, ...], threads: int) -> None:
        self.bond, self.run, self.threads = bond, run, threads
        self.creator = Creator(bond, run)
        self._after = dict.fromkeys(creating, "")
        self._failed: list[int] = []
        self._enough: Callable[[], bool] = lambda: False

    def go(self, *, enough: Callable[[], bool] = lambda: False) -> None:
        """Work until nothing is left to take, or ``enough`` says so between two records. Raises what ends the run."""
        self._enough = enough
        try:
            while not enough() and (self._links() or self._creates()):
                pass
        except Unavailable:
            # The failures before it were the system's, too.
            self.bond.store.forgive(self.bond.name, self._failed)
            raise

    # -- links --------------------------------------------------------------------------------------------

    def _links(self) -> bool:
        """Take a batch of links and bring them in step; False where there was none."""
        links = self.bond.store.claim(
            self.bond.name,
            holder=self.run.holder,
            run_id=self.run.run_id,
            now=self.bond.clock.now(),
            limit=PER_THREAD * self.threads,
            rounds=1 if self.bond.dry else ROUNDS,
        )
        if not links:
            return False
        self.bond.watcher.todo("links", len(links))
        try:
            for link, went_well in zip(links, each(self._reconcile, links, workers=self.threads), strict=True):
                self.bond.watcher.done(1)
                if went_well is False:
                    self._failed.append(link.id)
        finally:
            self.bond.store.give_back(self.run.holder, [link.id for link in links])
        return True

    def _reconcile(self, link: LinkState) -> bool | None:
        return None if self._enough() else reconcile(self.bond, self.run, link)

    # -- creates ------------------------------------------------------------------------------------------

    def _creates(self) -> bool:
        """Decide a batch of creates and send them; False where there was nothing to decide."""
        for source, after in self._after.items():
            strangers = self.bond.store.strangers(self.bond.name, source, after_id=after, limit=self._batch(source))
            if strangers:
                self._after[source] = strangers[-1].id
                intents = intend(self.bond, self.run, source, strangers)
                if not self.bond.dry:
                    self._send(intents)
                return True
        return False

    def _batch(self, source: Side) -> int:
        """Decide few at a time where nobody could find out after a crash which of them were made."""
        resource = self.bond.side(source.other).resource
        return PER_THREAD * self.threads if is_recoverable(resource) else self.threads

    def _send(self, intents: list[Intent]) -> None:
        begun: set[str] = set()

        def create(intent: Intent) -> None:
            if self._enough():
                self.creator.endings.put_back(intent, "its worker had to stop")
                return
            begun.add(intent.sync_id)
            self.creator.create(intent)

        self.bond.watcher.todo("creates", len(intents))
        try:
            for _ in each(create, intents, workers=self.threads):
                self.bond.watcher.done(1)
        except EbondError as error:
            for intent in intents:
                if intent.sync_id not in begun and not isinstance(error, StoreError | LeaseLost):
                    self.creator.give_back(intent, str(error))
            raise
        finally:
            self.bond.store.let_go(self.run.holder, intents)
