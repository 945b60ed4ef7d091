"""Databases in trouble: every error says what, where and what to do, and nothing of what was to be stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ebond.errors import StoreError
from ebond.state import Side
from ebond.store import Store
from ebond.store.database import Database
from ebond.testing.servers import PostgresServer
from tests.integration.store.examples import BOND, NOW, dirty, linked, run_at_work, seen, settle, show


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ebond.db"
    Store.open(f"sqlite:///{path}").close()
    return path


def complaint(url: str, patience: float = 0) -> StoreError:
    """Return what writing to a database says."""
    store = Store(Database(url, patience=patience))
    with store, pytest.raises(StoreError) as caught:
        show(store, Side.LEFT, seen("L1"))
    return caught.value


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file, and says that its folder has to be there."""
    error = complaint(f"sqlite:///{tmp_path}/nowhere/ebond.db")
    assert str(error) == (
        f"the database fails: unable to open database file at {tmp_path}/nowhere/ebond.db. "
        "See that its folder exists and that both may be written"
    )


def test_a_file_that_may_only_be_read(file: Path) -> None:
    """A read-only database is refused at the first write."""
    error = complaint(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert "readonly database" in error.message
    assert error.todo == "See that its folder exists and that both may be written"


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    """A file that is no database is named as such, and left as it is."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database at all, but long enough to be read as one " * 20)
    before = other.read_bytes()
    error = complaint(f"sqlite:///{other}")
    assert ("file is not a database" in error.message, error.where) == (True, str(other))
    assert other.read_bytes() == before


def test_a_file_that_another_process_holds(file: Path) -> None:
    """After its patience the error says that another process is in the way; then all is well again."""
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        error = complaint(f"sqlite:///{file}")
    other.close()
    assert error.todo == "Another process holds it; stop that one or wait"
    with Store.open(f"sqlite:///{file}") as store:
        show(store, Side.LEFT, seen("L1"))
        assert store.count(BOND, Side.LEFT) == 1


def test_a_full_disk(file: Path) -> None:
    """What does not fit is not stored by halves, and the error says to make room."""
    with Store.open(f"sqlite:///{file}") as store:
        run_at_work(store)
        linked(store)

        def no_more(connection: Any, *_: Any) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        event.listen(store.db.engine, "begin", no_more)
        with pytest.raises(StoreError, match="is full") as caught:
            show(store, Side.LEFT, *(seen(f"X{n}", text="x" * 5000) for n in range(200)))
        assert (caught.value.todo, store.count(BOND, Side.LEFT)) == ("Make room on its disk", 1)


SECRET = "s3cret-personal"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/ebond",
        f"postgresql://127.0.0.1:1/ebond?user=u&password={SECRET}",
        f"postgresql://user:{SECRET}@127.0.0.1:port/ebond",
        f"mysql://user:{SECRET}@127.0.0.1/ebond",
        f"{SECRET}",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    """Whatever is wrong with a URL, its password is not part of the error."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert SECRET not in str(caught.value)
    assert caught.value.todo
    assert caught.value.__cause__ is None


def test_a_server_that_is_not_there_is_named() -> None:
    """Host, port and name of the database are part of the error."""
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql://u:p@127.0.0.1:1/ebond")
    assert caught.value.where == "postgresql://127.0.0.1:1/ebond"
    assert caught.value.todo == "See that it is running and that the URL, user and password are right"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///"])
def test_memory_is_no_place_for_state(url: str) -> None:
    """A database in memory is refused: each thread would have its own, and nothing would be left."""
    with pytest.raises(StoreError, match="SQLite needs a file"):
        Store.open(url)


def test_values_are_no_part_of_errors(store: Store) -> None:
    """What a record says is in no error, however it was raised."""
    view = {"caller": SECRET}
    with pytest.raises(StoreError) as caught:
        show(store, Side.LEFT, seen(SECRET, key="k", **view), seen(SECRET, key="k", **view))
    shown = [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    assert not any(SECRET in text for text in shown)


def test_values_are_no_part_of_the_journal(store: Store) -> None:
    """The lines that the store itself writes carry names and ids, and never a value."""
    link = linked(store)
    show(store, Side.LEFT, seen("L1", caller=SECRET))
    settle(store, link)
    store.rekey(BOND, Side.LEFT, "L1", "L2", run_id=1, now=NOW)
    lines = store.read_journal(BOND)
    assert lines
    assert SECRET not in repr(lines)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own that may be stopped."""
    with PostgresServer() as made:
        Store.open(made.url).close()
        yield made


def test_a_server_that_goes_and_comes_back(server: PostgresServer) -> None:
    """While the database is away every call says so; once it is back the same store works on what it had."""
    with Store.open(server.url) as store:
        run_at_work(store)
        link = linked(store, "L1", "R1")
        server.stop()
        for call in (lambda: dirty(store), lambda: settle(store, link), lambda: store.at_work(BOND)):
            with pytest.raises(StoreError) as caught:
                call()
            assert (caught.value.where or "").startswith("postgresql://")
            assert caught.value.todo == "See that it is running and that the URL, user and password are right"
        server.start()
        assert dirty(store) == [link]
        settle(store, link)


def test_a_server_that_dies_in_the_middle(server: PostgresServer) -> None:
    """A transaction that the server's death cut off has stored nothing, and what was committed before stands."""
    with Store.open(server.url) as store:
        show(store, Side.LEFT, seen("L7"))

        event.listen(store.db.engine, "commit", lambda _: server.kill(), once=True)
        with pytest.raises(StoreError):
            show(store, Side.LEFT, seen("L8"))
        server.start()
        assert set(store.known(BOND, Side.LEFT, ["L7", "L8"])) == {"L7"}
