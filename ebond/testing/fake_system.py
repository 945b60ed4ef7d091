"""A business system in memory: records, versions, habits, and a history that names the cause of each change.

It has no threads and no HTTP of its own; every method takes the system's lock, so that workers and the
test may use it at once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final

import orjson

from ebond.clock import Clock
from ebond.testing.habits import Habits
from ebond.testing.normalising import check, taken
from ebond.testing.revision import Change, Refusal, Revision
from ebond.testing.server_time import KeyMemory, ServerTime
from ebond.testing.workflow import begun, moved

AUTOMATION: Final = "automation"


class FakeSystem:
    """The store of one kind of record.

    ``history`` holds every change in the order of commits; ``api_writes`` counts the writes that the API
    applied to each record, including those that changed nothing; ``created_by_api`` the ids that calls made.
    """

    def __init__(self, habits: Habits | None = None, *, clock: Clock, first_id: int = 1) -> None:
        self.habits = habits or Habits()
        self.clock = clock
        self.time = ServerTime(clock, self.habits)
        self.keys = KeyMemory(self.time)
        self.lock = RLock()
        self.history: list[Change] = []
        self.api_writes: Counter[str] = Counter()
        self.created_by_api: list[str] = []
        self._records: dict[str, list[Revision]] = {}
        self._next_id = first_id
        self._persons = 0

    # people

    def person_creates(self, values: Mapping[str, Any], record_id: str | None = None) -> str:
        """Someone opens a record at the keyboard; return its id. Raises Refusal like the API does."""
        with self.lock:
            return self.create(values, cause=self._person(), record_id=record_id).id

    def person_edits(self, record_id: str, /, **values: Any) -> str:
        """Someone edits fields of a record; return the edit's cause, by which ``history`` names it."""
        with self.lock:
            cause = self._person()
            self.update(record_id, values, cause=cause)
            return cause

    def person_deletes(self, record_id: str) -> str:
        """Someone deletes a record; return the cause."""
        with self.lock:
            cause = self._person()
            self.delete(record_id, cause=cause)
            return cause

    def person_restores(self, record_id: str) -> str:
        """Someone brings a deleted record back, as it was; return the cause."""
        with self.lock:
            cause, last = self._person(), self._records[record_id][-1]
            back = replace(last, deleted=False, counter=last.counter + 1, updated=self.time.stamp())
            self._records[record_id].append(back)
            self.history.append(Change(cause, record_id, "*", "deleted", "present", back.counter))
            return cause

    def backup(self) -> Mapping[str, list[Revision]]:
        """Take a backup."""
        with self.lock:
            return {one: list(revisions) for one, revisions in self._records.items()}

    def is_restored(self, backup: Mapping[str, list[Revision]]) -> None:
        """The system is restored from a backup: what was done after it never was."""
        with self.lock:
            self._records = {one: list(revisions) for one, revisions in backup.items()}

    def is_reset(self) -> None:
        """The system is reset: nothing is left, and ids are given out anew."""
        with self.lock:
            self._records, self._next_id = {}, 1

    def forgets(self, record_id: str) -> None:
        """One record never was: its id may be given out again."""
        with self.lock:
            del self._records[record_id]

    def goes_on(self, record_id: str, /, **values: Any) -> None:
        """The system itself moves a record on."""
        with self.lock:
            self.update(record_id, values, cause=AUTOMATION)

    def stamp_next(self, at: datetime) -> None:
        """Give the next change this stamp, however wrong: restored backups, clients that set the time."""
        self.time.force(at)

    def _person(self) -> str:
        self._persons += 1
        return f"person:{self._persons}"

    # reading

    def now(self) -> datetime:
        """Return the system's own time, which may be skewed."""
        return self.time.now()

    def get(self, record_id: str) -> Revision:
        """Return the record as it stands, a retired one too. Raises Refusal (404/410)."""
        with self.lock:
            revisions = self._records.get(record_id)
            if not revisions:
                raise Refusal(404, "not_found", f"no record {record_id}")
            if revisions[-1].deleted and self.habits.delete == "gone":
                raise Refusal(self.habits.gone_status, "gone", f"record {record_id} was deleted")
            return revisions[-1]

    def values(self, record_id: str) -> dict[str, Any]:
        """Return the record's values, for assertions."""
        return dict(self.get(record_id).values)

    def ids(self) -> list[str]:
        """Return the ids of all living records, whatever the index shows."""
        with self.lock:
            return [known for known, revisions in self._records.items() if not revisions[-1].deleted]

    def indexed(self) -> list[Revision]:
        """Return what lists and look-ups see: each record ``lag`` seconds ago, deleted ones too."""
        seen_until = self.now() - timedelta(seconds=self.habits.lag)
        with self.lock:
            seen = (self._seen(revisions, seen_until) for revisions in self._records.values())
            return [revision for revision in seen if revision is not None]

    def _seen(self, revisions: list[Revision], until: datetime) -> Revision | None:
        if not self.habits.lag:
            return revisions[-1]
        return next((revision for revision in reversed(revisions) if revision.updated <= until), None)

    def version(self, revision: Revision) -> str | None:
        """Return the revision's version in its plain spelling; a ``stamp`` is spelled by the API."""
        if self.habits.version == "none":
            return None
        if self.habits.version != "etag":
            return str(revision.counter)
        content = orjson.dumps([revision.id, revision.counter, revision.values], option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    # writing

    def create(self, values: Mapping[str, Any], *, cause: str, record_id: str | None = None) -> Revision:
        """Make a record. Raises Refusal: 409 where the id or a unique value exists, 422 for bad values."""
        with self.lock:
            if record_id is not None and record_id in self._records and not self._records[record_id][-1].deleted:
                raise Refusal(412, "exists", f"record {record_id} exists", current=self._records[record_id][-1])
            kept = taken(values, self.habits, by_api=_by_api(cause), creating=True)
            if _by_api(cause):
                kept = begun(kept, self.habits.workflow)
            defaults = {n: own.default for n, own in self.habits.fields.items() if own.default is not None}
            whole = {**defaults, **kept}
            check(whole, self.habits)
            new_id = record_id or self._new_id()
            self._check_unique(new_id, whole)
            now = self.time.stamp()
            blank = Revision(new_id, {}, self._counter(new_id), now, now)
            if _by_api(cause):
                self.created_by_api.append(new_id)
            return self._commit(blank, whole, {}, cause=cause)

    def update(
        self,
        record_id: str,
        values: Mapping[str, Any],
        *,
        cause: str,
        expected: str | None = None,
        whole: bool = False,
        call: bool = False,
    ) -> Revision:
        """Change a record at once and atomically; ``whole`` empties what ``values`` leaves out.

        ``call`` is a call of its own that moves the state.

        Raises Refusal: stale where ``expected`` is not the record's version, 409 for a retired record.
        """
        with self.lock:
            current = self.get(record_id)
            if expected is not None and expected != self.version(current):
                raise Refusal(self.habits.stale_status, "stale", "the version changed", current=current)
            if current.deleted:
                raise Refusal(409, "retired", f"record {record_id} is retired")
            kept = taken(values, self.habits, by_api=_by_api(cause), creating=False)
            if _by_api(cause):
                kept = moved(current.values, kept, self.habits.workflow, call=call)
            if self.habits.nothing_refused and not kept:
                raise Refusal(400, "nothing", "no properties found")
            start = self._fixed(current) if whole else current.values
            after = {**start, **kept}
            check(after, self.habits)
            self._check_unique(record_id, after)
            automatic = self._automatic(current.values, after)
            if _content({**after, **automatic}) != current.values or self.habits.bump_unchanged:
                stamped = replace(current, updated=self.time.stamp())
                return self._commit(stamped, after, automatic, cause=cause)
            self._count(record_id, cause)
            return current

    def touch(self, record_id: str, *, cause: str) -> None:
        """Give a record another stamp and version, as a comment does."""
        with self.lock:
            current = self.get(record_id)
            self._commit(replace(current, updated=self.time.stamp()), current.values, {}, cause=cause)

    def delete(self, record_id: str, *, cause: str) -> None:
        """Delete a record in the system's own style. Raises Refusal where there is none."""
        with self.lock:
            current = self.get(record_id)
            now = self.time.stamp()
            gone = replace(current, deleted=True, counter=current.counter + 1, updated=now)
            self._records[record_id].append(gone)
            self._count(record_id, cause)
            self.history.append(Change(cause, record_id, "*", "present", "deleted", gone.counter))

    # inside

    def _commit(
        self, before: Revision, after: Mapping[str, Any], automatic: Mapping[str, Any], *, cause: str
    ) -> Revision:
        whole = _content({**after, **automatic})
        revision = replace(before, values=whole, counter=before.counter + 1)
        for name in sorted(before.values.keys() | whole.keys()):
            old, new = before.values.get(name), whole.get(name)
            if old != new:
                by = AUTOMATION if name in automatic else cause
                self.history.append(Change(by, before.id, name, old, new, revision.counter))
        kept = self._records.get(before.id, []) if self.habits.lag else []
        self._records[before.id] = [*kept, revision]
        self._count(before.id, cause)
        return revision

    def _count(self, record_id: str, cause: str) -> None:
        if _by_api(cause):
            self.api_writes[record_id] += 1

    def _automatic(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        """Automation sets only what the same write did not change itself."""
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        sets: dict[str, Any] = {}
        for rule in self.habits.automations:
            if rule.when in changed and all(before.get(n) == v for n, v in rule.only_if.items()):
                sets |= {n: v for n, v in rule.sets.items() if n not in changed and after.get(n) != v}
        return sets

    def _fixed(self, current: Revision) -> dict[str, Any]:
        return {name: value for name, value in current.values.items() if self.habits.of(name).read_only}

    def _check_unique(self, record_id: str, values: Mapping[str, Any]) -> None:
        for name, own in self.habits.fields.items():
            if not own.unique or not values.get(name):
                continue
            for other in self._records.values():
                last = other[-1]
                if last.id != record_id and not last.deleted and last.values.get(name) == values[name]:
                    raise Refusal(409, "exists", f"{name} is taken", current=last)

    def _counter(self, record_id: str) -> int:
        return self._records[record_id][-1].counter if record_id in self._records else 0

    def _new_id(self) -> str:
        while str(self._next_id) in self._records:
            self._next_id += 1
        self._next_id += 1
        return str(self._next_id - 1)


def _content(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _by_api(cause: str) -> bool:
    return cause.startswith("api:")
