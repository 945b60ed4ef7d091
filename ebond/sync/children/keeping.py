"""What is known of a link's children, as one run of a bond reads and stores it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ebond.children import Child
from ebond.state import Entry, LinkState, Side
from ebond.store import ChildTable, Known
from ebond.sync.context import BondContext, RunContext

C = TypeVar("C", bound=Child)


@dataclass(frozen=True, slots=True)
class Keeping(Generic[C]):
    """One kind of children in one run of a bond; threads may share it."""

    bond: BondContext
    run: RunContext
    table: ChildTable[C]

    def known(self, link: LinkState) -> Known[C]:
        """Return what is known of a link's children."""
        return self.bond.store.children(self.table, self.bond.name, link.id)

    def stored(self, link: LinkState, one: C) -> C:
        """Return a child as it is stored by now."""
        return next(row for row in self.known(link).of(one.side) if row.id == one.id)

    def note(
        self,
        link: LinkState,
        children: Sequence[C],
        *,
        read: Mapping[Side, str] | None = None,
        again: bool = False,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what became of them, and up to where they were read; ``again`` leaves the link dirty.

        Raises LeaseLost where another worker has the link by now.
        """
        self.bond.store.note_children(
            self.table,
            self.bond.name,
            link.id,
            children,
            fence=link.fence,
            run_id=self.run.run_id,
            now=self.bond.clock.now(),
            read=read,
            again=again,
            entries=[replace(entry, link_id=link.id) for entry in entries],
        )
