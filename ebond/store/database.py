"""Opening the database: SQLite (WAL) by default, PostgreSQL with the same code.

On SQLite every writing transaction begins with ``BEGIN IMMEDIATE``: with the driver's own habit of beginning late,
two processes that read and then write lose each other's updates without an error. Threads of one process queue at
a lock instead of polling the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from ebond.errors import StoreError

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "cache_size=-32000",
)


class Database:
    """An engine, and transactions on it."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.engine = _engine(self.url)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._writing = RLock() if self.sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one writing transaction: all of it or nothing."""
        with self._writing, _translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one reading transaction."""
        with _translated(), self.engine.connect() as connection:
            yield connection.execution_options(readonly=True)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("the database URL cannot be read", todo=_EXAMPLES) from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"{parsed.get_backend_name()} is no database that ebond knows", todo=_EXAMPLES)
    return parsed


_EXAMPLES = "Give sqlite:///FILE or postgresql://USER@HOST/NAME"


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            # Errors would print our payloads otherwise.
            hide_parameters=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            pool_pre_ping=url.get_backend_name() != "sqlite",
            pool_size=16,
            max_overflow=32,
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError("the PostgreSQL driver is not installed", todo="Install ebond[postgres]") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into ours, without statement and parameters."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(f"the database cannot be used: {_first_line(error)}", todo=_todo(error)) from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreError(f"the database went away: {_first_line(error)}", todo="Is it running?") from None
        raise


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def _todo(error: DBAPIError) -> str:
    text = str(error.orig)
    if "unable to open" in text or "readonly" in text:
        return "See that the folder of the database file exists and may be written"
    if "locked" in text:
        return "Another process holds it; stop that one or wait"
    return "See that the database runs and that the URL, user and password are right"
