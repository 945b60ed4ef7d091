"""Connections that rest in the pool: trusted while they were used just now, asked before use where they were not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, event, text

from ebond.errors import StoreError
from ebond.store import Store, database
from tests.integration.store.examples import BOND


@pytest.fixture
def store(postgres_with_tables: str) -> Iterator[Store]:
    """A store in PostgreSQL with one connection at rest in its pool."""
    with Store.open(postgres_with_tables, migrate=False) as opened:
        opened.is_paused(BOND)
        yield opened


def cut(store: Store) -> None:
    """End all connections of the store, as a restart of the server does."""
    with store.db.read() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    engine = create_engine(store.db.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        assert other.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)")).scalar_one()
    engine.dispose()


def test_a_connection_that_broke_while_nobody_used_it_is_replaced(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rest it is asked whether it is good; nobody notices that it was not."""
    cut(store)
    monkeypatch.setattr(database, "UNASKED", 0.0)
    assert store.is_paused(BOND) is False


def test_a_connection_that_broke_just_now_fails_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails as it would in the midst of a transaction; the next one has another connection."""
    monkeypatch.setattr(database, "UNASKED", float("inf"))
    cut(store)
    with pytest.raises(StoreError):
        store.is_paused(BOND)
    assert store.is_paused(BOND) is False


def test_a_connection_in_use_is_not_asked_at_each_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """That would be a round trip for each of them."""
    monkeypatch.setattr(database, "UNASKED", 60.0)
    asked: list[object] = []
    monkeypatch.setattr(type(store.db.engine.dialect), "do_ping", lambda _, one: asked.append(one) or True)
    opened: list[object] = []
    event.listen(store.db.engine, "connect", lambda *args: opened.append(args))
    for _ in range(5):
        store.is_paused(BOND)
    assert (asked, opened) == ([], [])
