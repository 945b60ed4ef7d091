"""Reading a feed of all comments of one side: what is new waits for its links to be looked at."""

from __future__ import annotations

from ebond.children import Carriage
from ebond.comments import CommentState
from ebond.records.comments import CommentClient
from ebond.records.rows import Page, Seen
from ebond.state import Watermark
from ebond.store.comments import FEED
from ebond.sync import watermark
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.scan import ScanReport


def read_feed(bond: BondContext, side: SideContext, run: RunContext) -> None:
    """Read a side's feed of comments since it was last read; nothing where it has none.

    Raises what a scan raises; whatever was stored until then stays, and the watermark stays where it was.
    """
    if side.comments is not None and side.comments.comments.source == "feed":
        _Reading(bond, side, run, side.comments).go()


class _Reading:
    def __init__(self, bond: BondContext, side: SideContext, run: RunContext, client: CommentClient) -> None:
        self.bond, self.side, self.context, self.client = bond, side, run, client
        self.report = ScanReport()

    def go(self) -> None:
        client, bond, now = self.client, self.bond, self.bond.clock.now()
        key = watermark.filter_key(self.side.system, client.comments.resource, client.resource, {})
        mark = bond.store.watermark(bond.name, self.side.side, feed=FEED)
        floor = watermark.start(mark, key, client.resource, schedule=bond.bond.schedule, now=now)
        for page in client.feed(floor):
            self.report.notice(page)
            if not page.last:
                self._store(page, None)
        last = page
        reached = self.report.reached(floor if mark and mark.key == key else None, client.resource, now=now)
        moved = watermark.moved(mark, key=key, floor=reached, full=floor is None, count=self.report.rows, now=now)
        self._store(last, None if moved == mark else moved)

    def _store(self, page: Page, mark: Watermark | None) -> None:
        shown = [one for seen in page.rows if not seen.deleted and (one := self._shown(seen)) is not None]
        # A comment that cannot be read is no reason to stop the tickets.
        for fault in page.faults:
            self.bond.watcher.holding(
                self.side.side, fault.record_id or "?", f"a comment cannot be read: {fault.reason}"
            )
        if not shown and mark is None:
            return
        self.bond.store.note_feed(self.bond.name, self.side.side, shown, watermark=mark, fence=self.context.fence)

    def _shown(self, seen: Seen) -> CommentState | None:
        parent = self.client.reader.parent(seen)
        if parent is None:
            return None
        one = self.client.reader.shown(seen)
        return CommentState(
            self.side.side, parent, one.id, Carriage.SHOWN, digest=one.digest, body=one.body, own=one.own
        )
