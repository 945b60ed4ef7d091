"""From a row to a record: id, version, updated, tombstone; compiled once, a row costs microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.path import getter
from ebond.mapping.quick_stamp import stamp_parser
from ebond.records.marks import compile_marks
from ebond.records.quick_row import quick_row
from ebond.records.rows import RowFault, Seen
from ebond.records.version import version_text

_STAMPS_KEPT = 4096
#: PostgreSQL keeps it in no text; a record that carries it in what we find it by cannot be kept.
_NUL = "\x00"


class RowReader:
    """Reads the rows of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._id = getter(resource.id)
        self._number = resource.id_type == "number"
        self._version = getter(resource.version) if resource.version is not None else None
        self._updated = getter(resource.updated) if resource.updated is not None else None
        self._stamp = stamp_parser(resource.updated_stamp)
        if resource.updated_stamp.format == "pattern":
            # Rows of one page often share their stamps. The other forms are read faster than they are found again.
            self._stamp = lru_cache(_STAMPS_KEPT, typed=True)(self._stamp)
        self._quick = quick_row(resource, self._stamp)
        self._skip = compile_marks(resource.list.skip)
        self._deleted = compile_marks(resource.list.deleted)
        self._ended = tuple((getter(place), frozenset(texts)) for place, texts in _ends(resource).items())

    def rows(self, rows: Iterable[Any]) -> tuple[tuple[Seen, ...], tuple[RowFault, ...]]:
        """Read the rows of a page; what cannot be read is a fault of its own."""
        seen: list[Seen] = []
        faults: list[RowFault] = []
        skip, quick = self._skip, self._quick
        for row in rows:
            if skip is not None and skip(row):
                continue
            outcome = (quick(row) if quick is not None else None) or self.row(row)
            if isinstance(outcome, Seen):
                seen.append(outcome)
            else:
                faults.append(outcome)
        return tuple(seen), tuple(faults)

    def row(self, row: Any) -> Seen | RowFault:
        """Read one row of a list."""
        if not isinstance(row, dict):
            return RowFault(f"the row is no object but {_kind(row)}", None)
        record_id = self.id_text(self._id(row))
        if record_id is None:
            unusable = _NUL in str(self._id(row))
            return RowFault("its id holds U+0000" if unusable else "the row has no id", None)
        return self.as_record(row, record_id)

    def as_record(self, record: dict[str, Any], record_id: str) -> Seen | RowFault:
        """Read a record whose id is known."""
        version = version_text(self._version(record)) if self._version is not None else self._end(record)
        if version is not None and _NUL in version:
            return RowFault("its version holds U+0000", record_id)
        updated = None
        if self._updated is not None:
            raw = self._updated(record)
            # Some systems leave it empty until the first update.
            if raw is not None and raw != "":
                try:
                    updated = self._stamp(raw)
                except (ValueError, TypeError, OverflowError, ValueParked):
                    return RowFault(f"its 'updated' cannot be read: {_shape(raw)}", record_id)
        deleted = self._deleted is not None and self._deleted(record)
        return Seen(record_id, version, updated, record, deleted)

    def _end(self, record: dict[str, Any]) -> str | None:
        """Return the state in which nothing changes a record any more, which is as good as a version."""
        return next((str(end) for end, ends in ((get(record), ends) for get, ends in self._ended) if end in ends), None)

    def id_of(self, record: Any) -> str | None:
        """Return the id of a record as text; None where it shows none."""
        return self.id_text(self._id(record))

    def id_text(self, raw: Any) -> str | None:
        """Return an id as text, numbers in plain form: 7, 7.0 and "07" are one id where ids are numbers.

        None where there is none, or none that can be kept.
        """
        if raw is None or raw == "" or isinstance(raw, (bool, dict, list)):
            return None
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        text = str(raw)
        if _NUL in text:
            return None
        if self._number and text.isascii() and text.isdigit():
            return str(int(text))
        return text


def _ends(resource: Resource) -> dict[str, tuple[str, ...]]:
    """Return what stands for a version: only rows that show no values have to be known by one."""
    return {} if resource.list.complete else resource.list.ended


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__


def _shape(raw: Any) -> str:
    """Show a bad stamp without giving away what else may stand there."""
    return repr(raw) if isinstance(raw, (int, float)) else repr(str(raw)[:40])
