"""Opening a pass: find out about open creates, scan both sides, and pair. One process does it for a bond at a time.

What is left afterwards, links to reconcile and records to create, is any worker's to take (``work``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain

import structlog

from ebond.errors import ENDS_THE_RUN, EbondError
from ebond.state import Fate, Side, Stranger
from ebond.store import COMMENT_TABLE, FILE_TABLE, Opened
from ebond.sync.comments.feed import read_feed
from ebond.sync.confirm import confirm
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.create import Creator
from ebond.sync.deletes.follow import follow_deletes
from ebond.sync.heard import Hearing
from ebond.sync.observe import Observer
from ebond.sync.pair import pair
from ebond.sync.reset import stop_if_reset
from ebond.sync.scan import Scan, ScanReport
from ebond.sync.scopes import create_scope
from ebond.sync.threads import each

log = structlog.get_logger("ebond.opening")

#: Strangers taken from the store at a time.
BATCH = 200


class Opening:
    """The first phase of one run of a bond; what it found stands in ``scans`` even where it did not end well."""

    def __init__(self, bond: BondContext, run: RunContext, *, listing: bool = True, sweep: bool = False) -> None:
        """Without ``listing`` no list is read, only what was told of; with ``sweep`` each is read whole."""
        self.bond, self.run, self._listing, self._sweep = bond, run, listing, sweep
        self.scans: list[ScanReport] = []
        self.paired = 0
        self.creating: tuple[Side, ...] = ()
        """The sides whose strangers are created on the other."""
        self.failed: list[int] = []
        """Links that failed."""
        self._unresolved = False
        """Were there open creates at the beginning? While a pass is opened none are added."""

    def go(self) -> None:
        """Do all that has to be done before links and creates can be worked on. Raises what ends the run."""
        self._after_a_new_mapping()
        if self.bond.mapping.refers:
            self.bond.store.touch_met(self.bond.name)
        if not self.bond.dry:
            self._recover()
        stop_if_reset(self.bond, self.run, self._scan())
        if not self.bond.dry:
            self._adopt_seen()
        self.failed += follow_deletes(self.bond, self.run)
        self.paired = pair(self.bond, self.run)
        self.creating = tuple(side for side in Side if self._creates(side))

    def found(self, *, calls: int) -> Opened:
        """Return what is known now."""
        return Opened(
            at_once=sum((report.fates for report in self.scans), Counter()),
            faults=tuple(fault for report in self.scans for fault in report.faults),
            creating=self.creating,
            paired=self.paired,
            calls=calls,
        )

    # -- the parts ----------------------------------------------------------------------------------------

    def _after_a_new_mapping(self) -> None:
        """After a change of mapping, fields that were held deserve another look, and other fields other bases."""
        store, salt, name = self.bond.store, self.bond.policy.salt, self.bond.name
        if store.mapping_digest(name) == salt:
            return
        rules = {rule.name: [rule.left, rule.right] for rule in self.bond.mapping.rules}
        before = store.rules(name) or {}
        other = [rule for rule, fields in before.items() if rules.get(rule) != fields]
        if other:
            store.forget_rules(name, other)
        store.set_rules(name, rules)
        store.touch_held(name)
        store.set_mapping_digest(name, salt)

    def _recover(self) -> None:
        """Find out what became of the creates that nobody has in hand any more."""
        self._unresolved = bool(self.bond.store.unresolved(self.bond.name))
        if not self._unresolved:
            return
        intents = self.bond.store.take_over(self.bond.name, holder=self.run.holder)
        creator = Creator(self.bond, self.run)
        try:
            for intent in intents:
                try:
                    with create_scope(self.bond, intent):
                        creator.recover(intent)
                except ENDS_THE_RUN:
                    raise
                except EbondError as error:
                    # One create that cannot be looked up must not stop the rest; it stays open.
                    log.warning("create not recovered", bond=self.bond.name, sync_id=intent.sync_id, reason=str(error))
                    self.bond.watcher.holding(intent.target.other, intent.source_id, str(error))
        finally:
            ids = creator.endings.last_tries(intents)
            self.run.give_back(partial(self.bond.store.let_go, self.run.holder, ids))

    def _scan(self) -> list[Observer]:
        """Read both sides' feeds at once, then what they could not tell and what notices named."""
        scans = [Scan(self.bond, side, self.run, sweep=self._sweep) for side in (self.bond.left, self.bond.right)]
        self.scans = [one.report for one in scans]
        hearing = Hearing(self.bond, self.run)
        hearing.take_up([one.observer for one in scans])
        if self._listing:
            for _ in each(Scan.run, scans, workers=min(2, self.bond.bond.workers)):
                pass
            hearing.listed()
        for one in scans:
            self.failed += confirm(self.bond, one.side, self.run, one.observer)
        if self.bond.comments is not None:
            for side in (self.bond.left, self.bond.right):
                if self._may_have_news(side, hearing):
                    read_feed(self.bond, side, self.run)
            self.bond.store.touch_under_way(COMMENT_TABLE, self.bond.name)
        if self.bond.files is not None:
            self.bond.store.touch_under_way(FILE_TABLE, self.bond.name)
        return [one.observer for one in scans]

    def _may_have_news(self, side: SideContext, hearing: Hearing) -> bool:
        """Is a side's feed of comments to be read? Where no list is, only after a notice, or to find what is in doubt.

        What was sent and is in doubt would be sent again where the feed was not looked at.
        """
        if self._listing or side.side in hearing.told_of:
            return True
        return side.side.other in self.bond.store.sides_in_doubt(self.bond.name)

    def _adopt_seen(self) -> None:
        """Adopt what the scans showed of creates whose answer was lost."""
        if not self._unresolved:
            return
        intents = self.bond.store.take_over(self.bond.name, holder=self.run.holder)
        if not intents:
            return
        creator = Creator(self.bond, self.run)
        try:
            for side in (self.bond.left, self.bond.right):
                creator.adopt_seen(intents, chain.from_iterable(self._strangers(side.side)), side)
        finally:
            ids = creator.endings.last_tries(intents)
            self.run.give_back(partial(self.bond.store.let_go, self.run.holder, ids))

    def _strangers(self, side: Side) -> Iterator[list[Stranger]]:
        after = ""
        while batch := self.bond.store.strangers(self.bond.name, side, after_id=after, limit=BATCH):
            yield batch
            after = batch[-1].id

    def _creates(self, source: Side) -> bool:
        """Are this side's strangers created on the other? What becomes of them otherwise is decided here."""
        target = self.bond.side(source.other)
        if not (target.settings.create and target.resource.create):
            self.bond.store.set_fates(self.bond.name, source, self.run.run_id, Fate.FILTERED)
            return False
        if self._may_be_ours(source):
            self.bond.store.set_fates(self.bond.name, source, self.run.run_id, Fate.HELD)
            return False
        return True

    def _may_be_ours(self, side: Side) -> bool:
        """May a stranger of this side be the record that an open create made? Then none is created back."""
        if not (self._unresolved or self.bond.dry):
            return False
        return any(intent.target is side for intent in self.bond.store.unresolved(self.bond.name))
