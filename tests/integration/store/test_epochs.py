"""A bond that stops for a reset, and a new beginning, on both databases."""

from __future__ import annotations

from ebond.state import Side
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, dirty, linked, seen, show


def test_an_odd_record_parks_its_link_with_what_is_stored_of_it(store: Store) -> None:
    """In one transaction, from a page and from a read by id; no other link is parked."""
    one, two, _ = linked(store), linked(store, "L2", "R2"), linked(store, "L3", "R3")
    show(store, Side.LEFT, seen("L1", title="old"), odd={"L1": "older"})
    store.store_read(BOND, Side.RIGHT, seen("R2", title="old"), run_id=1, now=NOW, odd="older")
    parked = [(held["left"], held["reason"]) for held in store.held(BOND)]
    assert parked == [(one.left.id, "older"), (two.left.id, "older")]


def test_a_bond_that_stops_for_a_reset_is_paused(store: Store) -> None:
    """Until somebody resumes it."""
    store.acquire(BOND, holder=1)
    store.stop_for_reset(BOND, run_id=1, reason="older", now=NOW)
    assert (store.is_paused(BOND), store.read_journal(BOND, limit=1)[0]["event"]) == (True, "reset")


def test_a_new_beginning_keeps_links_and_forgets_what_both_sides_showed(store: Store) -> None:
    """What was shown is shown anew, whatever its version; the feeds are read from their beginning."""
    linked(store)
    show(store, Side.LEFT, seen("L1", title="old"), odd={"L1": "older"})
    assert store.begin_afresh(BOND, by="ops", now=LATER) == 1
    ((left, right),) = store.links_of(BOND)
    known = store.known(BOND, Side.LEFT, ["L1"])["L1"]
    assert (left, right, known.version, known.digest, store.watermark(BOND, Side.LEFT)) == ("L1", "R1", None, b"", None)
    (link,) = dirty(store)
    assert (link.left.base, link.right.base, store.held(BOND)) == (None, None, [])


def test_a_turn_is_one_caller_s_until_it_ends_or_is_over(store: Store) -> None:
    """Two listeners that make one subscription would double it."""
    assert [store.take_turn("a", now=NOW, until=LATER) for _ in range(2)] == [True, False]
    assert store.take_turn("b", now=NOW, until=LATER)
    store.end_turn("a")
    assert [store.take_turn("a", now=NOW, until=LATER), store.take_turn("a", now=LATER, until=LATER)] == [True, True]
