"""The real systems, started once for each worker, and an ebond of its own for each test.

Every test finds both systems empty: issues of other tests are retired, and Kinto forgets all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebond.demo.people import HelpdeskPeople, KintoPeople, RoundupPeople
from ebond.demo.stack import Stack, start
from ebond.store import Store
from ebond.testing.fault_proxy import FaultProxy
from tests.integration.deal import Deal


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with start(helpdesk=True) as running:
        yield running


@pytest.fixture(scope="session")
def people(stack: Stack) -> Iterator[tuple[RoundupPeople, KintoPeople]]:
    roundup, partner = RoundupPeople(stack.roundup), KintoPeople(stack.kinto)
    yield roundup, partner
    roundup.close()
    partner.close()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database: making one takes as long as a whole sync."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def proxy(stack: Stack) -> Iterator[FaultProxy]:
    """The wire between ebond and the gateway."""
    with FaultProxy(stack.gateway) as wire:
        yield wire


@pytest.fixture
def deal(
    stack: Stack,
    proxy: FaultProxy,
    people: tuple[RoundupPeople, KintoPeople],
    empty_store: Path,
    tmp_path: Path,
) -> Iterator[Deal]:
    """The demo's two companies, nothing on either side yet."""
    roundup, partner = people
    for issue in roundup.all(("title",)):
        roundup.retire(issue)
    partner.forget_everything()
    partner.make_collection()
    shutil.copy(empty_store, tmp_path / "ebond.db")
    with Deal(stack, proxy, roundup, partner, tmp_path) as made:
        yield made


@pytest.fixture
def helpdesk(stack: Stack) -> Iterator[HelpdeskPeople]:
    assert stack.helpdesk is not None
    desk = HelpdeskPeople(stack.helpdesk)
    for ticket in desk.all():
        desk.delete(ticket)
    yield desk
    desk.close()
