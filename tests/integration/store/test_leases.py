"""Leases and fences: one worker for each bond, and none that lost it commits (edge case 98)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ebond.errors import LeaseLost
from ebond.state import Side, Watermark
from ebond.store import Store
from tests.integration.store.examples import BOND, NOW, adopt, dirty, intent, linked, opened, seen, settle, show

TTL = 60.0
EXPIRED = NOW + timedelta(seconds=TTL)


def take(store: Store, owner: str, now: datetime = NOW) -> int | None:
    return store.acquire(BOND, owner=owner, now=now, ttl=TTL)


def test_a_bond_has_one_holder(store: Store) -> None:
    """While a lease holds, nobody else gets the bond, and all can see who has it."""
    assert (take(store, "a"), take(store, "b"), store.holder(BOND)) == (1, None, "a")


def test_bonds_are_apart(store: Store) -> None:
    """A lease on one bond is none on another."""
    take(store, "a")
    assert store.acquire("other", owner="b", now=NOW, ttl=TTL) == 1


def test_the_fence_grows_with_every_taking(store: Store) -> None:
    """Given back or run out, a bond is taken with a fence that was never there before."""
    first = take(store, "a")
    assert first is not None
    store.release(BOND, owner="a", fence=first)
    assert (take(store, "b"), take(store, "c", EXPIRED)) == (2, 3)


def test_a_renewed_lease_holds_on(store: Store) -> None:
    """Who gives signs of life keeps the bond beyond the first term."""
    take(store, "a")
    assert store.renew(BOND, owner="a", fence=1, now=EXPIRED - timedelta(seconds=1), ttl=TTL)
    assert take(store, "b", EXPIRED) is None


def test_a_lost_lease_is_neither_renewed_nor_given_back(store: Store) -> None:
    """Who lost the bond cannot take it from the next holder by renewing or releasing."""
    take(store, "a")
    take(store, "b", EXPIRED)
    store.release(BOND, owner="a", fence=1)
    assert (store.renew(BOND, owner="a", fence=1, now=EXPIRED, ttl=TTL), store.holder(BOND)) == (False, "b")


def test_the_same_owner_twice_is_told_apart_by_the_fence(store: Store) -> None:
    """A worker that lost the bond and took it anew does not renew with the old fence."""
    take(store, "a")
    take(store, "a", EXPIRED)
    assert not store.renew(BOND, owner="a", fence=1, now=EXPIRED, ttl=TTL)


def test_a_dead_holder_is_evicted_and_fenced(store: Store) -> None:
    """A bond freed of a dead holder is free at once; evicting anybody else does nothing."""
    take(store, "a")
    store.evict(BOND, owner="somebody")
    still = take(store, "b")
    store.evict(BOND, owner="a")
    assert (still, take(store, "b")) == (None, 2)


def commit_page(store: Store) -> None:
    show(store, Side.LEFT, seen("L9"), watermark=Watermark("k", NOW, None), fence=1)


def commit_settlement(store: Store) -> None:
    settle(store, dirty(store)[0], fence=1)


def commit_intent(store: Store) -> None:
    opened(store, intent("L2", "s-2"), fence=1)


def commit_adoption(store: Store) -> None:
    adopt(store, intent(), seen("R2"), fence=1)


def commit_pair(store: Store) -> None:
    store.link_pairs(BOND, [("L2", "R3")], run_id=1, fence=1, entries=[], now=NOW)


@pytest.mark.parametrize("commit", [commit_page, commit_settlement, commit_intent, commit_adoption, commit_pair])
def test_a_worker_that_lost_its_lease_cannot_commit(store: Store, commit: Callable[[Store], None]) -> None:
    """Once another has taken the bond, nothing of the former holder's work is stored."""
    linked(store)
    show(store, Side.LEFT, seen("L2"))
    opened(store, intent())
    take(store, "a")
    take(store, "b", EXPIRED)
    before = everything(store)
    with pytest.raises(LeaseLost, match="another process took bond incidents over"):
        commit(store)
    assert everything(store) == before


@pytest.mark.parametrize("commit", [commit_page, commit_settlement, commit_intent, commit_adoption, commit_pair])
def test_the_holder_commits(store: Store, commit: Callable[[Store], None]) -> None:
    """The fence keeps nobody out who holds the bond."""
    linked(store)
    show(store, Side.LEFT, seen("L2"))
    show(store, Side.RIGHT, seen("R3"))
    opened(store, intent("L3", "s-1"))
    take(store, "a")
    before = everything(store)
    if commit is commit_adoption:
        adopt(store, intent("L2"), seen("R2"), fence=1)
    else:
        commit(store)
    assert everything(store) != before


def everything(store: Store) -> object:
    return (
        dirty(store), store.links_of(BOND), store.unresolved(BOND), store.watermark(BOND, Side.LEFT),
        store.strangers(BOND, Side.LEFT, after_id="", limit=99), len(store.read_journal(BOND)),
    )  # fmt: skip
