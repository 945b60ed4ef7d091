"""kill -9 at any statement leaves all of a transaction or nothing of it, and nobody locked out."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from ebond.state import Entry, Fate, Side, Watermark
from ebond.store import Store
from ebond.store.tables import metadata
from tests.integration.store.examples import BOND, NOW, adopt, dirty, intent, linked, opened, seen, settle, show

#: Children of a clean process: a fork of this one would share its connections.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def page(store: Store) -> None:
    mark = Watermark("k", NOW, None)
    show(store, Side.LEFT, seen("L1", title="new"), seen("L5"), stubs=["L3"], returned=["L1"], watermark=mark)


def settlement(store: Store) -> None:
    settle(store, dirty(store)[0])


def creates(store: Store) -> None:
    opened(store, intent("L3", "s-3"), intent("L4", "s-4"))


def adoption(store: Store) -> None:
    adopt(store, intent("L2", "s-2"), seen("R2"), entries=[Entry("created")])


def pairs(store: Store) -> None:
    store.link_pairs(BOND, [("L3", "R3"), ("L4", "R4")], run_id=1, entries=[Entry("paired")], now=NOW)


def drop(store: Store) -> None:
    store.drop("s-2", run_id=1, hold="refused", fate=Fate.HELD, entries=[Entry("dropped")], now=NOW)


def rekey(store: Store) -> None:
    store.rekey(BOND, Side.RIGHT, "R1", "R3", run_id=1, now=NOW)


def work_and_die(url: str, work: Callable[[Store], None], at: int) -> None:
    """Do the work, and be killed before its n-th statement."""
    left = at

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(url, migrate=False) as store:
        store.count(BOND, Side.LEFT)  # connected
        event.listen(store.db.engine, "before_cursor_execute", count)
        event.listen(store.db.engine, "commit", count)
        work(store)


def prepare(store: Store) -> None:
    linked(store, "L1", "R1")
    show(store, Side.LEFT, seen("L2"), seen("L3"), seen("L4"))
    show(store, Side.RIGHT, seen("R3"), seen("R4"))
    opened(store, intent("L2", "s-2"))


def wait_for_the_dead(store: Store) -> None:
    """Return once nobody else holds a lock: PostgreSQL notices a little later that a client is gone."""
    if not store.db.sqlite:
        with store.db.write() as connection:
            connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in metadata.sorted_tables)}"))


def everything(store: Store) -> object:
    wait_for_the_dead(store)
    known = [store.known(BOND, side, [f"{side.value[0].upper()}{n}" for n in range(9)]) for side in Side]
    return (
        known, dirty(store), store.links_of(BOND), store.unresolved(BOND), store.watermark(BOND, Side.LEFT),
        store.summary(BOND), [line["event"] for line in store.read_journal(BOND)],
    )  # fmt: skip


@pytest.mark.parametrize("work", [page, settlement, creates, adoption, pairs, drop, rekey])
def test_a_killed_transaction_leaves_all_or_nothing(store: Store, url: str, work: Callable[[Store], None]) -> None:
    """Killed before each of its statements and before its commit, a transaction has stored nothing."""
    prepare(store)
    before = everything(store)
    at, ended = 0, signal.SIGKILL.value
    while ended:
        assert everything(store) == before
        child = FORKS.Process(target=work_and_die, args=(url, work, at))
        child.start()
        child.join()
        at, ended = at + 1, abs(child.exitcode or 0)
        assert ended in (0, signal.SIGKILL.value)
    assert at > 3
    assert everything(store) != before
