"""Links and creates are one worker's at a time; whoever lost one commits nothing of it (edge cases 28, 98)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ebond.errors import LeaseLost
from ebond.state import Fate, LinkState, Side
from ebond.store import Store
from tests.integration.store.examples import (
    BOND,
    EVER,
    LATER,
    NOW,
    adopt,
    dirty,
    intent,
    linked,
    opened,
    seen,
    settle,
    show,
)
from tests.integration.store.test_holders import come, is_dead


def claim(store: Store, holder: int, *, limit: int = 100, rounds: int = EVER) -> list[LinkState]:
    return store.claim(BOND, holder=holder, run_id=1, now=LATER, limit=limit, rounds=rounds)


def test_a_claimed_link_is_nobody_elses(store: Store) -> None:
    """Two workers never get the same link; given back, it is the next one's."""
    links = [linked(store, f"L{n}", f"R{n}").id for n in range(3)]
    first, second = come(store, "a"), come(store, "b")
    mine, yours = claim(store, first, limit=2), claim(store, second)
    assert ([one.id for one in mine], [one.id for one in yours]) == (links[:2], links[2:])
    store.give_back(first, links[:1])
    assert [one.id for one in claim(store, second)] == links[:1]


def test_many_workers_share_the_links(store: Store) -> None:
    """However many claim at once, each link is given out once."""
    links = {linked(store, f"L{n}", f"R{n}").id for n in range(40)}
    holders = [come(store, f"w{n}") for n in range(8)]

    def take_all(holder: int) -> list[int]:
        return [one.id for _ in range(10) for one in claim(store, holder, limit=3)]

    with ThreadPoolExecutor(8) as pool:
        given = [link for got in pool.map(take_all, holders) for link in got]
    assert (len(given), set(given)) == (40, links)


def test_a_dead_workers_links_are_free(store: Store) -> None:
    """What a buried holder had is given out again, and what it still does is fenced off."""
    link = linked(store)
    [mine] = claim(store, come(store, "a"))
    store.bury(now=NOW, dead=is_dead("a"))
    [yours] = claim(store, come(store, "b"))
    with pytest.raises(LeaseLost, match="another process took this link over"):
        settle(store, mine, fence=mine.fence)
    assert store.link(BOND, link.id) == yours
    settle(store, yours, fence=yours.fence)


def test_a_worker_that_lost_a_link_cannot_fail_it(store: Store) -> None:
    """A failure is no more committed by a worker that lost the link than a success."""
    linked(store)
    [mine] = claim(store, come(store, "a"))
    store.bury(now=NOW, dead=is_dead("a"))
    [yours] = claim(store, come(store, "b"))
    with pytest.raises(LeaseLost):
        store.record_failure(BOND, mine.id, run_id=1, fence=mine.fence, due_at=LATER, park=None, entries=[], now=NOW)
    assert store.link(BOND, mine.id) == yours


def test_a_restless_link_waits_for_the_next_run(store: Store) -> None:
    """A link is given out so many times in one run, and no more."""
    link = linked(store)  # which takes it once
    one = come(store, "a")
    rounds = []
    for _ in range(3):
        rounds.append(len(claim(store, one, rounds=3)))
        store.give_back(one, [link.id])
    assert rounds == [1, 1, 0]


def test_nothing_is_given_out_for_a_run_that_ended(store: Store) -> None:
    """Once a run has to end, no link of it is claimed and no create opened."""
    linked(store)
    show(store, Side.LEFT, seen("L2"))
    store.end(1, "failed", "the gateway is down")
    assert (claim(store, come(store, "a")), opened(store, intent("L2"))) == ([], set())


def test_a_create_is_one_workers(store: Store) -> None:
    """28: two workers that decide the same create open it once; only who opened it sends it."""
    show(store, Side.LEFT, seen("L1"))
    assert (opened(store, intent("L1", "s-1")), opened(store, intent("L1", "s-2"))) == ({"s-1"}, set())


def test_a_record_that_was_linked_meanwhile_is_not_created(store: Store) -> None:
    """28: a worker that decided from an older look at the strangers opens nothing."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent("L1", "s-1"))
    adopt(store, intent("L1", "s-1"), seen("R1"))
    assert opened(store, intent("L1", "s-2")) == set()


def test_a_lost_create_cannot_be_linked(store: Store) -> None:
    """A worker whose create was taken over, to find out about it, links nothing."""
    show(store, Side.LEFT, seen("L1"))
    mine = intent("L1", "s-1", holder=come(store, "a"))
    opened(store, mine)
    store.bury(now=NOW, dead=is_dead("a"))
    [yours] = store.take_over(BOND, holder=come(store, "b"))
    with pytest.raises(LeaseLost, match="another process took this create over"):
        adopt(store, mine, seen("R1"))
    adopt(store, yours, seen("R1"))
    assert store.links_of(BOND) == [("L1", "R1")]


def test_creates_in_hand_are_not_taken_over(store: Store) -> None:
    """Only what nobody alive has in hand is taken over; let go, it is."""
    show(store, Side.LEFT, seen("L1"))
    first, second = come(store, "a"), come(store, "b")
    mine = intent("L1", "s-1", holder=first)
    opened(store, mine)
    before = store.take_over(BOND, holder=second)
    store.let_go(first, [mine.sync_id])
    assert (before, [one.sync_id for one in store.take_over(BOND, holder=second)]) == ([], ["s-1"])


def test_an_ended_create_lets_go_of_nothing_that_came_after_it(store: Store) -> None:
    """Another thread of the same process may have begun a create for the same source: that stays in hand."""
    show(store, Side.LEFT, seen("L1"))
    first, second = come(store, "a"), come(store, "b")
    opened(store, intent("L1", "s-1", holder=first))
    store.drop("s-1", run_id=1, hold=None, fate=Fate.OPEN, entries=[], now=NOW)
    opened(store, intent("L1", "s-2", holder=first))
    store.let_go(first, ["s-1"])
    assert store.take_over(BOND, holder=second) == []


def test_what_is_in_hand_is_counted(store: Store) -> None:
    """Links and creates that somebody alive holds are in hand, and nothing else is."""
    linked(store)
    linked(store, "L2", "R2")
    show(store, Side.LEFT, seen("L3"))
    dirty(store)
    one = come(store, "a")
    before = (store.in_hand(BOND), store.count_in_hand(BOND))
    claim(store, one)
    opened(store, intent("L3", holder=one))
    assert (before, store.in_hand(BOND), store.count_in_hand(BOND)) == ((False, 0), True, 3)
    store.retire(one)
    assert (store.in_hand(BOND), store.count_in_hand(BOND)) == (False, 0)
