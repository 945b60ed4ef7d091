"""From what a side showed of a record to what has to be stored of it. Pure, but for counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ebond.mapping.match import match_keys
from ebond.records.resource import Seen
from ebond.state import Entry, Fate, Known, Observation, Origin, Shown, Side, View
from ebond.sync.context import BondContext, SideContext
from ebond.sync.epoch import LOOK, is_fresh, made_anew, went_back
from ebond.sync.freshness import Freshness, judge, may_still_trail, same_marks

NO_VIEWS: Final[Mapping[str, View]] = {}


@dataclass(slots=True)
class Findings:
    """What has to be stored of a page."""

    observations: dict[str, Observation] = field(default_factory=dict)
    stubs: dict[str, None] = field(default_factory=dict)
    """Ids of records that a read by id has to tell of, in order."""

    def keep(self, observation: Observation | None) -> None:
        """Have an observation stored."""
        if observation is not None:
            self.observations[observation.id] = observation

    def doubt(self, record_id: str) -> None:
        """Have a record read by id."""
        self.observations.pop(record_id, None)
        self.stubs[record_id] = None


class Observer:
    """Judges one side's rows and reads for one run; ``fates`` counts what was read.

    A record that waits for a decision is counted as OPEN once in a run, however often it is shown.
    """

    def __init__(self, bond: BondContext, side: SideContext, run_id: int) -> None:
        self._bond, self._side, self._run_id = bond, side, run_id
        self.fates: Counter[Fate] = Counter()
        self.tries: dict[str, int] = {}
        """How often records that were told of could not be read, before this run."""
        self.full = False
        """Is every record listed, whenever it changed?"""
        self.odd: dict[str, str] = {}
        """Linked records that are older than they were known to be, or others under known ids: id → why, for people."""
        self.missing: set[str] = set()
        """Linked records that could not be found, for the first time."""

    @property
    def side(self) -> Side:
        """The side whose records are judged."""
        return self._side.side

    # -- notices ------------------------------------------------------------------------------------------

    def told(self, tries: Mapping[str, int], known: Mapping[str, Known]) -> None:
        """Count records that notices named: all of them are read by id."""
        self.tries |= tries
        for record_id in tries:
            self._count_open(known.get(record_id))

    # -- lists --------------------------------------------------------------------------------------------

    def shown(self, rows: Sequence[Seen]) -> Shown | None:
        """Return what the rows of a page are first compared by; None where each of them has to be judged.

        Nothing is passed over that ``listed`` would decide otherwise: a page with one record twice is all its own.
        """
        ids = [row.id for row in rows]
        if not ids or not self._side.resource.list.complete or len(set(ids)) < len(ids):
            return None
        digests = self._side.view.digests_of([row.record for row in rows])
        return Shown(ids, digests, [row.version for row in rows])

    def moved(self, rows: Sequence[Seen], ids: Collection[str]) -> Sequence[Seen]:
        """Return the rows of a page that have to be judged, by the ids that moved, and count the others."""
        moved = [row for row in rows if row.deleted or row.id in ids]
        self.fates[Fate.UNCHANGED] += len(rows) - len(moved)
        return moved

    def listed(
        self,
        rows: Iterable[Seen],
        known: Mapping[str, Known],
        server_now: datetime | None,
        stood: Mapping[str, View] = NO_VIEWS,
    ) -> Findings:
        """Judge the rows of one page; ``stood`` is what is known of their records where their creation matters."""
        findings = Findings()
        for row in rows:
            if row.id in findings.observations or row.id in findings.stubs:
                self._shown_twice(row, known.get(row.id), findings)
            elif row.deleted:
                findings.keep(self.deleted(row, known.get(row.id)))
            elif not self._side.resource.list.complete:
                self._stub_row(row, known.get(row.id), findings)
            else:
                self._whole_row(row, known.get(row.id), server_now, findings, stood.get(row.id, {}))
        return findings

    def _shown_twice(self, row: Seen, known: Known | None, findings: Findings) -> None:
        """A page that shows a record twice, with different values, cannot tell which is newer: read it by id.

        Where the contract has no such read, the later stamp tells, or else the later row.
        """
        first, view = findings.observations.get(row.id), self._side.view.extract(row.record)
        digest = self._side.view.digest(view)
        if first is None or digest == first.digest:
            return
        if self._side.resource.read is not None:
            self._uncount(first, known)
            self._doubt(row.id, known, findings)
        elif not (first.updated and row.updated and row.updated < first.updated):
            self._uncount(first, known)
            findings.observations.pop(row.id)
            findings.keep(self._changed(Observation(row.id, row.version, row.updated, view, digest), known))

    def _stub_row(self, row: Seen, known: Known | None, findings: Findings) -> None:
        """A list of stubs shows no values: what changed is read by id."""
        doubtful = known is None or known.gone or known.origin in (Origin.STUB, Origin.ASSUMED)
        if known is None or doubtful or not same_marks(known, version=row.version, updated=row.updated):
            self._doubt(row.id, known, findings)
        else:
            self.fates[_seen_again(known)] += 1

    def _whole_row(
        self, row: Seen, known: Known | None, server_now: datetime | None, findings: Findings, stood: View
    ) -> None:
        view = self._side.view.extract(row.record)
        digest = self._side.view.digest(view)
        shown = Observation(row.id, row.version, row.updated, view, digest)
        if known is None:
            findings.keep(self._changed(shown, None))
            return
        resource, stamp = self._side.resource, row.updated
        freshness = judge(known, resource, version=row.version, updated=stamp, digest=digest, server_now=server_now)
        match freshness:
            case Freshness.NEWER:
                self._suspect(shown, known, stood)
                findings.keep(self._changed(shown, known))
            case Freshness.UNCLEAR:
                self._unclear(shown, known, findings, stood)
            case Freshness.SAME:
                self._same(shown, known, findings)
            case Freshness.OLDER if self._is_no_old_page(shown, known, server_now):
                self._unclear(shown, known, findings, stood)
            case Freshness.OLDER:
                self.fates[Fate.UNCHANGED] += 1

    def _same(self, shown: Observation, known: Known, findings: Findings) -> None:
        """Count a row that shows nothing new; keep its version, or that the list has caught up with a read."""
        fate = _seen_again(known)
        self.fates[fate] += 1
        caught_up = known.origin is not Origin.FEED and shown.version is None and shown.updated is None
        if caught_up or (shown.version is not None and shown.version != known.version):
            version, updated = shown.version or known.version, shown.updated or known.updated
            findings.keep(replace(shown, version=version, updated=updated, fate=fate))

    def _is_no_old_page(self, shown: Observation, known: Known, server_now: datetime | None) -> bool:
        """Does a full scan show an older record, although no list should trail behind any more?"""
        if not self.full or known.link_id is None or may_still_trail(known, self._side.resource, server_now):
            return False
        return bool(self._went_back(shown, known))

    def _unclear(self, shown: Observation, known: Known, findings: Findings, stood: View) -> None:
        """Have the record read by id; where the contract has no such read, the list is all there is."""
        if self._side.resource.read is None:
            self._suspect(shown, known, stood)
            findings.keep(self._changed(shown, known))
        else:
            self._doubt(shown.id, known, findings)

    def _doubt(self, record_id: str, known: Known | None, findings: Findings) -> None:
        self._count_open(known)
        if known is None or known.origin is not Origin.STUB or known.open_in_run != self._run_id:
            findings.doubt(record_id)

    # -- reads by id --------------------------------------------------------------------------------------

    def read(self, seen: Seen, known: Known, stood: View | None = None) -> Observation:
        """Judge a read by id of a record that is known; it is always believed."""
        view = self._side.view.extract(seen.record)
        digest = self._side.view.digest(view)
        shown = Observation(seen.id, seen.version, seen.updated, view, digest, origin=Origin.READ)
        self._suspect(shown, known, stood or {})
        settled = known.link_id is not None and not known.gone and known.origin is not Origin.ASSUMED
        if settled and digest == known.digest:
            if known.open_in_run != self._run_id:
                self.fates[Fate.UNCHANGED] += 1
            return replace(shown, fate=Fate.UNCHANGED)
        observation = self._changed(shown, known)
        assert observation is not None, "only unknown records are left out"
        return observation

    # -- both ---------------------------------------------------------------------------------------------

    def _suspect(self, shown: Observation, known: Known, stood: View) -> None:
        """Note a record that is older than it was known to be, or another one under its id."""
        if known.link_id is None or known.gone or not known.digest:
            return
        created = self._side.resource.created
        anew = made_anew(self._side.view, created, known=stood, shown=shown.view)
        if why := anew or self._went_back(shown, known):
            self.odd[shown.id] = f"{self.side} {shown.id}: {why}; {LOOK}"

    def _went_back(self, shown: Observation, known: Known) -> str:
        if is_fresh(known.origin, known.updated, now=self._bond.clock.now()):
            return ""
        order, before = self._side.resource.version_order, (known.version, known.updated)
        return went_back(order, known=before, shown=(shown.version, shown.updated))

    def deleted(self, row: Seen, known: Known | None) -> Observation | None:
        """Judge a tombstone; what follows from it on the other side is decided when the scans are through."""
        fate = Fate.FILTERED if known is None or known.link_id is None else Fate.DELETED
        if known is None or known.gone:
            self.fates[Fate.FILTERED if known is None else Fate.UNCHANGED] += 1
            return None
        self.fates[fate] += 1
        return Observation(row.id, row.version, row.updated, {}, b"", gone=True, fate=fate)

    def _changed(self, shown: Observation, known: Known | None) -> Observation | None:
        """Judge a new state of a record: a link's is always followed, a stranger's where it is in scope."""
        linked = known is not None and known.link_id is not None
        in_scope = self._side.in_scope(shown.view)
        if not in_scope and not linked:
            if known is None or known.open_in_run != self._run_id:
                self.fates[Fate.FILTERED] += 1
            return None if known is None else replace(shown, in_scope=False, fate=Fate.FILTERED)
        self._count_open(known)
        if linked:
            return replace(shown, in_scope=in_scope)
        keys = match_keys(self._bond.mapping, self._bond.bond.match.keys, self._side.side, shown.view)
        return replace(shown, keys=keys)

    def _uncount(self, first: Observation, known: Known | None) -> None:
        """Take a row back that was counted: another row of its record decides."""
        if first.fate in (Fate.UNCHANGED, Fate.ECHO) or known is None or known.open_in_run != self._run_id:
            self.fates[first.fate] -= 1

    def _count_open(self, known: Known | None) -> None:
        if known is None or known.open_in_run != self._run_id:
            self.fates[Fate.OPEN] += 1


def odd_entry(side: Side, record_id: str, why: str) -> Entry:
    """Return the journal's line of an odd record."""
    return Entry("odd", side=side, record_id=record_id, detail={"reason": why})


def _seen_again(known: Known) -> Fate:
    return Fate.ECHO if known.origin is Origin.ANSWER else Fate.UNCHANGED
