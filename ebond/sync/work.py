"""Working for a run: take links and creates, a few at a time, until nothing is left or the time is over.

Any number of workers do this at once, in any number of processes. What is taken is nobody else's until it is given
back, or until its holder is buried. The threads of one worker never wait for each other: while the last links of a
batch are written, the next batch is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Generic, TypeVar

from ebond.errors import EbondError, LeaseLost, StoreError, Unavailable
from ebond.state import Intent, LinkState, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.create import Creator
from ebond.sync.intend import intend
from ebond.sync.reconcile import reconcile
from ebond.sync.recover import is_recoverable
from ebond.sync.scopes import create_scope, link_scope
from ebond.sync.threads import flow

#: A link that moves again because of our own write (automation, defaults) is planned this often in a run.
ROUNDS: Final = 4
#: Links and creates that a thread takes at a time: few, that the last ones do not wait for one slow thread.
PER_THREAD: Final = 8

Task = Callable[[], None]
T = TypeVar("T", LinkState, Intent)


@dataclass(slots=True, eq=False)
class Taken(Generic[T]):
    """A link or create that is ours until it is given back."""

    item: T
    begun: bool = False
    done: bool = False


class Work:
    """One worker's part in a run; ``threads`` links or creates are worked on at once."""

    def __init__(self, bond: BondContext, run: RunContext, *, creating: tuple[Side, ...], threads: int) -> None:
        self.bond, self.run, self.threads = bond, run, threads
        self.creator = Creator(bond, run)
        self._after = dict.fromkeys(creating, "")
        self._failed: list[int] = []
        self._enough: Callable[[], bool] = lambda: False
        self._links: list[Taken[LinkState]] = []
        self._intents: list[Taken[Intent]] = []

    def go(self, *, enough: Callable[[], bool] = lambda: False) -> None:
        """Work until nothing is left to take, or ``enough`` says so between two records. Raises what ends the run."""
        self._enough = enough
        self.run = replace(self.run, enough=enough)
        try:
            # Once more, for links that moved again because of our own last writes.
            while not enough() and self._shift():
                pass
        except Unavailable:
            # The failures before it were the system's, too.
            self.bond.store.forgive(self.bond.name, self._failed)
            raise

    def _shift(self) -> bool:
        """Take and do all that there is; False where there was nothing."""
        some = False
        try:
            for _ in flow(self._tasks(), workers=self.threads):
                some = True
                self.bond.watcher.done(1)
        except EbondError as error:
            self._put_down(error)
            raise
        finally:
            self._give_back(self._links)
            self._let_go(self._intents)
        return some

    def _tasks(self) -> Iterator[Task]:
        """Take links before creates, a few at a time, as the threads get through them."""
        while not self._enough():
            # Whoever was taken for dead, or paused, takes nothing.
            self.run.guard()
            tasks = self._take_links() or self._take_creates()
            if tasks is None:
                return
            yield from tasks

    # -- links --------------------------------------------------------------------------------------------

    def _take_links(self) -> list[Task]:
        """Take a batch of links; none where there are none."""
        self._give_back([link for link in self._links if link.done])
        links = self.bond.store.claim(
            self.bond.name,
            holder=self.run.holder,
            run_id=self.run.run_id,
            now=self.bond.clock.now(),
            limit=PER_THREAD * self.threads,
            rounds=1 if self.bond.dry else ROUNDS,
        )
        if links:
            self.bond.watcher.todo("links", len(links))
        taken = [Taken(link) for link in links]
        self._links += taken
        return [partial(self._reconcile, link) for link in taken]

    def _reconcile(self, link: Taken[LinkState]) -> None:
        if not self._enough():
            with link_scope(self.bond, link.item):
                if not reconcile(self.bond, self.run, link.item):
                    self._failed.append(link.item.id)
        link.done = True

    def _give_back(self, links: list[Taken[LinkState]]) -> None:
        if links:
            ids = [link.item.id for link in links]
            self.run.give_back(partial(self.bond.store.give_back, self.run.holder, ids))
            self._links = [link for link in self._links if link not in links]

    # -- creates ------------------------------------------------------------------------------------------

    def _take_creates(self) -> list[Task] | None:
        """Decide a batch of creates; None where there was nothing to decide."""
        for source, after in self._after.items():
            strangers = self.bond.store.strangers(self.bond.name, source, after_id=after, limit=self._batch(source))
            if strangers:
                self._after[source] = strangers[-1].id
                intents = intend(self.bond, self.run, source, strangers)
                return [] if self.bond.dry else self._begin(intents)
        return None

    def _batch(self, source: Side) -> int:
        """Decide one at a time where nobody could find out after a crash which of them were made."""
        resource = self.bond.side(source.other).resource
        return PER_THREAD * self.threads if is_recoverable(resource) else 1

    def _begin(self, intents: list[Intent]) -> list[Task]:
        self._let_go([intent for intent in self._intents if intent.done])
        self.bond.watcher.todo("creates", len(intents))
        taken = [Taken(intent) for intent in intents]
        self._intents += taken
        return [partial(self._create, intent) for intent in taken]

    def _create(self, intent: Taken[Intent]) -> None:
        if self._enough():
            self.creator.endings.put_back(intent.item, "its worker had to stop")
        else:
            intent.begun = True
            with create_scope(self.bond, intent.item):
                self.creator.create(intent.item)
        intent.done = True

    def _put_down(self, error: EbondError) -> None:
        """Forget the creates that something kept from being begun."""
        if isinstance(error, StoreError | LeaseLost):
            return
        for intent in self._intents:
            if not (intent.begun or intent.done):
                self.creator.give_back(intent.item, str(error))

    def _let_go(self, intents: list[Taken[Intent]]) -> None:
        """Let others find out what became of creates: of those that have come to an end nothing is left."""
        if intents:
            ids = self.creator.endings.last_tries(intent.item for intent in intents)
            self.run.give_back(partial(self.bond.store.let_go, self.run.holder, ids))
            self._intents = [intent for intent in self._intents if intent not in intents]
