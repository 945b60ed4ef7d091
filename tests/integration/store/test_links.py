"""Links: what is dirty, and what a settlement covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ebond.state import Fate, Hold, Observation, Origin, Side, SideSettlement, Unconfirmed
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, dirty, fail, linked, seen, settle, show

HOLD = Hold("title", "conflict", "both sides changed it", NOW, "aa", "bb")


def test_a_new_link_is_dirty_and_has_no_base(store: Store) -> None:
    """Pairing makes a link that is to be planned, with both sides as they were seen."""
    link = linked(store)
    assert (link.mark, link.left.base, link.right.base) == (1, None, None)
    assert (link.left.view, link.right.digest) == ({"title": "about L1"}, seen("R1").digest)


def test_a_settlement_comes_back_whole(store: Store) -> None:
    """Bases, unconfirmed fields, holds and flips are read as they were settled."""
    link = linked(store)
    waiting = {"title": Unconfirmed("sent", None, ["was"])}
    flips = {"title": ((1.5, "ab"), (2.0, "cd"))}
    settle(store, link, right=SideSettlement({"title": None}, waiting), holds=(HOLD,), flips=flips)
    now = store.link(BOND, link.id)
    assert now is not None
    assert (now.right.base, now.right.unconfirmed, now.left.unconfirmed) == ({"title": None}, waiting, {})
    assert (now.holds, now.flips, now.left.base) == ({"title": HOLD}, flips, link.left.view)


def test_a_settled_link_is_clean(store: Store) -> None:
    """Nothing is looked at twice without a reason."""
    settle(store, linked(store))
    assert dirty(store) == []


def test_an_edit_during_our_write_stays_dirty(store: Store) -> None:
    """A settlement covers the mark that it was planned from: what was seen since is looked at again."""
    link = linked(store)
    show(store, Side.LEFT, seen("L1", title="edited meanwhile"))
    settle(store, link)
    [again] = dirty(store)
    assert (again.left.view, again.left.base) == ({"title": "edited meanwhile"}, link.left.view)


def test_what_has_to_be_planned_again_stays_dirty(store: Store) -> None:
    """A settlement that says ``again`` covers the bases, and leaves a reason to look."""
    link = linked(store)
    settle(store, link, again=True)
    assert [one.mark for one in dirty(store)] == [link.mark + 1]


def test_an_answer_replaces_the_view(store: Store) -> None:
    """What the answer to our write showed is what the side shows from then on."""
    link = linked(store)
    answer = Observation("R1", "2", LATER, {"title": "ours"}, b"digest", origin=Origin.ANSWER)
    settle(store, link, right=SideSettlement({"title": "ours"}, {}, answer))
    now = store.link(BOND, link.id)
    assert now is not None
    shown = now.right
    assert (shown.view, shown.version, shown.updated, shown.digest, shown.origin) == (
        {"title": "ours"}, "2", LATER, b"digest", Origin.ANSWER,
    )  # fmt: skip


def test_holds_are_replaced_by_the_next_settlement(store: Store) -> None:
    """A field that is not held any more leaves no trace among the holds."""
    link = linked(store)
    settle(store, link, holds=(HOLD, replace(HOLD, field="state", kind="parked")))
    store.touch_held(BOND)
    [again] = dirty(store)
    settle(store, again, holds=(HOLD,))
    assert [row["field"] for row in store.held(BOND)] == ["title"]


def test_only_links_with_holds_are_touched_with_them(store: Store) -> None:
    """A new mapping gives held fields another look, and leaves all other links alone."""
    first, second = linked(store, "L1", "R1"), linked(store, "L2", "R2")
    settle(store, first, holds=(HOLD,))
    settle(store, second)
    store.touch_held(BOND)
    assert [one.id for one in dirty(store)] == [first.id]


def test_a_failed_link_waits_for_its_time(store: Store) -> None:
    """After a failure a link is tried again when it is due, and not before; its failures are counted."""
    link = linked(store)
    fail(store, link.id)
    early = dirty(store, now=LATER - timedelta(seconds=1))
    assert (early, [one.attempts for one in dirty(store)], store.fates(1)) == ([], [1], {Fate.FAILED: 2})


def test_news_ends_the_waiting(store: Store) -> None:
    """A change is a new chance for a link that failed."""
    link = linked(store)
    fail(store, link.id)
    show(store, Side.LEFT, seen("L1", title="new"))
    assert [one.attempts for one in dirty(store, now=NOW)] == [0]


def test_a_parked_link_waits_for_a_human(store: Store) -> None:
    """Changes of a parked link queue behind it until it is given another try."""
    link = linked(store)
    fail(store, link.id, park="refused five times")
    show(store, Side.LEFT, seen("L1", title="new"))
    parked = dirty(store)
    tries = [store.retry_links(BOND, link_id=link.id, by="ops", now=NOW) for _ in range(2)]
    assert (parked, tries) == ([], [1, 0])
    assert [one.left.view for one in dirty(store)] == [{"title": "new"}]


def test_failures_of_the_system_are_forgiven(store: Store) -> None:
    """Where the system failed and not the link, the count is as before and nothing waits or is parked."""
    link = linked(store)
    fail(store, link.id)
    fail(store, link.id, park="too often")
    store.forgive(BOND, [link.id])
    assert [one.attempts for one in dirty(store, now=NOW)] == [1]


def test_links_wait_for_records_that_cannot_be_read(store: Store) -> None:
    """A link with a side that is gone is not planned; one whose side is back is."""
    linked(store)
    gone = {"run_id": 1, "entries": [], "now": NOW}
    store.note_missing(BOND, Side.RIGHT, "R1", gone=True, **gone)
    before = dirty(store)
    show(store, Side.RIGHT, seen("R1"))
    assert (before, len(dirty(store))) == ([], 1)


def test_links_are_found_by_their_records(store: Store) -> None:
    """A record leads to its link from either side, and to none from the wrong one."""
    link = linked(store)
    found = [store.link_of(BOND, Side.LEFT, "L1"), store.link_of(BOND, Side.RIGHT, "R1")]
    assert (found, store.link_of(BOND, Side.LEFT, "R1")) == ([link.id, link.id], None)
    assert (store.links_of(BOND), store.link(BOND, 99), store.link("other", link.id)) == ([("L1", "R1")], None, None)


def test_a_record_that_goes_by_another_id_is_followed(store: Store) -> None:
    """Link and record keep together under the new id, whatever was known of that id before."""
    link = linked(store)
    show(store, Side.RIGHT, seen("R1-new", key="k", title="seen as a stranger"))
    assert store.rekey(BOND, Side.RIGHT, "R1", "R1-new", run_id=1, now=NOW)
    [again] = dirty(store)
    assert (again.id, again.right.id, again.right.view) == (link.id, "R1-new", {"title": "about R1"})
    assert set(store.known(BOND, Side.RIGHT, ["R1", "R1-new"])) == {"R1-new"}


def test_an_id_of_another_link_is_not_taken(store: Store) -> None:
    """Two links never share a record: a new id that belongs to another link is refused, and nothing changes."""
    linked(store, "L1", "R1")
    linked(store, "L2", "R2")
    assert not store.rekey(BOND, Side.RIGHT, "R1", "R2", run_id=1, now=NOW)
    assert store.links_of(BOND) == [("L1", "R1"), ("L2", "R2")]
