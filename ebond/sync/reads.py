"""The records of a link that are read by id while it is reconciled: what a write is measured against."""

from __future__ import annotations

from dataclasses import replace

from ebond.errors import EbondError, Gone
from ebond.records.resource import Seen
from ebond.state import LinkState, Origin, RecordState, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.failures import merged
from ebond.sync.observed import observed
from ebond.sync.planned import LinkPlan
from ebond.sync.reset import refuse_odd


class Moved(Exception):
    """A record changed under our hands; carries what it holds now."""

    def __init__(self, side: Side, seen: Seen) -> None:
        self.side, self.seen = side, seen
        super().__init__()


class Missing(EbondError):
    """A record of a link was not found."""

    def __init__(self, side: Side, gone: Gone) -> None:
        self.side, self.gone = side, gone
        super().__init__(gone.message)


class Reads:
    """Reads records of one link, and keeps each for the next write to it."""

    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run
        self._seen: dict[Side, Seen] = {}

    def take(self, side: Side) -> Seen | None:
        """Return what was read, for one write: the next one would put back what this one changed."""
        return self._seen.pop(side, None)

    def has(self, side: Side) -> bool:
        """Was the record read since it was last written?"""
        return side in self._seen

    def can(self, side: Side) -> bool:
        """Can a record of this side be read by id?"""
        return self.bond.side(side).resource.read is not None

    def must(self, record: RecordState, side: Side) -> bool:
        """Has the contract no better guard against a lost edit than to read just before a write?"""
        resource = self.bond.side(side).resource
        update = resource.update
        if update is None or resource.read is None:
            return False
        if record.origin is Origin.ASSUMED or update.style == "put_full":
            return True
        return update.precondition == "compare" or record.version is None

    def read(self, side: Side, record_id: str) -> Seen:
        """Read a record; raises Missing where it is not found."""
        try:
            return self.bond.side(side).client.read(record_id)
        except Gone as gone:
            raise Missing(side, gone) from gone

    def look(self, link: LinkState, side: Side) -> LinkState:
        """Read a side's record, and return the link with what it holds now."""
        return self.keep(link, side, self.read(side, link.side(side).id))

    def moved(self, link: LinkState, side: Side) -> Moved:
        """Read a record that was not what we took it for."""
        return Moved(side, self.read(side, link.side(side).id))

    def freshened(self, link: LinkState, plan: LinkPlan) -> LinkState:
        """Read what is about to be written, where that is the only guard."""
        for side in Side:
            if plan.writes(side) and not self.has(side) and self.must(link.side(side), side):
                link = self.look(link, side)
        return link

    def keep(self, link: LinkState, side: Side, seen: Seen) -> LinkState:
        """Store a fresh read and return the link with it."""
        self._seen[side] = seen
        refuse_odd(self.bond, side, link.side(side), seen)
        self._follow(link.side(side).id, side, seen)
        observation = observed(self.bond.mapping.view(side), seen, Origin.READ)
        self.bond.store.observe(self.bond.name, side, observation, now=self.bond.clock.now())
        record = replace(
            link.side(side),
            id=seen.id,
            version=seen.version,
            updated=seen.updated,
            view=observation.view,
            digest=observation.digest,
            origin=Origin.READ,
        )
        return link.with_record(side, record)

    def _follow(self, asked: str, side: Side, seen: Seen) -> None:
        """Follow a record that goes by another id now."""
        if seen.id == asked:
            return
        now = self.bond.clock.now()
        if not self.bond.store.rekey(self.bond.name, side, asked, seen.id, run_id=self.run.run_id, now=now):
            raise merged(asked, seen.id)
