"""How what is known of a file is kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.engine import Row

from ebond.attachments import File, FileState
from ebond.store.children import ChildTable, child_row, child_values
from ebond.store.sqlkit import FILE


def _row(bond: str, one: FileState) -> dict[str, Any]:
    return {
        **child_row(bond, one),
        "file": asdict(one.file),
        "copy_file": None if one.copy is None else asdict(one.copy),
        "token": one.token,
        "tries": one.tries,
    }


def _state(row: Row[Any]) -> FileState:
    return FileState(
        **child_values(row),
        file=File(**row.file),
        copy=None if row.copy_file is None else File(**row.copy_file),
        token=row.token,
        tries=row.tries,
    )


FILE_TABLE: Final = ChildTable(FILE, "files", _row, _state)
