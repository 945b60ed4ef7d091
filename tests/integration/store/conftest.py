"""The same store on both databases, and small ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from ebond.store import Store
from ebond.store.tables import metadata
from tests.integration.store.examples import run_at_work
from tests.integration.store.schemas import drop_schema, new_schema

BOTH = ("sqlite", "postgresql")


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ebond.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    made = new_schema(server)
    yield made
    drop_schema(server, made)


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL schema with the tables; migrated once, as it takes longer than a test."""
    made = new_schema(postgres_url)
    Store.open(made).close()
    yield made
    drop_schema(postgres_url, made)


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with empty tables."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'ebond.db'}"
        Store.open(made).close()
        return made
    made = request.getfixturevalue("postgres_with_tables")
    engine = create_engine(made)
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store, but for a run that is at work."""
    with Store.open(url, migrate=False) as opened:
        run_at_work(opened)
        yield opened


@pytest.fixture
def statements(store: Store) -> list[str]:
    """The SQL that the store sends, but for the beginning of transactions; one entry for each round of a cursor."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        if not args[2].startswith(("PRAGMA", "BEGIN")):
            sent.append(args[2])

    event.listen(store.db.engine, "before_cursor_execute", note)
    return sent
