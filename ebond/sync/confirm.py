"""Reading by id what lists cannot tell: stubs, trailing rows, our own unseen writes, records that vanished.

Each record is read once in a run and stored in a transaction of its own; one that cannot be read never stops the
others. One that is not found is doubted first; missing a second time, in a later run, while another record can be
read, it is taken for deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import structlog

from ebond.errors import ENDS_THE_RUN, AnswerError, Denied, EbondError, Gone, Refused
from ebond.records.resource import Seen
from ebond.state import Entry, Fate, Known
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.failures import merged, record_failure, said_by_several
from ebond.sync.heard import due_again
from ebond.sync.observe import Observer, odd_entry
from ebond.sync.threads import each

log = structlog.get_logger("ebond.confirm")

#: Records taken from the store at a time.
BATCH = 200


def confirm(bond: BondContext, side: SideContext, run: RunContext, observer: Observer) -> list[int]:
    """Read what has to be read of one side; return the links that failed. Raises what ends the run."""
    if side.resource.read is None:
        return []
    confirmer = _Confirmer(bond, side, run, observer)
    failed = []
    for batch in confirmer.batches():
        failed += [link for link in each(confirmer.one, batch, workers=bond.bond.workers) if link is not None]
    return failed


class _Confirmer:
    def __init__(self, bond: BondContext, side: SideContext, run: RunContext, observer: Observer) -> None:
        self.bond, self.side, self.run, self.observer = bond, side, run, observer

    def batches(self) -> Iterator[list[str]]:
        after, store = "", self.bond.store
        while batch := store.to_read(
            self.bond.name, self.side.side, now=self.bond.clock.now(), after_id=after, limit=BATCH
        ):
            yield batch
            after = batch[-1]

    def one(self, record_id: str) -> int | None:
        """Read one record; return its link where that failed."""
        known = self._known(record_id)
        try:
            self._store(self.side.client.read(record_id), record_id, known)
        except Denied as denied:
            what = f"link {known.link_id}" if known.link_id else f"{self.side.side} {record_id}"
            if said_by_several(self.run, what):
                raise
            return self._failed(record_id, known, denied)
        except ENDS_THE_RUN:
            raise
        except Gone as gone:
            self._missing(record_id, known, gone)
        except EbondError as error:
            return self._failed(record_id, known, error)
        return None

    def _known(self, record_id: str) -> Known:
        return self.bond.store.known(self.bond.name, self.side.side, [record_id])[record_id]

    def _store(self, seen: Seen, asked: str, known: Known) -> None:
        store, now = self.bond.store, self.bond.clock.now()
        before = known if seen.id == asked else self._renamed(known, seen.id)
        if seen.id != asked and not store.rekey(
            self.bond.name, self.side.side, asked, seen.id, run_id=self.run.run_id, now=now
        ):
            raise merged(asked, seen.id)
        stood = store.views(self.bond.name, self.side.side, [seen.id]) if self.side.resource.created else {}
        shown = self.observer.read(seen, before, stood.get(seen.id))
        odd = self.observer.odd.get(seen.id, "")
        entries = [odd_entry(self.side.side, seen.id, odd)] if odd else []
        store.store_read(
            self.bond.name, self.side.side, shown, run_id=self.run.run_id, now=now, entries=entries, odd=odd
        )

    def _renamed(self, known: Known, new_id: str) -> Known:
        """Return what is known of a record that goes by another id now: it counts its versions anew.

        A list may have shown it by that id already, and it was counted as a stranger then.
        """
        there = self.bond.store.known(self.bond.name, self.side.side, [new_id]).get(new_id)
        counted = known.open_in_run if there is None else there.open_in_run or known.open_in_run
        return replace(known, version=None, updated=None, open_in_run=counted)

    # -- what goes wrong ----------------------------------------------------------------------------------

    def _missing(self, record_id: str, known: Known, gone: Gone) -> None:
        if known.never_seen:
            self._put_off(record_id)
            return
        if known.link_id is not None and not known.missing:
            self.observer.missing.add(record_id)
        sure = known.missing and self._others_are_there
        reason = self.bond.deleted(self.side.side) if sure else f"not found there: {gone}"
        log.warning("record missing", bond=self.bond.name, side=self.side.side, record=record_id, sure=sure)
        event = "deleted" if sure else "missing"
        self.bond.store.note_missing(
            self.bond.name,
            self.side.side,
            record_id,
            run_id=self.run.run_id,
            gone=sure,
            entries=[Entry(event, side=self.side.side, record_id=record_id, detail={"reason": reason})],
            now=self.bond.clock.now(),
        )
        self.bond.watcher.holding(self.side.side, record_id, reason)

    def _put_off(self, record_id: str) -> None:
        """Look later for a record that was told of before it can be read, or that never was."""
        tries, now = self.observer.tries.get(record_id, 0), self.bond.clock.now()
        wait = due_again(tries)
        reason = f"not found there yet, in {tries + 1} tries" + ("" if wait else "; the next list that shows it tells")
        log.info("record not readable yet", bond=self.bond.name, side=self.side.side, record=record_id, tries=tries + 1)
        self.bond.store.put_off(
            self.bond.name,
            self.side.side,
            record_id,
            run_id=self.run.run_id,
            due=None if wait is None else now + wait,
            tries=tries + 1,
            entries=[Entry("awaited", side=self.side.side, record_id=record_id, detail={"reason": reason})],
            now=now,
        )

    @cached_property
    def _others_are_there(self) -> bool:
        """Can another record be read? Where nothing can, it is not the records that are gone."""
        other = self.side.resource.canary or self.bond.store.some_present(self.bond.name, self.side.side)
        if other is None:
            return False
        try:
            self.side.client.read(other)
        except Denied:
            return False
        except ENDS_THE_RUN:
            raise
        except EbondError:
            return False
        return True

    def _failed(self, record_id: str, known: Known, error: EbondError) -> int | None:
        self.bond.watcher.holding(self.side.side, record_id, str(error))
        if known.link_id is not None:
            link = self.bond.store.link(self.bond.name, known.link_id)
            assert link is not None, "links are never deleted"
            record_failure(self.bond, self.run, link, error)
            return known.link_id
        # What the system refuses or garbles waits until the record changes; other trouble is tried again.
        lasting = isinstance(error, Refused | AnswerError | Denied)
        self.bond.store.hold_record(
            self.bond.name,
            self.side.side,
            record_id,
            str(error) if lasting else None,
            run_id=self.run.run_id,
            fate=Fate.HELD if lasting else Fate.FAILED,
            entries=[Entry("failed", side=self.side.side, record_id=record_id, detail={"reason": str(error)})],
            now=self.bond.clock.now(),
        )
        return None
