"""Rows, fast: the usual ones directly, all others by ``RowReader``. What is bound here is bound once.

A sweep reads every row of a list, and most of them only to see that nothing moved. Whatever is not exactly of the
usual form goes the general way, which decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.path import in_list, split
from ebond.records.marks import compile_marks
from ebond.records.rows import Seen
from ebond.records.version import version_text

Quick = Callable[[Any], Seen | None]
_NUL: Final = "\x00"


def quick_row(resource: Resource, stamp: Callable[[Any], datetime]) -> Quick | None:
    """Return a function that reads a row of the usual form, and returns None for any other.

    None where the contract is not the usual one: the list shows whole rows, and id, version and stamp lie at the top of
    one. ``stamp`` reads a stamp, or raises.
    """
    pointers = (resource.id, resource.version or resource.id, resource.updated or resource.id)
    steps = [split(pointer) for pointer in pointers]
    if not resource.list.complete or any(len(one) != 1 or in_list(one[0]) for one in steps):
        return None
    take = itemgetter(*(one[0] for one in steps))
    numbered, versioned, dated = resource.id_type == "number", bool(resource.version), bool(resource.updated)
    deleted = compile_marks(resource.list.deleted)
    # A call of the class itself takes twice as long.
    new = tuple.__new__

    def read(row: Any) -> Seen | None:
        try:
            record_id, raw_version, raw_stamp = take(row)
            updated = stamp(raw_stamp) if dated else None
        except (LookupError, ValueError, TypeError, OverflowError, ValueParked):
            return None
        if type(record_id) is int:
            record_id = str(record_id)
        elif type(record_id) is not str or numbered or not record_id or _NUL in record_id:
            return None
        version = version_text(raw_version) if versioned else None
        if type(row) is not dict or (version is not None and _NUL in version):
            return None
        return new(Seen, (record_id, version, updated, row, deleted is not None and deleted(row)))

    return read
