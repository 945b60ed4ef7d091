"""A queue in memory, and a log that a test can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest
import structlog
from dramatiq.brokers.stub import StubBroker


@pytest.fixture
def stub() -> Iterator[dramatiq.Broker]:
    broker = StubBroker(middleware=[])
    yield broker
    broker.close()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Everything that is logged meanwhile, whatever level an earlier test may have set."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)
