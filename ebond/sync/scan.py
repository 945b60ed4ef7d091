"""Scanning one side: page through its feed, store what was seen, mark links dirty, move the watermark.

Nothing is decided here. A page is stored in one transaction, with the links it makes dirty; the watermark moves
in the transaction of the last page, so a crash in between reads the same pages again and does nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from ebond.errors import FeedError, Gone
from ebond.mapping.match import match_keys
from ebond.records.resource import Page, Seen
from ebond.state import Entry, Fate, Known, Observation, Origin, Watermark
from ebond.sync import watermark
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.freshness import Freshness, judge

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
        for row in page.rows:
            if row.updated is None:
                continue
            if self.newest is None or row.updated > self.newest:
                self.newest = row.updated
            if self.server_start is not None and row.updated >= self.server_start:
                self.changed_meanwhile = True


def scan(bond: BondContext, side: SideContext, run: RunContext) -> ScanReport:
    """Read one side's feed to its end.

    Raises FeedError where the list cannot be trusted, AnswerError and CallError from below; whatever was stored
    until then stays, and the watermark stays where it was.
    """
    return _Scan(bond, side, run).run()


class _Scan:
    def __init__(self, bond: BondContext, side: SideContext, run: RunContext) -> None:
        self.bond, self.side, self.context = bond, side, run
        self.report = ScanReport()
        self.extra = dict(side.settings.params)
        self.key = watermark.filter_key(side.system, side.resource_name, side.resource, self.extra)

    def run(self) -> ScanReport:
        store, side = self.bond.store, self.side
        now = self.bond.clock.now()
        mark = store.watermark(self.bond.name, side.side)
        floor = watermark.start(mark, self.key, side.resource, sweep_every=self.bond.bond.schedule.sweep_every, now=now)
        self.report.full = floor is None
        page: Page | None = None
        for following in side.client.pages(floor, self.extra):
            if page is not None:
                self._store(page, None)
            page = following
            self.report.notice(page)
        if self.report.full:
            self._not_suddenly_empty()
        final = watermark.moved(
            mark,
            key=self.key,
            floor=self._floor(floor if mark and mark.key == self.key else None),
            full=self.report.full,
            count=self.report.rows,
            now=now,
        )
        self._store(page, final)
        if self.report.full:
            self._absent()
        return self.report

    def _floor(self, floor: datetime | None) -> datetime | None:
        report, kind = self.report, self.side.resource.list.paging.kind
        shifted = report.pages > 1 and kind in ("offset", "page") and report.changed_meanwhile
        return watermark.advance(
            floor,
            newest=report.newest,
            server_start=report.server_start or self.bond.clock.now(),
            shifted=shifted,
        )

    def _not_suddenly_empty(self) -> None:
        if self.report.rows:
            return
        stood = self.bond.store.count(self.bond.name, self.side.side)
        if stood >= self.bond.bond.guard.empty_list_after:
            raise FeedError(
                f"{self.side.system} shows an empty list where {stood} records stood; nothing was changed",
                where=f"{self.side.system}/{self.side.resource_name}",
                todo="Look whether the account still sees its records; if the list is truly empty, "
                "raise guard.empty_list_after",
            )

    def _store(self, page: Page | None, mark: Watermark | None) -> None:
        rows = page.rows if page else ()
        known = self.bond.store.known(self.bond.name, self.side.side, [row.id for row in rows])
        observations = list(self._observe(rows, known))
        entries = [self._fault(fault.reason, fault.record_id) for fault in page.faults] if page else []
        self.bond.store.store_page(
            self.bond.name,
            self.side.side,
            run_id=self.context.run_id,
            observations=observations,
            seen_ids=[row.id for row in rows] if self.report.full else [],
            watermark=mark,
            now=self.bond.clock.now(),
            entries=entries,
        )
        self.bond.watcher.page(self.side.side, len(rows))

    def _fault(self, reason: str, record_id: str | None) -> Entry:
        self.report.fates[Fate.FAILED] += 1
        self.report.faults.append(reason)
        self.bond.watcher.holding(self.side.side, record_id or "?", reason)
        return Entry("unreadable", side=self.side.side, record_id=record_id, detail={"reason": reason})

    def _observe(self, rows: Iterable[Seen], known: dict[str, Known]) -> Iterator[Observation]:
        """Yield what has to be stored of a page, and count the rest."""
        latest: dict[str, Observation] = {}
        for row in rows:
            observation = self._one(row, known.get(row.id))
            if observation is None:
                continue
            if observation.fate is not Fate.OPEN:
                self.report.fates[observation.fate] += 1
            elif row.id not in latest and not self._already_open(known.get(row.id)):
                self.report.fates[Fate.OPEN] += 1
            latest[row.id] = observation
        yield from latest.values()

    def _already_open(self, known: Known | None) -> bool:
        return known is not None and known.open_in_run == self.context.run_id

    def _one(self, row: Seen, known: Known | None) -> Observation | None:
        if row.deleted:
            return self._tombstone(row, known)
        view = self.side.view.extract(row.record)
        digest = self.side.view.digest(view)
        if known is not None:
            freshness = judge(known, self.side.resource, version=row.version, updated=row.updated, digest=digest)
            if freshness is Freshness.SAME and row.version == known.version:
                self._count(Fate.ECHO if known.origin is Origin.ANSWER else Fate.UNCHANGED)
                return None
            if freshness is Freshness.OLDER:
                self._count(Fate.UNCHANGED)
                return None
            if freshness is Freshness.SAME:
                return Observation(row.id, row.version, row.updated, view, digest, fate=Fate.UNCHANGED)
            if freshness is Freshness.UNCLEAR or not self.side.resource.list.complete:
                return self._read(row)
        elif not self.side.resource.list.complete:
            return self._read(row)
        return self._changed(row, known)

    def _count(self, fate: Fate) -> None:
        self.report.fates[fate] += 1

    def _read(self, row: Seen) -> Observation | None:
        """Let a read by id decide, where the list cannot be trusted or holds stubs only."""
        try:
            return self._changed(self.side.client.read(row.id), None)
        except Gone:
            self._count(Fate.UNCHANGED)
            return None

    def _changed(self, row: Seen, known: Known | None) -> Observation | None:
        view = self.side.view.extract(row.record)
        digest = self.side.view.digest(view)
        linked = known is not None and known.link_id is not None
        in_scope = self.side.in_scope(view)
        if not in_scope and not linked:
            if known is None:
                self._count(Fate.FILTERED)
                return None
            return Observation(row.id, row.version, row.updated, view, digest, in_scope=False, fate=Fate.FILTERED)
        keys = () if linked else match_keys(self.bond.mapping, self.bond.bond.match.keys, self.side.side, view)
        return Observation(row.id, row.version, row.updated, view, digest, in_scope=in_scope, keys=keys)

    def _tombstone(self, row: Seen, known: Known | None) -> Observation | None:
        """Report a deletion; in this version nothing follows from it on the other side."""
        if known is None or known.gone:
            self._count(Fate.FILTERED if known is None else Fate.UNCHANGED)
            return None
        log.warning("record deleted", bond=self.bond.name, side=self.side.side, record=row.id)
        self.bond.watcher.holding(self.side.side, row.id, "deleted there; the other side is left as it is")
        fate = Fate.HELD if known.link_id is not None else Fate.FILTERED
        return Observation(row.id, row.version, row.updated, {}, b"", gone=True, fate=fate)

    def _absent(self) -> None:
        """Absence from a full scan is no proof of deletion: it only causes a read by id."""
        store, side = self.bond.store, self.side
        if side.resource.read is None:
            return
        for record_id in store.absent(self.bond.name, side.side, self.context.run_id):
            try:
                found = side.client.read(record_id)
            except Gone:
                found = Seen(record_id, None, None, {}, deleted=True)
            known = store.known(self.bond.name, side.side, [record_id]).get(record_id)
            self.report.rows += 1
            observation = self._one(found, known)
            if observation is None:
                continue
            self.report.fates[observation.fate] += 1
            store.store_page(
                self.bond.name,
                side.side,
                run_id=self.context.run_id,
                observations=[observation],
                seen_ids=[record_id],
                watermark=None,
                now=self.bond.clock.now(),
                entries=[],
            )
