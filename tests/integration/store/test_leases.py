"""Leases of bonds: one worker opens a pass, and none that lost the bond commits (edge case 98)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ebond.errors import LeaseLost
from ebond.state import Side, Watermark
from ebond.store import Store
from tests.integration.store.examples import BOND, NOW, dirty, linked, seen, show
from tests.integration.store.test_holders import EXPIRED, come, is_dead


def test_a_bond_has_one_holder(store: Store) -> None:
    """While one has it nobody else gets the bond, and all can see who has it."""
    first, second = come(store, "a"), come(store, "b")
    assert (store.acquire(BOND, holder=first), store.acquire(BOND, holder=second)) == (1, None)
    assert [name for name, _ in store.at_work(BOND)] == ["a"]


def test_a_holder_has_a_bond_once(store: Store) -> None:
    """Two threads of one process do not open the same pass."""
    one = come(store, "a")
    assert (store.acquire(BOND, holder=one), store.acquire(BOND, holder=one)) == (1, None)


def test_bonds_are_apart(store: Store) -> None:
    """A lease on one bond is none on another."""
    one = come(store, "a")
    store.acquire(BOND, holder=one)
    assert store.acquire("other", holder=come(store, "b")) == 1


def test_the_fence_grows_with_every_taking(store: Store) -> None:
    """Given back, or left by one that was buried, a bond is taken with a fence that was never there before."""
    first, second, third = (come(store, name) for name in "abc")
    assert store.acquire(BOND, holder=first) == 1
    store.release(BOND, fence=1)
    assert store.acquire(BOND, holder=second) == 2
    store.bury(now=NOW, dead=is_dead("b"))
    assert store.acquire(BOND, holder=third) == 3


def test_a_lost_lease_is_not_given_back(store: Store) -> None:
    """Who lost the bond cannot take it from the next holder by releasing it."""
    first, second = come(store, "a"), come(store, "b")
    store.acquire(BOND, holder=first)
    store.bury(now=NOW, dead=is_dead("a"))
    store.acquire(BOND, holder=second)
    store.release(BOND, fence=1)
    assert [name for name, _ in store.at_work(BOND)] == ["b"]


def commit_page(store: Store) -> None:
    show(store, Side.LEFT, seen("L9"), watermark=Watermark("k", NOW, None), fence=1)


def commit_pair(store: Store) -> None:
    store.link_pairs(BOND, [("L2", "R3")], run_id=1, fence=1, entries=[], now=NOW)


@pytest.mark.parametrize("commit", [commit_page, commit_pair])
def test_a_worker_that_lost_its_lease_cannot_commit(store: Store, commit: Callable[[Store], None]) -> None:
    """Once another has taken the bond, nothing of the former holder's opening is stored."""
    linked(store)
    show(store, Side.LEFT, seen("L2"))
    store.acquire(BOND, holder=come(store, "a"))
    store.bury(now=EXPIRED, dead=is_dead())
    store.acquire(BOND, holder=come(store, "b"))
    before = everything(store)
    with pytest.raises(LeaseLost, match="another process took bond incidents over"):
        commit(store)
    assert everything(store) == before


@pytest.mark.parametrize("commit", [commit_page, commit_pair])
def test_the_holder_commits(store: Store, commit: Callable[[Store], None]) -> None:
    """The fence keeps nobody out who holds the bond."""
    linked(store)
    show(store, Side.LEFT, seen("L2"))
    show(store, Side.RIGHT, seen("R3"))
    store.acquire(BOND, holder=come(store, "a"))
    before = everything(store)
    commit(store)
    assert everything(store) != before


def everything(store: Store) -> object:
    links = [(one.left.id, one.right.id, one.mark) for one in dirty(store)]
    return (
        links, store.links_of(BOND), store.unresolved(BOND), store.watermark(BOND, Side.LEFT),
        store.strangers(BOND, Side.LEFT, after_id="", limit=99), len(store.read_journal(BOND)),
    )  # fmt: skip
