"""Creates: committed before they are sent, gone when the link stands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from ebond.state import Entry, Fate, Hold, IntentState, Observation, Origin, Side, Unconfirmed
from ebond.store import AlreadyLinked, Store
from ebond.store.sqlkit import INTENT
from tests.integration.store.examples import BOND, LATER, NOW, adopt, dirty, intent, linked, opened, seen, show

AGAIN = {"run_id": 1, "entries": [], "now": NOW}


def strangers(store: Store, side: Side = Side.LEFT) -> list[str]:
    return [one.id for one in store.strangers(BOND, side, after_id="", limit=99)]


def test_an_intent_comes_back_as_it_was_committed(store: Store) -> None:
    """What will be sent, from what, and under which id is known after a crash, oldest first."""
    first = intent("L1", "s-1", at=LATER, once_url="https://x/once/1", attempts=2)
    second = intent("L2", "s-2", values={"name": None, "tags": [1]})
    opened(store, first, second)
    assert store.unresolved(BOND) == [second, first]


def test_a_record_has_one_open_create(store: Store) -> None:
    """A second create for the same record is left out; what came with it is opened."""
    opened(store, intent("L1", "s-1"))
    assert opened(store, intent("L2", "s-2"), intent("L1", "s-3")) == {"s-2"}
    assert [one.sync_id for one in store.unresolved(BOND)] == ["s-1", "s-2"]


def test_a_record_being_created_is_no_stranger(store: Store) -> None:
    """While its create is open a record is not created once more."""
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    opened(store, intent("L1"))
    assert strangers(store) == ["L2"]


def test_adopting_makes_the_link_and_ends_the_create(store: Store) -> None:
    """The created record, its link with both bases, and the end of the intent are one transaction."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent())
    hold = Hold("state", "parked", "unmapped", NOW)
    waiting = {"title": Unconfirmed("a", None)}
    adopt(store, intent(), seen("R1"), base_target={"title": None}, unconfirmed_target=waiting, holds=(hold,))
    link = store.link(BOND, 1)
    assert link is not None
    assert (link.left.id, link.right.id, link.left.base, link.right.base) == (
        "L1",
        "R1",
        intent().source_view,
        {"title": None},
    )
    assert (link.right.unconfirmed, link.holds) == (waiting, {"state": hold})
    assert (dirty(store), store.unresolved(BOND), strangers(store), strangers(store, Side.RIGHT)) == ([], [], [], [])


def test_an_edit_before_the_adoption_is_carried(store: Store) -> None:
    """Where the source moved since the intent, its new link is dirty."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent())
    show(store, Side.LEFT, seen("L1", title="edited meanwhile"))
    adopt(store, intent(), seen("R1"))
    assert [(one.left.view, one.left.base) for one in dirty(store)] == [
        ({"title": "edited meanwhile"}, intent().source_view)
    ]


def test_adopting_again_on_demand(store: Store) -> None:
    """A create whose answer differs from what was sent leaves its link dirty."""
    show(store, Side.LEFT, seen("L1"))
    adopt(store, intent(), seen("R1"), again=True)
    assert len(dirty(store)) == 1


@pytest.mark.parametrize(("source", "target"), [("L1", "R9"), ("L9", "R1")])
def test_a_record_of_another_link_is_not_adopted(store: Store, source: str, target: str) -> None:
    """Neither side of a new link may belong to another; the create stays open and nothing is stored."""
    opened(store, intent(source))
    linked(store, "L1", "R1")
    with pytest.raises(AlreadyLinked):
        adopt(store, intent(source), seen(target))
    assert (store.links_of(BOND), len(store.unresolved(BOND))) == ([("L1", "R1")], 1)


def test_an_unknown_create_waits_with_its_time(store: Store) -> None:
    """The state, the time since when it can be looked up, and the count of attempts are kept."""
    opened(store, intent())
    later = NOW + timedelta(hours=1)
    store.set_unknown(intent(at=later), **AGAIN)
    assert store.unresolved(BOND) == [intent(state=IntentState.UNKNOWN, at=later, attempts=1)]


def test_a_one_time_url_is_kept_before_it_is_used(store: Store) -> None:
    """After a crash the create is repeated at the very URL that was given out for it."""
    opened(store, intent())
    store.set_once_url("s-1", "https://x/once/7")
    assert [one.once_url for one in store.unresolved(BOND)] == ["https://x/once/7"]


def test_a_create_given_up_frees_its_record(store: Store) -> None:
    """Without a reason the record is a stranger again; with one it is set aside until it changes."""
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    opened(store, intent("L1", "s-1"), intent("L2", "s-2"))
    store.drop("s-1", hold=None, fate=Fate.FAILED, **AGAIN)
    store.drop("s-2", hold="refused", fate=Fate.HELD, **AGAIN)
    store.drop("s-2", hold="twice does nothing", fate=Fate.FAILED, **AGAIN)
    assert (strangers(store), store.unresolved(BOND)) == (["L1"], [])
    assert ([row["reason"] for row in store.held(BOND)], store.fates(1)) == (
        ["refused"],
        {Fate.FAILED: 1, Fate.HELD: 1},
    )


def test_a_stuck_create_waits_for_a_human_or_a_match(store: Store) -> None:
    """A create of which nobody can tell keeps its record back, until the record is paired by its key."""
    show(store, Side.LEFT, seen("L1", key="k"))
    opened(store, intent())
    store.set_stuck(intent(), "cannot be looked up", **AGAIN)
    assert ([one.state for one in store.unresolved(BOND)], strangers(store)) == ([IntentState.STUCK], [])
    show(store, Side.RIGHT, seen("R1", key="k"))
    pairs = store.unique_pairs(BOND, 0, limit=9)
    store.link_pairs(BOND, pairs, run_id=1, entries=[], now=NOW)
    assert (pairs, store.unresolved(BOND)) == ([("L1", "R1")], [])


def test_a_created_record_seen_before_keeps_its_place_in_the_books(store: Store) -> None:
    """A scan may show our record before its answer is stored: it is an echo then, and no stranger."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent())
    show(store, Side.RIGHT, seen("R1"))
    answer = replace(seen("R1"), origin=Origin.ANSWER)
    adopt(store, intent(), answer, entries=[Entry("created", record_id="R1")])
    assert (store.fates(1), strangers(store, Side.RIGHT)) == ({Fate.CREATED: 1, Fate.ECHO: 1}, [])
    assert store.read_journal(BOND)[0]["link_id"] == 1


def test_what_was_sent_and_not_shown_is_read_by_id(store: Store) -> None:
    """A create that was answered without a record is read, once its link stands."""
    show(store, Side.LEFT, seen("L1"))
    assumed = Observation("R1", None, None, {"title": "a"}, b"d", origin=Origin.ASSUMED)
    adopt(store, intent(), assumed)
    assert store.to_read(BOND, Side.RIGHT, now=NOW, after_id="", limit=9) == ["R1"]


def test_who_is_just_being_linked_keeps_nobody_waiting(store: Store) -> None:
    """While one create is being ended, another worker opens the others: to wait for it would be a deadlock."""
    if store.db.sqlite:
        pytest.skip("SQLite has one writer at a time: the other one waits for it anyway")
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    opened(store, intent("L1", "s-1"))
    with store.db.engine.connect() as ending, ThreadPoolExecutor(1) as pool:
        ending.execute(delete(INTENT).where(INTENT.c.sync_id == "s-1"))
        found = pool.submit(opened, store, intent("L1", "s-3"), intent("L2", "s-2"))
        assert found.result(timeout=20) == {"s-2"}
