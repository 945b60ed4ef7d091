"""What a library says of its own accord."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from ebond.detail import detail


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_details_are_not_said_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    """An application that has not set structlog up hears nothing of single calls."""
    detail(structlog.get_logger("ebond.call"), "call", status=200)
    assert capsys.readouterr() == ("", "")


def test_details_are_said_where_logs_are_set_up() -> None:
    """An application that has set structlog up hears all of it."""
    with structlog.testing.capture_logs() as lines:
        detail(structlog.get_logger("ebond.call"), "call", status=200)
    assert lines == [{"event": "call", "status": 200, "log_level": "debug"}]
