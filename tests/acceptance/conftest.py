"""Desks for the acceptance tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A bond between two empty systems."""
    with open_desk(tmp_path) as made:
        yield made


@pytest.fixture
def synced(desk: Desk) -> Desk:
    """A bond with three links that are in step: left and right 1, 2 and 3."""
    for number in range(3):
        desk.left.system.person_creates({"title": f"incident {number}", "status": "new"})
    assert desk.run("sync", "fake-bond").code == 0
    return desk
