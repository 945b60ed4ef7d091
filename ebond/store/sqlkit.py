"""Small pieces that the repositories share: times, upserts, journal lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from ebond.store.tables import (
    AwaitedRow,
    BondRow,
    CommentRow,
    DecisionRow,
    DepartureRow,
    FileRow,
    HolderRow,
    HoldRow,
    IntentRow,
    JournalRow,
    KeptRow,
    LinkRow,
    LookedUpRow,
    MatchKeyRow,
    NoticeRow,
    PartingRow,
    RecordRow,
    RunRow,
    WatermarkRow,
)

RECORD: Final[Table] = RecordRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it
MATCH_KEY: Final[Table] = MatchKeyRow.__table__  # type: ignore[attr-defined]  # likewise
LINK: Final[Table] = LinkRow.__table__  # type: ignore[attr-defined]  # likewise
HOLD: Final[Table] = HoldRow.__table__  # type: ignore[attr-defined]  # likewise
DECISION: Final[Table] = DecisionRow.__table__  # type: ignore[attr-defined]  # likewise
COMMENT: Final[Table] = CommentRow.__table__  # type: ignore[attr-defined]  # likewise
FILE: Final[Table] = FileRow.__table__  # type: ignore[attr-defined]  # likewise
PARTING: Final[Table] = PartingRow.__table__  # type: ignore[attr-defined]  # likewise
DEPARTURE: Final[Table] = DepartureRow.__table__  # type: ignore[attr-defined]  # likewise
INTENT: Final[Table] = IntentRow.__table__  # type: ignore[attr-defined]  # likewise
WATERMARK: Final[Table] = WatermarkRow.__table__  # type: ignore[attr-defined]  # likewise
RUN: Final[Table] = RunRow.__table__  # type: ignore[attr-defined]  # likewise
JOURNAL: Final[Table] = JournalRow.__table__  # type: ignore[attr-defined]  # likewise
BOND: Final[Table] = BondRow.__table__  # type: ignore[attr-defined]  # likewise
HOLDER: Final[Table] = HolderRow.__table__  # type: ignore[attr-defined]  # likewise
NOTICE: Final[Table] = NoticeRow.__table__  # type: ignore[attr-defined]  # likewise
LOOKED_UP: Final[Table] = LookedUpRow.__table__  # type: ignore[attr-defined]  # likewise
AWAITED: Final[Table] = AwaitedRow.__table__  # type: ignore[attr-defined]  # likewise
KEPT: Final[Table] = KeptRow.__table__  # type: ignore[attr-defined]  # likewise

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def to_micros(moment: datetime | None) -> int | None:
    """Return a moment as whole microseconds since 1970."""
    return None if moment is None else (moment - _EPOCH) // _MICRO


def from_micros(micros: int | None) -> datetime | None:
    """Return the moment that ``to_micros`` stored."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, keep: Iterable[str] = ()) -> None:
    """Insert rows or update those whose primary key is there; ``keep`` names columns an update leaves alone."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    # In the order of the keys: two transactions with the same rows would wait for each other in any other.
    in_order = sorted(rows, key=lambda row: [row[key] for key in keys])
    connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0]), tuple(keep)), in_order)


@lru_cache
def _upsert(dialect: str, table: Table, names: tuple[str, ...], keep: tuple[str, ...]) -> Executable:
    """Build the statement once: that costs more than to run it for one row."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in names if name not in {*keys, *keep}}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def insert_missing(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with its primary key, or another unique key of it, is there; say whether it was."""
    return bool(insert_all_missing(connection, table, [row]))


def insert_all_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> set[Any]:
    """Insert rows, as ``insert_missing`` does; return the first column of the primary keys of those that were not."""
    made = connection.execute(_insert_missing(connection.dialect.name, table), rows) if rows else ()
    return {row[0] for row in made}


@lru_cache
def _insert_missing(dialect: str, table: Table) -> Executable:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing().returning(*table.primary_key)


#: Ids asked for in one statement; below every database's limit of parameters.
CHUNK: Final = 900


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces that fit one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
