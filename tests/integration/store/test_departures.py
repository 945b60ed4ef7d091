"""Records that have left their scope, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebond.departure import Departure, DepartureState
from ebond.errors import LeaseLost
from ebond.state import Entry, LinkState, Side
from ebond.store import Store
from tests.integration.store.examples import BOND, NOW, linked, seen

WHERE: dict[str, Any] = {"run_id": 1, "entries": [Entry("a test")], "now": NOW}


def departure(link: LinkState, state: DepartureState = DepartureState.BEGUN) -> Departure:
    return Departure(link.id, Side.LEFT, state, NOW, "", {"status": "open"}, {"status": "held"})


def ended(store: Store, link: LinkState, one: Departure) -> None:
    shown = seen("R1", title="now")
    store.end_departure(link, one, base={"title": "now"}, unconfirmed={}, shown=shown, **WHERE)


def taken(store: Store) -> LinkState:
    """Return a link with the fence that its worker has it under."""
    found = store.link(BOND, linked(store).id)
    assert found is not None
    return found


def test_what_is_about_to_be_told_is_kept_and_what_was_told(store: Store) -> None:
    """With the values before our write; the partner's record and base are as it showed them."""
    link = taken(store)
    store.begin_departure(link, departure(link), **WHERE)
    assert store.departures(link.id) == {Side.LEFT: departure(link)}
    ended(store, link, replace(departure(link), state=DepartureState.TOLD))
    now = store.link(BOND, link.id)
    assert now is not None
    assert (now.right.view, now.right.base, now.mark) == ({"title": "now"}, {"title": "now"}, link.mark)
    assert [one["state"] for one in store.departed(BOND)] == ["told"]


def test_a_return_forgets_it(store: Store) -> None:
    """Nothing is kept of a record that is in scope."""
    link = taken(store)
    store.begin_departure(link, departure(link), **WHERE)
    ended(store, link, replace(departure(link), state=DepartureState.RETURNING))
    assert (store.departures(link.id), store.departed(BOND)) == ({}, [])


def test_nothing_is_stored_for_who_lost_the_link(store: Store) -> None:
    """Another worker may have told it by now."""
    link = taken(store)
    stale = replace(link, fence=link.fence - 1)
    with pytest.raises(LeaseLost):
        store.begin_departure(stale, departure(link), **WHERE)
    with pytest.raises(LeaseLost):
        ended(store, stale, departure(link))
    assert store.departures(link.id) == {}


def test_what_was_not_taken_is_tried_again_when_somebody_asks(store: Store) -> None:
    """Its link is marked, as those are that are parked."""
    link = taken(store)
    store.begin_departure(link, departure(link, DepartureState.HELD), **WHERE)
    assert (store.summary(BOND).departed, store.summary(BOND).untold) == (1, 1)
    assert store.retry_links(BOND, link_id=link.id, by="ops", now=NOW) == 1
