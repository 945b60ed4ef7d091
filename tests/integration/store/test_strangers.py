"""Strangers, their match keys, and what becomes of records nobody shows any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ebond.state import Fate, Hold, Origin, Side, Stranger
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, dirty, fail, intent, linked, opened, seen, settle, show

HELD = Hold("title", "conflict", "both changed", NOW)


def hold(store: Store, record_id: str, reason: str | None = "rivals") -> None:
    store.hold_record(BOND, Side.LEFT, record_id, reason, run_id=1, fate=Fate.HELD, entries=[], now=NOW)


def strangers(store: Store, *, after: str = "", limit: int = 99) -> list[str]:
    return [one.id for one in store.strangers(BOND, Side.LEFT, after_id=after, limit=limit)]


def pairs(store: Store) -> list[tuple[str, str]]:
    return store.unique_pairs(BOND, 0, limit=99)


def test_a_stranger_shows_what_a_create_needs(store: Store) -> None:
    """A record without a link comes with its view and what tells whether it moves."""
    show(store, Side.LEFT, seen("L1"))
    expected = Stranger("L1", "1", NOW, {"title": "about L1"}, seen("L1").digest)
    assert store.strangers(BOND, Side.LEFT, after_id="", limit=9) == [expected]


def test_a_stranger_is_found_as_it_was_shown_last(store: Store) -> None:
    """Whether in scope or not; a record with a link is none."""
    linked(store, "L1", "R1")
    stranger = replace(seen("R2"), in_scope=False)
    show(store, Side.RIGHT, stranger)
    assert [store.seen_stranger(BOND, Side.RIGHT, one) for one in ("R1", "R2", "R3")] == [None, stranger, None]


def test_strangers_come_in_batches(store: Store) -> None:
    """Batches go on where the last one ended."""
    show(store, Side.LEFT, *(seen(f"L{n}") for n in range(5)))
    assert (strangers(store, limit=2), strangers(store, after="L1", limit=2)) == (["L0", "L1"], ["L2", "L3"])


def test_who_is_no_stranger(store: Store) -> None:
    """Records that are linked, held, out of scope, gone, being created or still to be read are not created."""
    linked(store, "linked", "R1")
    show(store, Side.LEFT, seen("free"), seen("held"), seen("creating"), seen("stub"))
    show(store, Side.LEFT, replace(seen("out"), in_scope=False), replace(seen("gone"), gone=True))
    show(store, Side.LEFT, stubs=["stub"])
    hold(store, "held")
    opened(store, intent("creating"))
    assert strangers(store) == ["free"]


def test_one_key_on_each_side_is_a_pair(store: Store) -> None:
    """Two free records that alone hold a key are matched; keys of one side alone are not."""
    show(store, Side.LEFT, seen("L1", key="a"), seen("L2", key="b"))
    show(store, Side.RIGHT, seen("R1", key="a"), seen("R2", key="c"))
    assert (pairs(store), store.ambiguous(BOND, 0)) == ([("L1", "R1")], [])


def test_rivals_are_named_and_not_matched(store: Store) -> None:
    """A key that several hold matches nobody; each holder comes with the numbers and why it is held already."""
    show(
        store,
        Side.LEFT,
        seen("L1", key="a"),
        seen("L2", key="a"),
        seen("L3", key="only here"),
        seen("L4", key="only here"),
    )
    show(store, Side.RIGHT, seen("R1", key="a"))
    hold(store, "L2")
    counts = {Side.LEFT: 2, Side.RIGHT: 1}
    expected = [(Side.LEFT, "L1", counts, None), (Side.LEFT, "L2", counts, "rivals"), (Side.RIGHT, "R1", counts, None)]
    assert (pairs(store), store.ambiguous(BOND, 0)) == ([], expected)


def test_the_two_that_are_left_find_each_other(store: Store) -> None:
    """When the rival is gone, even a record that was held for it is matched."""
    show(store, Side.LEFT, seen("L1", key="a"), seen("L2", key="a"))
    show(store, Side.RIGHT, seen("R1", key="a"))
    hold(store, "L1")
    show(store, Side.LEFT, replace(seen("L2", key="a"), gone=True))
    assert pairs(store) == [("L1", "R1")]


def test_the_newest_keys_count(store: Store) -> None:
    """A record that changes its key is matched by the new one alone."""
    show(store, Side.LEFT, seen("L1", key="a"))
    show(store, Side.LEFT, seen("L1", key="b"))
    show(store, Side.RIGHT, seen("R1", key="a"), seen("R2", key="b"))
    assert pairs(store) == [("L1", "R2")]


def test_who_is_being_created_is_not_matched(store: Store) -> None:
    """A record whose create is under way is no candidate, whatever keys it has."""
    show(store, Side.LEFT, seen("L1", key="a"))
    show(store, Side.RIGHT, seen("R1", key="a"))
    opened(store, intent("L1"))
    assert pairs(store) == []


def test_records_are_counted_that_are_there(store: Store) -> None:
    """Gone records and those out of scope do not count."""
    show(store, Side.LEFT, seen("L1"), replace(seen("L2"), in_scope=False), replace(seen("L3"), gone=True))
    assert (store.count(BOND, Side.LEFT), store.count(BOND, Side.RIGHT)) == (1, 0)


def to_read(store: Store) -> list[str]:
    return store.to_read(BOND, Side.LEFT, now=NOW, after_id="", limit=99)


def test_absence_from_a_full_scan_is_only_doubted(store: Store) -> None:
    """What a full scan does not show is read by id, and is not gone for that; the rest is left alone."""
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    store.doubt_absent(BOND, Side.LEFT, {"L1"})
    assert (to_read(store), store.known(BOND, Side.LEFT, ["L2"])["L2"].gone) == (["L2"], False)


def test_a_record_is_missed_among_thousands(store: Store) -> None:
    """More than are compared at a time, and ids in any order and spelling: those that were not shown are doubted."""
    ids = [f"L{number}" for number in range(4001)] + ["it's", '"\\', "Z", "ä", "🎫"]
    show(store, Side.LEFT, *(seen(one) for one in ids))
    store.doubt_absent(BOND, Side.LEFT, set(ids) - {"L0", "L999", '"\\', "🎫"})
    assert set(store.to_read(BOND, Side.LEFT, now=NOW, after_id="", limit=9)) == {"L0", "L999", '"\\', "🎫"}


def test_each_disappearance_is_doubted_once(store: Store) -> None:
    """A record that was read and found is not asked for again, until lists show it and lose it once more."""
    show(store, Side.LEFT, seen("L1"))
    asked: list[list[str]] = []
    for returned in ([], [], ["L1"]):
        show(store, Side.LEFT, returned=returned)
        store.doubt_absent(BOND, Side.LEFT, set())
        asked.append(to_read(store))
        store.store_read(BOND, Side.LEFT, seen("L1"), run_id=1, now=NOW)
    assert asked == [["L1"], [], ["L1"]]


def test_a_record_is_gone_at_the_second_miss(store: Store) -> None:
    """The first read that finds nothing is noted, the second makes the record gone, and being shown takes both back."""
    linked(store)
    seen_so: list[tuple[bool, bool]] = []
    for gone in (False, True):
        store.note_missing(BOND, Side.LEFT, "L1", run_id=1, gone=gone, entries=[], now=NOW)
        found = store.known(BOND, Side.LEFT, ["L1"])["L1"]
        seen_so.append((found.missing, found.gone))
    show(store, Side.LEFT, seen("L1"))
    back = store.known(BOND, Side.LEFT, ["L1"])["L1"]
    assert (seen_so, back.missing, back.gone, to_read(store)) == ([(True, False), (True, True)], False, False, [])


def test_a_canary_is_a_linked_record_that_was_there(store: Store) -> None:
    """Whether the system still shows anything is asked of a record that was there when last looked at."""
    assert store.some_present(BOND, Side.LEFT) is None
    linked(store, "L1", "R1")
    linked(store, "L2", "R2")
    store.note_missing(BOND, Side.LEFT, "L2", run_id=1, gone=False, entries=[], now=NOW)
    assert store.some_present(BOND, Side.LEFT) == "L1"


def test_nothing_is_read_for_links_that_wait(store: Store) -> None:
    """Records of parked links, of links not due yet and those set aside are not read by id."""
    for n in range(3):
        linked(store, f"L{n}", f"R{n}")
    show(store, Side.LEFT, stubs=["L0", "L1", "L2", "L3"])
    fail(store, 1)
    fail(store, 2, due_at=NOW, park="poison")
    hold(store, "L3")
    due = store.to_read(BOND, Side.LEFT, now=LATER, after_id="", limit=99)
    assert (to_read(store), due) == (["L2"], ["L0", "L2"])


def test_books_close_with_a_reason_for_each_record(store: Store) -> None:
    """At the end what is still open is held or failed by what is known of it, and stays open without a reason."""
    show(store, Side.LEFT, *(seen(one) for one in ("held", "creating", "stuck", "nothing")))
    store.hold_record(BOND, Side.LEFT, "held", "why", run_id=9, fate=Fate.HELD, entries=[], now=NOW)
    opened(store, intent("creating", "s-1"), intent("stuck", "s-2"))
    store.set_stuck(intent("stuck", "s-2"), "?", run_id=9, entries=[], now=NOW)
    dirty_link, conflict, parked = (linked(store, f"L{n}", f"R{n}") for n in range(3))
    settle(store, conflict, holds=(HELD,), left_fate=Fate.OPEN, right_fate=Fate.OPEN)
    fail(store, parked.id, run_id=9, due_at=NOW, park="p")
    store.close_open(BOND, 1)
    assert store.fates(1) == {Fate.HELD: 2 + 2 + 2, Fate.FAILED: 1 + 2, Fate.OPEN: 1}
    assert [one.id for one in dirty(store)] == [dirty_link.id]


def test_strangers_left_open_are_decided_at_once(store: Store) -> None:
    """Where a side is not created from, its strangers leave the books in one step; linked records stay."""
    linked(store)
    show(store, Side.LEFT, seen("L2"), seen("L3"))
    show(store, Side.LEFT, seen("L4"), run_id=2)
    store.set_fates(BOND, Side.LEFT, 1, Fate.FILTERED)
    assert (store.fates(1), store.fates(2)) == ({Fate.FILTERED: 2, Fate.OPEN: 2}, {Fate.OPEN: 1})


def test_a_record_leaves_the_books_without_being_set_aside(store: Store) -> None:
    """Without a reason only the run's books are told."""
    show(store, Side.LEFT, seen("L1"))
    hold(store, "L1", None)
    assert (store.fates(1), strangers(store)) == ({Fate.HELD: 1}, ["L1"])


def test_what_we_assume_is_read_even_when_lists_do_not_show_it(store: Store) -> None:
    """A full scan that trails behind does not make a record doubted that we have just written."""
    show(store, Side.LEFT, replace(seen("L1"), origin=Origin.ASSUMED))
    store.doubt_absent(BOND, Side.LEFT, set())
    assert store.known(BOND, Side.LEFT, ["L1"])["L1"].origin is Origin.ASSUMED
    assert store.to_read(BOND, Side.LEFT, now=NOW + timedelta(days=1), after_id="", limit=9) == ["L1"]
