"""Many records as ready bytes: what a benchmark's server hands out without thinking.

The same seed and the same calls always give the same bytes, stamps included, so that recorded calls can be
played again after ``reset``.
"""

from __future__ import annotations

from bisect import bisect_left
from copy import copy
from typing import Any, Final

import orjson

START_MS: Final = 1_760_000_000_000
STEP_MS: Final = 1_000
"""Changes lie a second apart, so that an overlap of a minute is sixty records."""

_STATUS: Final = ("new", "open", "held", "closed")
_FILLER: Final = "The link between the two sites drops every few minutes since the change of last night. "


def bulk_record(number: int, *, size: int = 1000) -> dict[str, Any]:
    """Return record ``number``: an incident of fifteen fields and about ``size`` bytes."""
    record: dict[str, Any] = {
        "id": str(number),
        "version": 1,
        "updated": START_MS + number * STEP_MS,
        "external_ref": None,
        "title": f"Incident {number}: link down at site {number % 997}",
        "status": _STATUS[number % 4],
        "urgency": number % 3 + 1,
        "impact": number % 3 + 1,
        "priority": number % 5 + 1,
        "category": f"category {number % 17}",
        "subcategory": f"subcategory {number % 71}",
        "assignee": f"user{number % 113}@example.com",
        "group": f"group {number % 29}",
        "caller": f"caller{number % 509}@example.com",
        "location": f"site {number % 997}",
        "cost": number % 10_000 / 100,
        "due": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "active": number % 4 != 3,
        "description": "",
    }
    missing = size - len(orjson.dumps(record))
    record["description"] = (_FILLER * (missing // len(_FILLER) + 1))[: max(0, missing)]
    return record


class BulkStore:
    """Records by id, and their order by last change."""

    def __init__(self, records: int, *, size: int = 1000) -> None:
        self._seed = [orjson.dumps(bulk_record(number, size=size)) for number in range(1, records + 1)]
        self.changes = 0
        """Grows with every write and reset: what was cached before it is stale."""
        self.reset()

    def reset(self) -> None:
        """Go back to the state at the start."""
        self.rows = {str(number): row for number, row in enumerate(self._seed, 1)}
        self.refs: dict[str, str] = {}
        self.changes += 1
        self._order = list(self.rows)
        self._stamps = [START_MS + number * STEP_MS for number in range(1, len(self._seed) + 1)]
        self._changed = dict(zip(self._order, self._stamps, strict=True))
        self._stamp = START_MS + len(self._seed) * STEP_MS
        self._next_id = len(self._seed) + 1
        self._kept: BulkStore | None = None

    def save(self) -> None:
        """Keep the state as it is now, for ``restore``."""
        self._kept = self._copied()

    def restore(self) -> None:
        """Go back to what was kept last, as often as wanted."""
        if self._kept is None:
            raise RuntimeError("nothing was kept")
        kept, changes = self._kept, self.changes
        self.__dict__.update(kept._copied().__dict__)
        self._kept, self.changes = kept, changes + 1

    def _copied(self) -> BulkStore:
        twin = copy(self)
        twin.rows, twin.refs, twin._changed = self.rows.copy(), self.refs.copy(), self._changed.copy()
        twin._order, twin._stamps, twin._kept = self._order.copy(), self._stamps.copy(), None
        return twin

    def page(self, since: int, offset: int, limit: int) -> bytes:
        """Return ``{"total", "items"}`` of the records changed at ``since`` or later, from ``offset``."""
        first = bisect_left(self._stamps, since) if since else 0
        start = first + offset
        items = b",".join([self.rows[name] for name in self._order[start : start + limit]])
        return b"".join((b'{"total":%d,"items":[' % (len(self._order) - first), items, b"]}"))

    def find(self, ref: str) -> bytes:
        """Return the page of the record that carries our reference."""
        row = self.rows.get(self.refs.get(ref, ""))
        return b'{"total":0,"items":[]}' if row is None else b'{"total":1,"items":[%b]}' % row

    def create(self, body: bytes) -> bytes:
        """Make a record; return it."""
        name = str(self._next_id)
        self._next_id += 1
        return self._put(name, {**orjson.loads(body), "id": name, "version": 0})

    def update(self, name: str, body: bytes, version: bytes | None) -> bytes | None:
        """Change a record; return it, or None where ``version``, or the one in the body, is not its version."""
        record, changes = orjson.loads(self.rows[name]), orjson.loads(body)
        given = changes.pop("version", None) if version is None else int(version)
        if given is not None and int(given) != record["version"]:
            return None
        record.update(changes)
        return self._put(name, record)

    def touch(self, count: int) -> None:
        """Let people edit the titles of ``count`` records, spread over the whole table."""
        names = list(self.rows)
        for name in names[:: max(1, len(names) // count)][:count] if count else []:
            record = orjson.loads(self.rows[name])
            record["title"] = f"{record['title'].partition(' #')[0]} #{record['version']}"
            self._put(name, record)

    def open(self, count: int) -> None:
        """Let people open ``count`` records."""
        for number in range(self._next_id, self._next_id + count):
            self.create(orjson.dumps(bulk_record(number)))

    def _put(self, name: str, record: dict[str, Any]) -> bytes:
        self.changes += 1
        record["version"] += 1
        record["updated"] = self._move_to_end(name)
        row = orjson.dumps(record)
        self.rows[name] = row
        ref = record.get("external_ref")
        if ref:
            self.refs[ref] = name
        return row

    def _move_to_end(self, name: str) -> int:
        before = self._changed.get(name)
        if before is not None:
            place = bisect_left(self._stamps, before)
            del self._order[place], self._stamps[place]
        self._stamp += STEP_MS
        self._changed[name] = self._stamp
        self._order.append(name)
        self._stamps.append(self._stamp)
        return self._stamp

    def latest(self, count: int) -> list[str]:
        """Return the ids that changed last, the newest at the end."""
        return self._order[-count:]
