"""What operators decide about held fields, parked links and records set aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ebond.state import Decision, Fate, Hold, Side, SideSettlement, Take
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, dirty, intent, linked, opened, seen, settle, show

HOLD = Hold("title", "conflict", "both changed", NOW, "aa", "bb")


def decide(store: Store, link_id: int, field: str = "title") -> bool:
    return store.decide(BOND, link_id, field, Take.LEFT, by="ops", now=LATER)


def test_a_decision_reaches_the_next_plan(store: Store) -> None:
    """A decided field comes to planning with its decision, and its link is dirty for it."""
    link = linked(store)
    settle(store, link, holds=(HOLD,))
    assert (decide(store, link.id), decide(store, link.id, "state")) == (True, False)
    [again] = dirty(store)
    assert again.holds == {"title": replace(HOLD, decision=Decision(Take.LEFT, "ops"))}


def test_a_decision_is_about_one_hold(store: Store) -> None:
    """A field that is held anew is another question."""
    link = linked(store)
    settle(store, link, holds=(HOLD,))
    decide(store, link.id)
    newer = replace(HOLD, since=NOW + timedelta(seconds=1))
    settle(store, dirty(store)[0], holds=(newer,), again=True)
    assert dirty(store)[0].holds == {"title": newer}


def test_a_decision_is_used_once(store: Store) -> None:
    """A settlement that carried a decision out leaves none behind."""
    link = linked(store)
    settle(store, link, holds=(HOLD,))
    decide(store, link.id)
    settle(store, dirty(store)[0], holds=(HOLD,), decided=("title",), again=True)
    assert dirty(store)[0].holds == {"title": HOLD}


def test_records_set_aside_are_freed(store: Store) -> None:
    """One record, or all, are strangers again; what a stuck create keeps back stays."""
    show(store, Side.LEFT, *(seen(f"L{n}") for n in range(4)))
    for n in range(3):
        store.hold_record(BOND, Side.LEFT, f"L{n}", "why", run_id=1, fate=Fate.HELD, entries=[], now=NOW)
    opened(store, intent("L3"))
    store.set_stuck(intent("L3"), "?", run_id=1, entries=[], now=NOW)
    one = store.retry_records(BOND, side=Side.LEFT, record_id="L0", by="ops", now=NOW)
    rest = store.retry_records(BOND, by="ops", now=NOW)
    free = [one.id for one in store.strangers(BOND, Side.LEFT, after_id="", limit=9)]
    assert (one, rest, free) == (1, 2, ["L0", "L1", "L2"])


def test_a_stuck_create_that_made_nothing_is_made_anew(store: Store) -> None:
    """An operator's word ends a stuck create, and no other."""
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    opened(store, intent("L1", "s-1"), intent("L2", "s-2"))
    store.set_stuck(intent("L1", "s-1"), "?", run_id=1, entries=[], now=NOW)
    said = [store.not_made(BOND, Side.LEFT, one, by="ops", now=NOW) for one in ("L1", "L2")]
    free = [one.id for one in store.strangers(BOND, Side.LEFT, after_id="", limit=9)]
    assert (said, free, [one.source_id for one in store.unresolved(BOND)]) == ([True, False], ["L1"], ["L2"])


def test_another_try_takes_the_place_of_a_create(store: Store) -> None:
    """A create that made nothing is replaced by its next try in one transaction."""
    opened(store, intent("L1", "s-1"))
    store.reopen("s-1", intent("L1", "s-2"), run_id=1, entries=[], now=NOW)
    assert store.unresolved(BOND) == [intent("L1", "s-2")]


def test_bases_of_rules_that_are_gone_are_forgotten(store: Store) -> None:
    """After a change of mapping the bases of rules that mean nothing any more are dropped, the others stay."""
    link = linked(store)
    settle(store, link, left=SideSettlement({"title": 1, "state": 2}, {}), again=True)
    store.set_rules(BOND, {"title": ["a", "b"]})
    store.forget_rules(BOND, ["state"])
    assert dirty(store)[0].left.base == {"title": 1}
    assert (store.rules(BOND), store.rules("other")) == ({"title": ["a", "b"]}, None)
