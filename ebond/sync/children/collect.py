"""Reading what a link's sides show of their children, where something shows that they moved, and storing what follows.

What is to be carried is stored before the link's fields are settled, so a crash in between leaves the link dirty.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

from ebond.children import IN_DOUBT, Child
from ebond.mapping.frozen import fingerprint
from ebond.state import LinkState, RecordState, Side
from ebond.store import ChildTable, Known
from ebond.sync.children.batches import Batch
from ebond.sync.children.found import Found
from ebond.sync.children.keeping import Keeping
from ebond.sync.context import BondContext, RunContext

C = TypeVar("C", bound=Child)
S = TypeVar("S")


class ChildCollector(ABC, Generic[C, S]):
    """Collects the children of links, of one kind, for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, table: ChildTable[C], *, shown_by: str) -> None:
        self.bond, self.run = bond, run
        #: The name under which a view keeps what shows that a record's children moved.
        self.shown_by = shown_by
        self._kept = Keeping(bond, run, table)

    def collect(self, link: LinkState) -> None:
        """Bring what is known of a link's children up to date; the link stays dirty while any is to be carried.

        Raises what reading them raises; what was read until then is stored.
        """
        known = self._kept.known(link)
        for side in Side:
            mark = self._mark(link, side)
            if mark == known.read[side] and not self._must_look(known, side):
                continue
            for batch in self._batches(side, link.side(side), known):
                self._sort(link, side, known, batch, mark)
                known = self._kept.known(link)

    def _sort(self, link: LinkState, side: Side, known: Known[C], batch: Batch[S], mark: str) -> None:
        over = batch.last and all(self._is_over(one) for one in self._doubtful(known, side))
        found = self._found(link, side, known, batch, doubt_over=over)
        read = {side: mark} if batch.last and not found.waiting else {}
        self._kept.note(link, found.changes, read=read, again=found.is_unsettled, entries=found.entries)

    def _is_over(self, one: C) -> bool:
        """Can what was sent be seen by now, if it arrived? What this run sent, it has not looked for yet."""
        return one.run_id != self.run.run_id and (one.at is None or self.bond.clock.now() >= one.at)

    def _doubtful(self, known: Known[C], side: Side) -> list[C]:
        """Return what was sent to a side and may or may not have arrived."""
        return [one for one in known.of(side.other) if self._is_doubtful(one)]

    def _is_doubtful(self, one: C) -> bool:
        return one.state in IN_DOUBT

    def _mark(self, link: LinkState, side: Side) -> str:
        """Return what shows whether a record's children moved since they were last read."""
        return fingerprint(link.side(side).view.get(self.shown_by), size=8).hex()

    def _must_look(self, known: Known[C], side: Side) -> bool:
        """Is there something to look for, though the record shows nothing new?"""
        return bool(self._doubtful(known, side))

    @abstractmethod
    def _batches(self, side: Side, record: RecordState, known: Known[C]) -> Iterator[Batch[S]]:
        """Yield what a record's children look like now."""

    @abstractmethod
    def _found(self, link: LinkState, side: Side, known: Known[C], batch: Batch[S], *, doubt_over: bool) -> Found[C]:
        """Sort out what a side shows; ``doubt_over``: whatever was sent before can be seen by now, if it arrived."""
