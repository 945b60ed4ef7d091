"""Taking up what systems notified us of: which records are read by id, and whether lists have to be read as well.

Nothing is believed of a notification but which record to look at, so a duplicate, a late or a forged one costs a read
at most. A record that cannot be read yet is looked for again later; it was never seen, and is never taken for deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ebond.state import Side
from ebond.store import Notice
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.observe import Observer
from ebond.sync.watermark import filter_key

#: The kind of a run that notices cause.
NOTIFIED: Final = "notified"
#: Notices taken up at a time, and the most in one run: what is left is the next one's.
BATCH: Final = 500
#: When a record that was told of is looked for again, try by try; then the next list that shows it tells.
AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 1200))


def due_again(tries: int) -> timedelta | None:
    """Return how long to wait before a record is looked for once more, after so many tries before this one."""
    return AGAIN[tries] if tries < len(AGAIN) else None


def needs_lists(bond: BondContext) -> bool:
    """Have the lists to be read for what was told, or are reads by id enough?

    They have to be where a bond never read them, and where a record is told of that ebond does not know: a list says
    whether it belongs to the bond, and whether the other side has its like.
    """
    if not all(_was_listed(bond, bond.side(side)) for side in Side):
        return True
    notices = bond.store.notices(bond.name, now=bond.clock.now(), limit=BATCH)
    return any(not one.is_known and not takes_unknown(bond, bond.side(one.side)) for one in notices)


def takes_unknown(bond: BondContext, side: SideContext) -> bool:
    """May a record that no list has shown be taken from a read by id?"""
    listening = side.resource.listen
    if listening is None or listening.unknown != "read":
        return False
    return not (side.settings.params or side.resource.list.skip or bond.bond.match.keys)


class Hearing:
    """What one run does about the notices of a bond."""

    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self._bond, self._run = bond, run
        self._listed: dict[Side, list[str]] = defaultdict(list)
        self.told_of: set[Side] = set()
        """The sides that notices came from."""

    def take_up(self, observers: Sequence[Observer]) -> None:
        """Have the records read by id that were told of; a crash from here on reads them in the next run."""
        if self._bond.dry or not any(self._bond.side(side).resource.listen for side in Side):
            return
        notices = self._bond.store.notices(self._bond.name, now=self._bond.clock.now(), limit=BATCH)
        for observer in observers:
            self._take_up(observer, [one for one in notices if one.side is observer.side])

    def listed(self) -> None:
        """Forget what was told of that only a list could show: it has been read."""
        for side, ids in self._listed.items():
            self._bond.store.forget_notices(self._bond.name, side, ids)

    def _take_up(self, observer: Observer, notices: Sequence[Notice]) -> None:
        bond, side = self._bond, self._bond.side(observer.side)
        if notices:
            self.told_of.add(side.side)
        wanted = [one for one in notices if one.is_known or takes_unknown(bond, side)]
        self._listed[side.side] = [one.record_id for one in notices if one not in wanted]
        ids = [one.record_id for one in wanted]
        observer.told({one.record_id: one.tries for one in wanted}, bond.store.known(bond.name, side.side, ids))
        bond.store.store_page(
            bond.name,
            side.side,
            run_id=self._run.run_id,
            observations=(),
            stubs=ids,
            told=ids,
            fence=self._run.fence,
            now=bond.clock.now(),
        )


def _was_listed(bond: BondContext, side: SideContext) -> bool:
    mark = bond.store.watermark(bond.name, side.side)
    key = filter_key(side.system, side.resource_name, side.resource, dict(side.settings.params))
    return mark is not None and mark.key == key
