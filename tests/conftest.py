"""What holds for all tests, and real servers for those that need them.

The servers start at first use and once for each test process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from ebond.testing.servers import PostgresServer, ValkeyServer

# Tests do not time: on a busy machine the first example may take half a second, and says nothing by it.
settings.register_profile("ebond", deadline=None)
settings.load_profile("ebond")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database: the one that EBOND_TEST_DATABASE_URL names, else a server of our own."""
    given = os.environ.get("EBOND_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with PostgresServer() as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis: the one that EBOND_TEST_REDIS_URL names, else a Valkey of our own."""
    given = os.environ.get("EBOND_TEST_REDIS_URL")
    if given:
        yield given
        return
    with ValkeyServer() as server:
        yield server.url
