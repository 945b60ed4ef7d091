"""Connections that rest in the pool: trusted while they were used just now, asked before use where they were not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, event, text

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


@pytest.mark.parametrize("trusted_for", [0.0, float("inf")])
def test_a_connection_that_the_server_ended_is_replaced(
    store: Store, monkeypatch: pytest.MonkeyPatch, trusted_for: float
) -> None:
    """Whether it rested for long or was used just now: nobody notices."""
    monkeypatch.setattr(database, "UNASKED", trusted_for)
    cut(store)
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
