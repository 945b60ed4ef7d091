"""Links of which a record was deleted, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebond.errors import LeaseLost
from ebond.parting import Bereft, Parting, PartingState
from ebond.state import Entry, LinkState, Side
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, dirty, linked, seen, show

WHERE: dict[str, Any] = {"run_id": 1, "fence": None, "entries": [Entry("a test")], "now": NOW}


def gone(store: Store, link: LinkState, *sides: Side) -> LinkState:
    for side in sides:
        store.note_missing(BOND, side, link.side(side).id, run_id=1, gone=True, entries=[], now=NOW)
    return link


def parting(link: LinkState, state: PartingState = PartingState.ENDED) -> Parting:
    return Parting(link.id, Side.LEFT, state, "close", NOW, "deleted", {"status": "open"}, {"status": "closed"})


def bereft(store: Store, *ignoring: Side) -> list[Bereft]:
    return store.bereft(BOND, ignoring=ignoring, now=LATER)


def test_a_link_with_a_deleted_record_is_found(store: Store) -> None:
    """And no other one."""
    link, _ = gone(store, linked(store), Side.LEFT), linked(store, "L2", "R2")
    assert [(one.link.id, one.gone, one.parting) for one in bereft(store)] == [(link.id, {Side.LEFT}, None)]


def test_a_policy_that_ignores_is_not_asked_about(store: Store) -> None:
    """Only where both records are gone there is something to do."""
    gone(store, linked(store), Side.LEFT)
    both = gone(store, linked(store, "L2", "R2"), *Side)
    assert [one.link.id for one in bereft(store, *Side)] == [both.id]


def test_how_far_it_has_come_is_kept(store: Store) -> None:
    """With the values before our write and those that we wrote."""
    link = gone(store, linked(store), Side.LEFT)
    held = parting(link, PartingState.BEGUN)
    store.put_partings(BOND, [held], **WHERE)
    assert [one.parting for one in bereft(store)] == [held]
    store.release_parting(BOND, link.id, **WHERE)
    assert [one.parting for one in bereft(store)] == [None]


def test_nothing_is_stored_for_who_lost_the_bond(store: Store) -> None:
    """Another process may have followed the deletion by now."""
    link = gone(store, linked(store), Side.LEFT)
    with pytest.raises(LeaseLost):
        store.put_partings(BOND, [parting(link)], **{**WHERE, "fence": 99})
    assert [one.parting for one in bereft(store)] == [None]


def test_an_ended_link_rests_until_one_of_its_records_moves(store: Store) -> None:
    """It is neither worked on nor looked at again; what moved is."""
    link = gone(store, linked(store), Side.LEFT)
    shown = replace(seen("R1", status="closed"), version="2")
    store.end_link(BOND, parting(link), mark=link.mark, left=(Side.RIGHT, {"status": "closed"}, shown), **WHERE)
    assert (bereft(store), dirty(store), store.summary(BOND).gone, store.deleted(BOND)) == ([], [], 0, [])
    show(store, Side.RIGHT, replace(shown, version="3"))
    (case,) = bereft(store)
    assert (case.link.right.version, case.link.right.base, case.parting) == ("3", {"status": "closed"}, parting(link))


def test_a_dissolved_link_leaves_a_stranger_and_a_tombstone(store: Store) -> None:
    """The record that came back makes a new link; the one that is gone is not created back."""
    link = gone(store, linked(store), Side.RIGHT)
    store.dissolve_link(BOND, link.id, gone=(Side.RIGHT, "R1"), **WHERE)
    free = {side: [one.id for one in store.strangers(BOND, side, after_id="", limit=9)] for side in Side}
    assert (free, store.links_of(BOND)) == ({Side.LEFT: ["L1"], Side.RIGHT: []}, [])


def test_no_more_are_approved_than_were_shown(store: Store) -> None:
    """A later one makes them too many again."""
    links = [gone(store, linked(store, f"L{n}", f"R{n}"), Side.LEFT) for n in range(3)]
    store.put_partings(BOND, [parting(link, PartingState.FUSED) for link in links], **WHERE)
    assert (store.approve(BOND, up_to=2, by="ops", now=NOW), store.count_fused(BOND)) == (3, 3)
    assert (store.approve(BOND, up_to=3, by="ops", now=NOW), store.count_fused(BOND)) == (3, 0)
    assert {one.parting.state for one in bereft(store) if one.parting} == {PartingState.APPROVED}


def test_links_of_which_nothing_is_left_are_forgotten_when_they_are_old(store: Store) -> None:
    """Not the newest, whose id would be given out again; not those with a record that would become a stranger."""
    links = [gone(store, linked(store, f"L{n}", f"R{n}"), Side.LEFT) for n in range(3)]
    for link in (links[0], links[2]):
        gone(store, link, Side.RIGHT)
    for link in links:
        store.end_link(BOND, parting(link), mark=link.mark, **WHERE)
    day = timedelta(days=1)
    assert [store.prune(runs_before=NOW + age, journal_before=NOW).links for age in (-day, day)] == [0, 1]
    assert store.links_of(BOND) == [("L1", "R1"), ("L2", "R2")]
