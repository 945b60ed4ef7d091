"""Opening the database: SQLite (WAL) by default, PostgreSQL with the same code.

On SQLite every writing transaction begins with ``BEGIN IMMEDIATE``: with the driver's own habit of beginning late,
two processes that read and then write lose each other's updates without an error. Threads of one process queue at
a lock instead of polling the file. On PostgreSQL a reading transaction sees one moment, as it does on SQLite.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import RLock
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from ebond.errors import StoreError
from ebond.store.advice import advice, first_line

#: Seconds that SQLite waits for another process to finish its transaction.
PATIENCE: Final = 30.0

#: The time to wait comes first: the others may have to wait already. Each thread has a connection with a cache of its
#: own: at 4 MB memory does not grow with the bond, and the operating system keeps the file's pages anyway.
_PRAGMAS: Final = ("busy_timeout={wait}", "journal_mode=WAL", "foreign_keys=ON", "cache_size=-4000")
#: Seconds for which a connection is trusted after its last use, unless the server said farewell: to ask each time
#: would be a round trip for each transaction.
UNASKED: Final = 1.0
_USED: Final = "ebond used it at"
_EXAMPLES: Final = "Give sqlite:///FILE or postgresql://USER@HOST/NAME"
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_ALONE: Final = {"isolation_level": "AUTOCOMMIT"}


class Database:
    """An engine, and transactions on it. Raises StoreError for whatever goes wrong with the database."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self.url = _parse(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, patience)
        self._place = _place(self.url)
        self._reading: dict[str, Any] = {"readonly": True} if self.sqlite else _SNAPSHOT
        self._asking: dict[str, Any] = {"alone": True} if self.sqlite else _ALONE
        self._writing = RLock() if self.sqlite else nullcontext()

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Run one writing transaction: all of it or nothing.

        A ``durable`` one is on the disk before the block is left. Others may be lost in a power cut, each with all
        that came after it, and only what can be found out again may be among them.
        """
        with self._writing, self._translated(), self.engine.connect() as connection:
            connection.execution_options(durable=durable)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one reading transaction: what it sees is of one moment."""
        with self._translated(), self.engine.connect() as connection:
            yield connection.execution_options(**self._reading)

    @contextmanager
    def ask(self) -> Iterator[Connection]:
        """Ask one question: it sees one moment by itself, and no transaction has to be begun for it."""
        with self._translated(), self.engine.connect() as connection:
            yield connection.execution_options(**self._asking)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the driver's errors into ours, without statement and parameters: those are other people's data."""
        try:
            yield
        except DBAPIError as error:
            reason = first_line(error)
            raise StoreError(f"the database fails: {reason}", where=self._place, todo=advice(error)) from None
        except PoolTimeout:
            raise StoreError(
                "all connections to the database are in use", where=self._place, todo="Use fewer workers"
            ) from None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text of the error would show the URL, and a password in it.
        raise StoreError("the database URL cannot be read", todo=_EXAMPLES) from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(f"{backend} is no database that ebond knows", todo=_EXAMPLES)
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(
            "SQLite needs a file: what is in memory is lost, and every thread sees its own", todo=_EXAMPLES
        )
    return parsed


def _place(url: URL) -> str:
    """Say which database, without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    return f"postgresql://{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _engine(url: URL, patience: float) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        engine = create_engine(
            url,
            # Errors would print our payloads otherwise.
            hide_parameters=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=_from_json,
            pool_use_lifo=True,
            pool_size=16,
            max_overflow=32,
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StoreError("the PostgreSQL driver is not installed", todo="Install ebond[postgres]") from None
    if sqlite:
        event.listen(engine, "connect", partial(_on_connect, int(patience * 1000)))
        event.listen(engine, "begin", _on_begin)
    else:
        event.listen(engine, "checkin", _on_checkin)
        event.listen(engine, "checkout", partial(_on_checkout, engine.dialect))
    return engine


def _from_json(value: Any) -> Any:
    # SQLite makes a number of a column that holds nothing but a number.
    return value if isinstance(value, int | float) else orjson.loads(value)


def _on_connect(wait: int, connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma.format(wait=wait)}")


def _on_checkin(_: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _on_checkout(dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
    """Ask whether a connection is still good, where there is a doubt; where it is not, none of them is."""
    rested = time.monotonic() - record.info.get(_USED, float("inf"))
    try:
        if rested >= UNASKED or _has_news(connection):
            dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _has_news(connection: Any) -> bool:
    """Has the server sent something unasked? A farewell, most likely; to look costs no round trip."""
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("alone"):
        return
    if options.get("readonly"):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "FULL" if options.get("durable") else "NORMAL"
    if connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")
