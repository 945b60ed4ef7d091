"""References between records: who is whose partner, and what waits for a record to have one; on both databases."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from ebond.state import Awaited, Fate, LinkState, Side, Waits
from ebond.store import Named, Store
from ebond.store.sqlkit import AWAITED
from tests.integration.store.examples import BOND, NOW, dirty, linked, seen, settle, show

NINE = Awaited(BOND, Side.LEFT, "L9")


def waits(record: str, *awaited: str, side: Side = Side.LEFT) -> Waits:
    return Waits(((side, record),), tuple(("parent", side, record, Awaited(BOND, side, one)) for one in awaited))


def set_aside(store: Store, record: str, *awaited: str) -> None:
    store.hold_record(
        BOND, Side.LEFT, record, "waits", run_id=1, fate=Fate.HELD, entries=[], now=NOW, waits=waits(record, *awaited)
    )


def at_rest(store: Store, *awaited: str, left: str = "L1", right: str = "R1") -> LinkState:
    """Make a link that is settled, and whose field waits for these."""
    link = linked(store, left, right)
    settle(store, link, waits=replace(waits(left, *awaited), records=((Side.LEFT, left), (Side.RIGHT, right))))
    return link


def free(store: Store) -> list[str]:
    return [one.id for one in store.strangers(BOND, Side.LEFT, after_id="", limit=9)]


def rows(store: Store) -> set[tuple[str, ...]]:
    with store.db.read() as connection:
        found = connection.execute(select(AWAITED.c.record_id, AWAITED.c.for_side, AWAITED.c.for_id))
        return {tuple(row) for row in found}


def test_what_is_known_of_a_record_that_another_one_names(store: Store) -> None:
    """Its partner, or that it is about to get one, or why it gets none; of one that was never seen nothing."""
    linked(store, "L1", "R1")
    linked(store, "L2", "R2")
    show(store, Side.LEFT, seen("L3"), replace(seen("L4"), in_scope=False), seen("L5"))
    set_aside(store, "L5", "L9")
    show(store, Side.RIGHT, replace(seen("R2"), gone=True))
    assert store.named(BOND, Side.LEFT, ["L1", "L2", "L3", "L4", "L5", "L6"]) == {
        "L1": Named("R1"),
        "L2": Named(None, reason=" anew: its partner was deleted"),
        "L3": Named(None, coming=True),
        "L4": Named(None, reason=": it is out of the bond's scope"),
        "L5": Named(None, reason=": it is set aside itself"),
    }
    assert store.named(BOND, Side.RIGHT, ["R1"]) == {"R1": Named("L1")}


def test_what_waits_goes_on_when_the_other_one_is_linked(store: Store) -> None:
    """The link is dirty and the record that was set aside is free, in the transaction that makes the other's link."""
    link = at_rest(store, "L9")
    show(store, Side.LEFT, seen("L3"), seen("L9"))
    show(store, Side.RIGHT, seen("R9"))
    set_aside(store, "L3", "L9")
    before = free(store), dirty(store)
    store.link_pairs(BOND, [("L9", "R9")], run_id=1, entries=[], now=NOW, awaited=True)
    assert (before, free(store)) == ((["L9"], []), ["L3"])
    assert {one.id for one in dirty(store)} == {link.id, store.link_of(BOND, Side.LEFT, "L9")}
    assert rows(store) == set()


def test_what_was_missed_is_found_by_the_next_run(store: Store) -> None:
    """Two transactions may miss each other: what waits for a record that is linked by now goes on then, none else."""
    link = at_rest(store, "L9")
    at_rest(store, "L8", left="L2", right="R2")
    settle(store, linked(store, "L9", "R9"))
    before = dirty(store)
    store.touch_met(BOND)
    assert (before, [one.id for one in dirty(store)], rows(store)) == ([], [link.id], {("L2", "left", "L8")})


def test_what_a_settled_link_waits_for_replaces_what_it_was(store: Store) -> None:
    """What is not waited for any more is forgotten."""
    link = at_rest(store, "L8", "L9")
    before = rows(store)
    settle(store, link, waits=waits("L1", "L7"))
    assert (before, rows(store)) == ({("L1", "left", "L8"), ("L1", "left", "L9")}, {("L1", "left", "L7")})


def test_records_that_move_are_followed(store: Store) -> None:
    """56: What waits, and what is waited for, may go by another id: both are found by it."""
    at_rest(store, "L2")
    linked(store, "L2", "R2")
    store.rekey(BOND, Side.LEFT, "L1", "M1", run_id=1, now=NOW)
    store.rekey(BOND, Side.LEFT, "L2", "M2", run_id=1, now=NOW)
    assert rows(store) == {("M1", "left", "M2")}


def test_a_link_that_is_forgotten_waits_for_nothing(store: Store) -> None:
    """Its records are strangers, and begin anew."""
    link = at_rest(store, "L9")
    store.dissolve_link(BOND, link.id, gone=(Side.RIGHT, "R1"), run_id=1, fence=None, entries=[], now=NOW)
    assert rows(store) == set()


def test_a_circle_is_found_whatever_its_length(store: Store) -> None:
    """Records that were set aside and wait for each other; one that waits for nobody, or has a link, ends the way."""
    show(store, Side.LEFT, *(seen(f"L{n}") for n in range(1, 6)))
    set_aside(store, "L2", "L3")
    set_aside(store, "L3", "L1", "L4")
    circle = [Awaited(BOND, Side.LEFT, one) for one in ("L1", "L2", "L3")]
    assert store.circle(circle[0], [circle[1]]) == circle
    assert store.circle(circle[0], [circle[0]]) == [circle[0]]
    assert store.circle(Awaited(BOND, Side.LEFT, "L5"), [circle[1]]) == []
