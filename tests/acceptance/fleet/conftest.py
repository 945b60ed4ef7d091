"""Fleets for the acceptance tests: one PostgreSQL for each test process, with a database for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from ebond.store import Store
from ebond.testing.servers import PostgresServer, ValkeyServer
from tests.acceptance.desk import open_desk
from tests.acceptance.fleet.yard import Yard


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that a test may stop."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """A database of this test's own."""
    name = f"fleet_{uuid4().hex[:8]}"
    engine = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(postgres.url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def yard(tmp_path: Path, database: str) -> Iterator[Callable[..., Yard]]:
    """Make a yard: nothing is started yet; ``bond`` changes the bond, the rest goes to both gateways."""
    with ExitStack() as stack:

        def make(*, url: str = database, bond: dict[str, Any] | None = None, **gateway: Any) -> Yard:
            often = {"workers": 8, "schedule": {"every": "1s"}, **(bond or {})}
            desk = stack.enter_context(open_desk(tmp_path, bond=often, **gateway))
            redis = stack.enter_context(ValkeyServer())
            store = Store.open(url)
            stack.callback(store.close)
            made = Yard(desk, url, redis, store)
            stack.callback(made.close)
            return made

        yield make
