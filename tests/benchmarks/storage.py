"""What a link takes in PostgreSQL, and what an idle poll asks of it: the figures of ``deploy/OPERATIONS.md``.

Run it with ``python -m tests.benchmarks.storage``; it is no part of ``make bench``, for nothing here is a goal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import event, text

from ebond.clock import SystemClock
from ebond.store import Store
from ebond.sync.workbench import TransportFor, Workbench
from ebond.testing.bulk_server import BulkServer
from ebond.testing.servers import PostgresServer
from tests.benchmarks.stage import _LINK_ALL, _SECRETS, Stage, run

TABLES: Final = ("record", "link", "journal", "run")
_SIZES: Final = """
    SELECT c.reltuples::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid) FROM pg_class c
    WHERE c.oid = to_regclass(:t)
"""
_INDEXES: Final = """
    SELECT relname, indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes
    WHERE relname IN ('record', 'link', 'journal', 'run') ORDER BY relname, 3 DESC
"""


class _Stage(Stage):
    """A stage whose database is PostgreSQL."""

    url = ""

    @contextmanager
    def opened(self, transport_for: TransportFor | None = None) -> Iterator[Workbench]:
        with (
            Store.open(self.url) as store,
            Workbench(
                self._definitions, store, clock=SystemClock(), environ=_SECRETS, transport_for=transport_for
            ) as bench,
        ):
            yield bench


def main(records: int) -> None:
    """Link so many records, edit some, poll, and print what that takes."""
    with (
        TemporaryDirectory() as folder,
        BulkServer(records) as left,
        BulkServer(records) as right,
        PostgresServer() as postgres,
    ):
        alone = {"left": {"create": False}, "right": {"create": False}}
        for bond in (alone, {}):
            stage = _Stage(Path(folder) / "none", left, right, bond=bond)
            stage.url = postgres.url
            with stage.opened() as bench:
                if bond:
                    run(bench)
                    _link_all(bench.store)
                    _sizes(bench.store, f"{records} links, nothing changed yet")
                else:
                    _measure(bench, left)


def _measure(bench: Workbench, server: BulkServer) -> None:
    run(bench)
    for what, edits in (("idle pass", 0), ("pass with 200 edits", 200), ("pass that reads the echoes", 0)):
        server.touch(edits) if edits else None
        with _counted(bench.store) as asked:
            run(bench)
        print(what, asked)
    for _ in range(50):
        run(bench)
    _sizes(bench.store, "after 50 idle passes")


@contextmanager
def _counted(store: Store) -> Iterator[dict[str, int]]:
    """Count statements, commits and bytes of the write-ahead log."""
    found = {"statements": 0, "writes": 0, "transactions": 0, "wal_bytes": 0, "cpu_ms": 0}

    def statement(*said: Any) -> None:
        found["statements"] += 1
        found["writes"] += said[2].startswith(("INSERT", "UPDATE", "DELETE"))

    def transaction(*_: Any) -> None:
        found["transactions"] += 1

    before, began = _lsn(store), time.process_time()
    event.listen(store.db.engine, "before_cursor_execute", statement)
    event.listen(store.db.engine, "begin", transaction)
    yield found
    found["cpu_ms"] = round(1000 * (time.process_time() - began))
    event.remove(store.db.engine, "before_cursor_execute", statement)
    event.remove(store.db.engine, "begin", transaction)
    found["wal_bytes"] = _lsn(store) - before


def _lsn(store: Store) -> int:
    with store.db.read() as connection:
        return int(connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one())


def _link_all(store: Store) -> None:
    with store.db.write() as connection:
        for one in _LINK_ALL:
            connection.execute(text(one))


def _sizes(store: Store, when: str) -> None:
    with store.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (FULL, ANALYZE)"))
        print(when)
        for table in TABLES:
            rows, heap, indexes = connection.execute(text(_SIZES), {"t": table}).one()
            if rows > 0:
                print(f"  {table}: {rows} rows, {heap / rows:.0f} B each + {indexes / rows:.0f} B of indexes")
        for table, name, size in connection.execute(text(_INDEXES)):
            print(f"    {table}.{name}: {size}")
        lengths = connection.execute(text("SELECT avg(length(view::text)) FROM record")).scalar_one()
        print(f"  view: {lengths:.0f} B on average")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
