"""Scanning one side: page through its feed, store what was seen, mark links dirty, move the watermark.

Nothing is decided here, and nothing is read by id: what a list cannot tell is noted, and read afterwards
(``confirm``). A page is stored in one transaction, with the links it makes dirty; the watermark moves in the
transaction of the last page, so a crash in between reads the same pages again and does nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from ebond.definitions.system import Resource
from ebond.errors import FeedError
from ebond.records.resource import Page, Seen
from ebond.state import Entry, Fate, Observation, Watermark
from ebond.sync import watermark
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.observe import Findings, Observer, odd_entry
from ebond.sync.shown import ShownIds

log = structlog.get_logger("ebond.scan")


@dataclass(slots=True)
class ScanReport:
    """What one scan read; rows under OPEN are decided later in the run."""

    fates: Counter[Fate] = field(default_factory=Counter)
    rows: int = 0
    full: bool = False
    newest: datetime | None = None
    server_start: datetime | None = None
    pages: int = 0
    changed_meanwhile: bool = False
    faults: list[str] = field(default_factory=list)

    def notice(self, page: Page) -> None:
        """Take down what the watermark is computed from."""
        if self.pages == 0:
            self.server_start = page.server_now
        self.pages += 1
        self.rows += len(page.rows)
        newest = max((row.updated for row in page.rows if row.updated is not None), default=None)
        if newest is None:
            return
        if self.newest is None or newest > self.newest:
            self.newest = newest
        if self.server_start is not None and newest >= self.server_start:
            self.changed_meanwhile = True

    def reached(self, floor: datetime | None, resource: Resource, *, now: datetime) -> datetime | None:
        """Return how far a feed has been read after its last page; ``now`` is ours, where the server tells no time."""
        if resource.list.rows == "ids" and resource.list.since is not None:
            # Bare ids have no stamps: all that changed until the server answered is among them.
            self.newest = self.server_start
        shifted = self.pages > 1 and resource.list.paging.kind in ("offset", "page") and self.changed_meanwhile
        return watermark.advance(floor, newest=self.newest, server_start=self.server_start or now, shifted=shifted)


class Scan:
    """One reading of a side's feed to its end; ``report`` grows while it runs."""

    def __init__(self, bond: BondContext, side: SideContext, run: RunContext, *, sweep: bool = False) -> None:
        """With ``sweep`` the whole list is read, due or not."""
        self.bond, self.side, self.context, self._sweep = bond, side, run, sweep
        self.report = ScanReport()
        self.observer = Observer(bond, side, run.run_id)
        self.report.fates = self.observer.fates
        self.shown = ShownIds()
        """The ids that a full scan has shown: to note each in the database would cost a write for every record."""
        self.extra = dict(side.settings.params)
        self.key = watermark.filter_key(side.system, side.resource_name, side.resource, self.extra)

    def run(self) -> ScanReport:
        """Read the feed.

        Raises FeedError where the list cannot be trusted, AnswerError and CallError from below; whatever was
        stored until then stays, and the watermark stays where it was.
        """
        store, side = self.bond.store, self.side
        now = self.bond.clock.now()
        mark = store.watermark(self.bond.name, side.side)
        due = watermark.start(mark, self.key, side.resource, schedule=self.bond.bond.schedule, now=now)
        floor = None if self._sweep else due
        self.report.full = self.observer.full = floor is None
        page: Page | None = None
        for page in side.client.pages(floor, self.extra):
            self.report.notice(page)
            if not page.last:
                self._store(page, None)
        if self.report.full:
            self._not_suddenly_empty()
        final = watermark.moved(
            mark,
            key=self.key,
            floor=self.report.reached(floor if mark and mark.key == self.key else None, side.resource, now=now),
            full=self.report.full,
            count=self.report.rows,
            now=now,
        )
        # Where nothing happened it stays where it was, and nothing is written.
        self._store(page, None if final == mark else final)
        if self.report.full and side.resource.read is not None:
            # Absence from a full scan is no proof of deletion: it only causes a read by id.
            store.doubt_absent(self.bond.name, side.side, self.shown)
        return self.report

    def _not_suddenly_empty(self) -> None:
        if self.report.rows:
            return
        stood = self.bond.store.count(self.bond.name, self.side.side)
        if stood >= self.bond.bond.guard.empty_list_after:
            raise FeedError(
                f"{self.side.system} shows an empty list where {stood} records stood; nothing was changed",
                where=f"{self.side.system}/{self.side.resource_name}",
                todo="Look whether the account still sees its records; if the system was reset, "
                f"`ebond resume {self.bond.name} --afresh` takes it as it is; if all were deleted, raise "
                "guard.empty_list_after",
            )

    def _store(self, page: Page | None, mark: Watermark | None) -> None:
        rows = page.rows if page else ()
        moved = self._moved(page) if page else ()
        findings = self._judged(page, moved) if page else Findings()
        deleted = [self._deleted(one) for one in findings.observations.values() if one.gone]
        odd = {one: self.observer.odd[one] for one in findings.observations if one in self.observer.odd}
        faults = [self._fault(fault.reason, fault.record_id) for fault in page.faults] if page else []
        self.bond.store.store_page(
            self.bond.name,
            self.side.side,
            run_id=self.context.run_id,
            observations=list(findings.observations.values()),
            stubs=list(findings.stubs),
            returned=[row.id for row in moved] if self.report.full else (),
            watermark=mark,
            fence=self.context.fence,
            now=self.bond.clock.now(),
            entries=[*deleted, *faults, *(odd_entry(self.side.side, one, why) for one, why in odd.items())],
            odd=odd,
        )
        self.bond.watcher.page(self.side.side, len(rows))

    def _moved(self, page: Page) -> Sequence[Seen]:
        """Compare hashes first: of most rows nothing else has to be known."""
        if self.report.full:
            self.shown.update(row.id for row in page.rows)
        shown = self.observer.shown(page.rows)
        if shown is None:
            return page.rows
        return self.observer.moved(page.rows, self.bond.store.moved(self.bond.name, self.side.side, shown))

    def _judged(self, page: Page, moved: Sequence[Seen]) -> Findings:
        ids = [row.id for row in moved]
        known = self.bond.store.known(self.bond.name, self.side.side, ids)
        if self.side.resource.created is None:
            return self.observer.listed(moved, known, page.server_now)
        stood = self.bond.store.views(self.bond.name, self.side.side, ids)
        return self.observer.listed(moved, known, page.server_now, stood)

    def _deleted(self, observation: Observation) -> Entry:
        reason = self.bond.deleted(self.side.side)
        self.bond.watcher.holding(self.side.side, observation.id, reason)
        return Entry("deleted", side=self.side.side, record_id=observation.id, detail={"reason": reason})

    def _fault(self, reason: str, record_id: str | None) -> Entry:
        self.report.fates[Fate.FAILED] += 1
        self.report.faults.append(reason)
        self.bond.watcher.holding(self.side.side, record_id or "?", reason)
        return Entry("unreadable", side=self.side.side, record_id=record_id, detail={"reason": reason})
