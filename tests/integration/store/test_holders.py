"""Processes that show signs of life, and what becomes of what the dead held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ebond.store import Store
from tests.integration.store.examples import NOW

TTL = 15.0
EXPIRED = NOW + timedelta(seconds=TTL)


def come(store: Store, name: str, *, kind: str = "worker", now: datetime = NOW) -> int:
    """Let a process begin."""
    return store.register(name, kind=kind, now=now, ttl=TTL)


def is_dead(*names: str) -> Callable[[str], bool]:
    """Know these to be dead."""
    return lambda name: name in names


def test_a_process_is_there_until_its_time_is_over(store: Store) -> None:
    """Without a sign of life a process counts as alive for its term, and no longer."""
    come(store, "a")
    names = [[one.name for one in store.alive(now=now)] for now in (NOW, EXPIRED - timedelta(seconds=1), EXPIRED)]
    assert names == [["a"], ["a"], []]


def test_a_sign_of_life_prolongs_it(store: Store) -> None:
    """Whoever shows life is there for another term, and hears how many work."""
    one = come(store, "a")
    come(store, "b", kind="scheduler")
    come(store, "c", kind="sync")
    assert store.show_life(one, now=EXPIRED - timedelta(seconds=1), ttl=TTL) == 2
    assert [held.id for held in store.alive(now=EXPIRED)] == [one]


def test_who_was_slow_and_not_missed_goes_on(store: Store) -> None:
    """A process whose time is over may still show life, as long as nobody buried it."""
    one = come(store, "a")
    assert store.show_life(one, now=EXPIRED + timedelta(hours=1), ttl=TTL) == 1


def test_the_buried_do_not_come_back(store: Store) -> None:
    """Once others may have taken over, a process finds that it is counted as dead."""
    one = come(store, "a")
    assert store.bury(now=EXPIRED, dead=is_dead()) == ["a"]
    assert store.show_life(one, now=EXPIRED, ttl=TTL) == 0


def test_the_known_dead_are_buried_at_once(store: Store) -> None:
    """Nobody waits for the term of a process that is known to be gone; the others stay."""
    come(store, "a")
    come(store, "b")
    assert store.bury(now=NOW, dead=is_dead("a")) == ["a"]
    assert [one.name for one in store.alive(now=NOW)] == ["b"]


def test_an_orderly_end_needs_no_burial(store: Store) -> None:
    """A process that ended in order is gone at once."""
    store.retire(come(store, "a"))
    assert store.alive(now=NOW) == []
