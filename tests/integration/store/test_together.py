"""Several processes on one database at once: nothing is lost, nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from sqlalchemy import text

from ebond.errors import LeaseLost
from ebond.state import Side
from ebond.store import Store
from ebond.store.leases import check_fence
from ebond.store.observations import _store_records
from tests.integration.store.examples import BOND, NOBODY, NOW, adopt, dirty, intent, linked, opened, seen, settle, show

ROUNDS = 30
LINKS = 12


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def take_in_turn(url: str, owner: str) -> list[int]:
    """Take the bond and give it back until it was had often enough; return the fences."""
    had: list[int] = []
    with Store.open(url, migrate=False) as store:
        holder = store.register(owner, kind="worker", now=NOW, ttl=60)
        while len(had) < ROUNDS:
            fence = store.acquire(BOND, holder=holder)
            if fence is not None:
                had.append(fence)
                store.release(BOND, fence=fence)
    return had


def test_no_fence_is_given_twice(url: str, processes: ProcessPoolExecutor) -> None:
    """Whoever takes a bond, and however often, has a fence that nobody else has."""
    one, two = processes.map(take_in_turn, [url, url], ["a", "b"])
    assert sorted(one + two) == list(range(1, 2 * ROUNDS + 1))


def edit(url: str) -> None:
    """Show new values of all left records again and again, as a scan would."""
    with Store.open(url, migrate=False) as store:
        for number in range(ROUNDS):
            show(store, Side.LEFT, *(seen(f"L{n}", number=number) for n in range(LINKS)))


def keep_settling(url: str) -> None:
    """Settle whatever is dirty again and again, as reconciling would."""
    with Store.open(url, migrate=False) as store:
        for _ in range(ROUNDS):
            for link in dirty(store):
                settle(store, link)


def test_no_edit_is_lost_between_scanning_and_settling(store: Store, url: str, processes: ProcessPoolExecutor) -> None:
    """However the two mix, a link whose record moved after it was planned is dirty."""
    for n in range(LINKS):
        linked(store, f"L{n}", f"R{n}")
    for done in [processes.submit(edit, url), processes.submit(keep_settling, url)]:
        done.result()
    waiting = {link.id for link in dirty(store)}
    links = [store.link(BOND, n) for n in range(1, LINKS + 1)]
    assert [one.id for one in links if one and one.left.base != one.left.view and one.id not in waiting] == []
    assert all(one and one.left.view == {"number": ROUNDS - 1} for one in links)


def show_backwards(url: str, side: Side, step: int) -> None:
    with Store.open(url, migrate=False) as store:
        for number in range(ROUNDS):
            ids = [f"{side.value[0].upper()}{n:02}" for n in range(40)][::step]
            show(store, side, *(seen(one, number=number) for one in ids))


def test_scans_of_both_sides_do_not_wait_for_each_other_for_ever(store: Store, url: str) -> None:
    """Pages of both sides touch the same links in whatever order, and all are stored: no deadlock."""
    # The links' order is opposite to that of the right records.
    for n in range(40):
        linked(store, f"L{n:02}", f"R{39 - n:02}")
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(show_backwards, url, side, step) for side in Side for step in (1, -1)]:
            done.result()
    assert {one.mark for one in dirty(store)} == {1 + 4 * ROUNDS}


@pytest.fixture
def postgres(url: str) -> str:
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: there is nothing in between")
    return url


def wait_until_blocked(store: Store, done: Future[object]) -> None:
    """Return as soon as another transaction waits for this one, or is through."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    while not done.done():
        with store.db.read() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_an_adoption_waits_for_the_page_that_shows_its_source(store: Store, postgres: str) -> None:
    """A scan in mid-transaction is seen by the adoption after it: the edit makes the new link dirty."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent())
    with ThreadPoolExecutor() as pool, Store.open(postgres, migrate=False) as other:
        with store.db.write() as scanning:
            _store_records(scanning, BOND, Side.LEFT, 1, [seen("L1", title="edited meanwhile")])
            adopting = pool.submit(adopt, other, intent(), seen("R1"))
            wait_until_blocked(store, adopting)
        adopting.result()
    assert [one.left.view for one in dirty(store)] == [{"title": "edited meanwhile"}]


def test_a_bond_is_not_taken_in_the_middle_of_a_commit(store: Store, postgres: str) -> None:
    """Who checks the fence commits before another can take the bond; the next commit is refused."""
    store.acquire(BOND, holder=NOBODY)
    with ThreadPoolExecutor() as pool:
        with store.db.write() as committing:
            check_fence(committing, BOND, 1)
            taking = pool.submit(store.acquire, BOND, holder=NOBODY + 1)
            wait_until_blocked(store, taking)
            assert not taking.done()
        assert taking.result() == 2
    with pytest.raises(LeaseLost):
        show(store, Side.LEFT, seen("L1"), fence=1)
