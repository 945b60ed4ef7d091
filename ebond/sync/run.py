"""One pass over a bond: recover, scan both sides, pair, reconcile, create, and close the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import structlog

from ebond.errors import BondStopped, EbondError, LeaseLost, StoreError, Unavailable
from ebond.state import Books, Fate, Intent, LinkState, Side, Stranger
from ebond.sync.books import balance
from ebond.sync.confirm import confirm
from ebond.sync.context import BondContext, RunContext
from ebond.sync.create import Creator
from ebond.sync.failures import ENDS_THE_RUN
from ebond.sync.intend import intend
from ebond.sync.lease import Lease
from ebond.sync.pair import pair
from ebond.sync.reconcile import reconcile
from ebond.sync.recover import is_recoverable
from ebond.sync.scan import Scan, ScanReport
from ebond.sync.threads import each

log = structlog.get_logger("ebond.run")

#: Links or strangers taken from the store at a time; also how often the lease is renewed.
BATCH: Final = 200
#: Creates decided in one transaction; after a crash each of them has to be looked up.
CREATES: Final = 50
#: A link that moves again because of our own write (automation, defaults) is planned again this often in a run.
ROUNDS: Final = 3


@dataclass(slots=True)
class RunReport:
    """What a run did, for the operator."""

    bond: str
    run_id: int
    status: str = "running"
    """``ok``, ``unbalanced``, ``failed`` or ``stopped``."""
    books: Books = field(default_factory=Books)
    paired: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    """HTTP calls by system."""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    error: EbondError | None = None

    @property
    def ok(self) -> bool:
        return self.status == "ok"


def run_bond(bond: BondContext, *, owner: str, kind: str = "sync") -> RunReport:
    """Make one pass over a bond under its lease.

    An error of a system ends the run and is returned in the report; UsageError is raised where another worker
    holds the bond.
    """
    with Lease(bond.store, bond.name, owner=owner, clock=bond.clock) as lease:
        run_id = bond.store.begin(bond.name, kind=kind, now=bond.clock.now())

        def guard() -> None:
            _not_paused(bond)
            lease.guard()

        return _Run(bond, RunContext(run_id, lease.fence, guard), lease).go()


def _not_paused(bond: BondContext) -> None:
    if bond.store.is_paused(bond.name):
        raise BondStopped(f"bond {bond.name} is paused", todo="Nothing is lost; resume it when it may go on")


class _Run:
    def __init__(self, bond: BondContext, run: RunContext, lease: Lease) -> None:
        self.bond, self.run, self.lease = bond, run, lease
        self.creator = Creator(bond, run)
        self.report = RunReport(bond.name, run.run_id)
        self.scans: list[ScanReport] = []
        self.failed: list[int] = []
        """Links that failed in this run."""

    def go(self) -> RunReport:
        started = self.bond.clock.monotonic()
        calls = self._calls()
        try:
            self._pass()
            self.report.status = "ok"
        except BondStopped as error:
            self.report.status, self.report.error = "stopped", error
        except EbondError as error:
            self.report.status, self.report.error = "failed", error
            if isinstance(error, Unavailable) and self.failed:
                self.bond.store.forgive(self.bond.name, self.failed)
        except (KeyboardInterrupt, SystemExit):
            self.report.status = "interrupted"
            self._close()
            raise
        self.report.seconds = self.bond.clock.monotonic() - started
        self.report.calls = {name: count - calls.get(name, 0) for name, count in self._calls().items()}
        self._close()
        return self.report

    def _calls(self) -> dict[str, int]:
        return {side.system: side.calls() for side in (self.bond.left, self.bond.right)}

    def _pass(self) -> None:
        if not self.bond.dry:
            _not_paused(self.bond)
        self._after_a_new_mapping()
        if not self.bond.dry:
            self._recover()
        self._scan()
        if not self.bond.dry:
            self._adopt_seen()
        self.report.paired = pair(self.bond, self.run)
        self._reconcile()
        self._create()
        if not self.bond.dry:
            self._reconcile()

    def _close(self) -> None:
        """Balance the books and store the run; books that do not balance are not a success."""
        if self.report.ok and not self.bond.dry:
            self.bond.store.close_open(self.bond.name, self.run.run_id)
        at_once: Counter[Fate] = sum((report.fates for report in self.scans), Counter())
        self.report.books = balance(at_once, self.bond.store.fates(self.run.run_id))
        self.report.faults = [fault for report in self.scans for fault in report.faults]
        if self.report.ok and not self.bond.dry and not self.report.books.balanced:
            self.report.status = "unbalanced"
        stopped = str(self.report.error) if self.report.status == "stopped" else None
        self.bond.store.set_stop_reason(self.bond.name, stopped)
        self.bond.store.finish(
            self.run.run_id,
            now=self.bond.clock.now(),
            status=self.report.status,
            books=self.report.books,
            calls=sum(self.report.calls.values()),
            error=str(self.report.error) if self.report.error else None,
        )

    # -- the parts of a pass ------------------------------------------------------------------------------

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
        for intent in self.bond.store.unresolved(self.bond.name):
            try:
                self.creator.recover(intent)
            except ENDS_THE_RUN:
                raise
            except EbondError as error:
                # One create that cannot be looked up must not stop the rest; it stays open.
                log.warning("create not recovered", bond=self.bond.name, sync_id=intent.sync_id, reason=str(error))
                self.bond.watcher.holding(intent.target.other, intent.source_id, str(error))

    def _scan(self) -> None:
        """Read both sides' feeds at once, then what they could not tell."""
        scans = [Scan(self.bond, side, self.run) for side in (self.bond.left, self.bond.right)]
        self.scans = [one.report for one in scans]
        for _ in each(Scan.run, scans, workers=min(2, self.bond.bond.workers)):
            pass
        for one in scans:
            self.failed += confirm(self.bond, one.side, self.run, one.observer)

    def _adopt_seen(self) -> None:
        intents = self.bond.store.unresolved(self.bond.name)
        if intents:
            for side in (self.bond.left, self.bond.right):
                self.creator.adopt_seen(intents, chain.from_iterable(self._strangers(side.side)), side)

    def _reconcile(self) -> None:
        for _ in range(1 if self.bond.dry else ROUNDS):
            if not self._reconcile_once():
                return

    def _reconcile_once(self) -> int:
        count = 0
        for batch in self._dirty():
            self.bond.watcher.todo("links", len(batch))
            done = each(lambda link: reconcile(self.bond, self.run, link), batch, workers=self.bond.bond.workers)
            for link, went_well in zip(batch, done, strict=True):
                self.bond.watcher.done(1)
                if not went_well:
                    self.failed.append(link.id)
            count += len(batch)
        return count

    def _dirty(self) -> Iterator[list[LinkState]]:
        after = 0
        while batch := self.bond.store.dirty(self.bond.name, now=self.bond.clock.now(), after_id=after, limit=BATCH):
            yield batch
            after = batch[-1].id
            self._renew()

    def _create(self) -> None:
        for source in (self.bond.left, self.bond.right):
            target = self.bond.side(source.side.other)
            if not (target.settings.create and target.resource.create):
                self.bond.store.set_fates(self.bond.name, source.side, self.run.run_id, Fate.FILTERED)
                continue
            if self._may_be_ours(source.side):
                self.bond.store.set_fates(self.bond.name, source.side, self.run.run_id, Fate.HELD)
                continue
            self._create_from(source.side)

    def _may_be_ours(self, side: Side) -> bool:
        """May a stranger of this side be the record that an open create made? Then none is created back."""
        return any(intent.target is side for intent in self.bond.store.unresolved(self.bond.name))

    def _create_from(self, source: Side) -> None:
        """Decide and send the creates of one side.

        Few are decided at a time where nobody could find out after a crash which of them were made.
        """
        resource = self.bond.side(source.other).resource
        limit = CREATES if is_recoverable(resource) else self.bond.bond.workers
        for batch in self._strangers(source, limit):
            intents = intend(self.bond, self.run, source, batch)
            if self.bond.dry:
                continue
            self.bond.watcher.todo("creates", len(intents))
            self._send(intents)

    def _send(self, intents: list[Intent]) -> None:
        begun: set[str] = set()

        def create(intent: Intent) -> None:
            begun.add(intent.sync_id)
            self.creator.create(intent)

        try:
            for _ in each(create, intents, workers=self.bond.bond.workers):
                self.bond.watcher.done(1)
        except EbondError as error:
            for intent in intents:
                if intent.sync_id not in begun and not isinstance(error, StoreError | LeaseLost):
                    self.creator.give_back(intent, str(error))
            raise

    def _strangers(self, side: Side, limit: int = BATCH) -> Iterator[list[Stranger]]:
        after = ""
        while batch := self.bond.store.strangers(self.bond.name, side, after_id=after, limit=limit):
            yield batch
            after = batch[-1].id
            self._renew()

    def _renew(self) -> None:
        if not self.lease.renew():
            raise LeaseLost(f"another process took bond {self.bond.name} over")
