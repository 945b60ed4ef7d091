"""Runs, bonds, the journal, the status, kept values and previews."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.errors import StoreError
from ebond.state import Books, Done, Entry, Fate, Hold, Side, Take, Watermark
from ebond.store import Store
from tests.integration.store.examples import (
    BOND,
    LATER,
    NOBODY,
    NOW,
    dirty,
    fail,
    intent,
    linked,
    opened,
    run_at_work,
    seen,
    settle,
    show,
)
from tests.integration.store.test_holders import come

BOOKS = Books(read=3, unchanged=1, updated=2)
CONFLICT = Hold("title", "conflict", "both changed", NOW)
PARKED = Hold("state", "parked", "unmapped", LATER)


def run(store: Store, status: str = "ok", error: str | None = None) -> int:
    made = store.begin(BOND, kind="sync", now=NOW)
    store.count_calls(made, 4)
    assert store.finish(made, now=LATER, status=status, books=BOOKS, error=error)
    return made


def test_a_run_is_kept_with_its_books(store: Store) -> None:
    """A finished run tells when, how, with which books and how many calls; the newest comes first."""
    first, second = run(store), run(store, "failed", "no way")
    running = store.begin(BOND, kind="sweep", now=LATER)
    newest, middle, oldest = store.recent(BOND, limit=3)
    assert (newest.id, newest.status, newest.finished, newest.books) == (running, "running", None, None)
    assert (middle.id, middle.status, middle.error, oldest.id, oldest.kind) == (
        second,
        "failed",
        "no way",
        first,
        "sync",
    )
    assert (oldest.started, oldest.finished, oldest.calls) == (NOW, LATER, 4)
    assert oldest.books == BOOKS


def test_runs_of_other_bonds_are_not_shown(store: Store) -> None:
    """Each bond has runs of its own."""
    run(store)
    assert store.recent("other") == []


def test_a_bond_remembers_why_it_stopped_and_its_mapping(store: Store) -> None:
    """The reason a bond cannot work stays until it is taken back, and so does the digest of its mapping."""
    store.acquire(BOND, holder=NOBODY)
    unset = store.mapping_digest(BOND)
    store.set_mapping_digest(BOND, "abc")
    run(store, "stopped", "wrong secret")
    stopped = store.summary(BOND).stopped
    run(store)
    assert (unset, store.mapping_digest(BOND), stopped, store.summary(BOND).stopped) == (
        "",
        "abc",
        "wrong secret",
        None,
    )


def test_a_summary_counts_what_there_is(store: Store) -> None:
    """Each number of the status is a count of its own."""
    conflict, parked, gone, *_ = (linked(store, f"L{n}", f"R{n}") for n in range(4))
    settle(store, conflict, holds=(CONFLICT, PARKED))
    fail(store, parked.id, due_at=NOW, park="poison")
    settle(store, gone)
    store.note_missing(BOND, Side.LEFT, gone.left.id, run_id=1, gone=True, entries=[], now=NOW)
    show(store, Side.LEFT, seen("L8"), seen("L9"), watermark=Watermark("k", LATER, None))
    store.hold_record(BOND, Side.LEFT, "L8", "rivals", run_id=1, fate=Fate.HELD, entries=[], now=NOW)
    opened(store, intent("L9"))
    found = store.summary(BOND)
    assert (found.links, found.dirty, found.conflicts, found.parked_fields, found.parked_links) == (4, 2, 1, 1, 1)
    assert (found.held_records, found.open_creates, found.gone, found.floors) == (1, 1, 1, {"left": LATER})


def test_a_summary_tells_the_last_success_too(store: Store) -> None:
    """After failures it can still be seen when things last went well."""
    assert (store.summary("other").last, store.summary("other").last_ok) == (None, None)
    run(store)
    failed = run(store, "failed")
    found = store.summary(BOND)
    assert (found.last and found.last.id, found.last_ok) == (failed, LATER)


def test_what_waits_for_a_human_comes_with_its_reason(store: Store) -> None:
    """Held fields, parked links and held records are listed, each with what and why."""
    field, parked = linked(store, "L1", "R1"), linked(store, "L2", "R2")
    settle(store, field, holds=(CONFLICT,))
    fail(store, parked.id, due_at=NOW, park="poison")
    show(store, Side.LEFT, seen("L3"))
    store.hold_record(BOND, Side.LEFT, "L3", "rivals", run_id=1, fate=Fate.HELD, entries=[], now=NOW)
    assert store.held(BOND) == [
        {
            "what": "conflict", "left": "L1", "right": "R1", "field": "title", "reason": "both changed", "since": NOW,
            "take": None, "by": None,
        },
        {"what": "link", "left": "L2", "right": "R2", "field": None, "reason": "poison"},
        {"what": "record", "left": "L3", "field": None, "reason": "rivals"},
    ]  # fmt: skip
    assert store.decide(BOND, field.id, "title", Take.LEFT, by="ann", now=LATER)
    assert (store.held(BOND)[0]["take"], store.held(BOND)[0]["by"]) == ("left", "ann")


def test_what_a_run_did_is_counted_from_its_own_lines(store: Store) -> None:
    """Records once however many fields; creates begun by an earlier run apart; nothing of other runs or bonds."""
    store.append(
        BOND, 6, [Entry("intended", None, Side.LEFT, "L1"), Entry("written", 9, Side.LEFT, None, "a")], now=NOW
    )
    before = store.last_line()
    own = [
        Entry("created", None, Side.LEFT, "L1"),
        Entry("intended", None, Side.LEFT, "L2"),
        Entry("created", None, Side.LEFT, "L2"),
        Entry("intended", None, Side.RIGHT, "L2"),
        *(Entry("written", 3, side, None, field) for side, field in ((Side.LEFT, "a"), (Side.LEFT, "b"))),
        Entry("written", 3, Side.RIGHT, None, "a"),
        Entry("commented", 3, Side.LEFT, "L1"),
        Entry("attached", 3, Side.LEFT, "L1"),
        Entry("settled", 3, None, None, "c"),
    ]
    store.append(BOND, 7, own, now=LATER)
    store.append(BOND, 8, [Entry("written", 4, Side.LEFT, None, "a")], now=LATER)
    store.append("another", 7, [Entry("attached", 4, Side.LEFT, "L1")], now=LATER)
    expected = Done(created=2, begun_before=1, updated=2, fields=3, comments=1, files=1)
    assert store.done(BOND, 7, after=before) == expected


def test_the_last_line_of_an_empty_journal_is_none(store: Store) -> None:
    """A first run counts from the beginning."""
    assert (store.last_line(), store.done(BOND, 1, after=0)) == (0, Done())


def test_the_journal_is_read_newest_first(store: Store) -> None:
    """Lines come back with time, run, link, side, record, field, event and detail."""
    store.append(BOND, None, [Entry("first")], now=NOW)
    store.append(BOND, 7, [Entry("wrote", 3, Side.LEFT, "L1", "title", {"digest": "ab"})], now=LATER)
    newest, oldest = store.read_journal(BOND)
    assert oldest["event"] == "first"
    assert dict(newest) == {
        "id": 2, "at": LATER, "bond": BOND, "run_id": 7, "link_id": 3, "side": "left", "record_id": "L1",
        "field": "title", "event": "wrote", "detail": {"digest": "ab"},
    }  # fmt: skip


def test_the_journal_of_a_record_holds_that_of_its_link(store: Store) -> None:
    """Asked about a record, the journal tells what happened to its link as well, and nothing of others."""
    link = linked(store)
    store.append(
        BOND,
        7,
        [Entry("seen", side=Side.LEFT, record_id="L1"), Entry("of the link", link.id), Entry("of another", 99)],
        now=NOW,
    )
    for asked in ({"record_id": "L1"}, {"record_id": "R1"}, {"link_id": link.id}):
        events = [line["event"] for line in store.read_journal(BOND, **asked)]
        assert events == ["of the link", "seen"][: 2 if "L1" in asked.values() else 1]
    assert [line["event"] for line in store.read_journal(BOND, limit=1)] == ["of another"]


def test_the_journal_is_only_ever_added_to(store: Store) -> None:
    """Whatever else the store does, the lines that stand are as they were."""
    store.append(BOND, 1, [Entry("kept", 1, Side.LEFT, "L1")], now=NOW)
    before = store.read_journal(BOND)
    link = linked(store)
    settle(store, link)
    store.rekey(BOND, Side.LEFT, "L1", "L1-new", run_id=1, now=NOW)
    store.retry_links(BOND, link_id=link.id, by="ops", now=NOW)
    assert store.read_journal(BOND)[-1:] == before


@pytest.mark.parametrize("value", [{"a": [1, None]}, [], 0, 1.5, -3, "7", "text", True, False])
def test_small_values_are_kept(store: Store, value: object) -> None:
    """A kept value comes back with its type, and the last one counts."""
    store.put("quota:gw", "old")
    store.put("quota:gw", value)
    assert repr((store.get("quota:gw"), store.get("nothing"))) == repr((value, None))


def test_a_preview_changes_nothing(store: Store) -> None:
    """A scratch store starts with all that a run reads, under no lease, and what is done in it stays in it."""
    store.acquire(BOND, holder=come(store, "a"))
    settle(store, linked(store, "L1", "R1"), holds=(CONFLICT,), again=True)
    show(store, Side.LEFT, seen("L2", key="k"), run_id=41, watermark=Watermark("k", NOW, None))
    before = (dirty(store), store.summary(BOND))
    with store.scratch(BOND) as scratch:
        made = run_at_work(scratch)
        assert (made > 41, scratch.acquire(BOND, holder=come(scratch, "b"))) == (True, 2)
        assert dirty(scratch, run_id=made) == before[0]
        assert scratch.watermark(BOND, Side.LEFT) == store.watermark(BOND, Side.LEFT)
        settle(scratch, dirty(scratch, run_id=made)[0])
    assert (dirty(store), store.summary(BOND)) == before


def test_a_preview_holds_one_bond_only(store: Store) -> None:
    """Other bonds are not copied."""
    linked(store)
    with store.scratch("other") as scratch:
        assert scratch.links_of(BOND) == []


def test_a_closed_preview_is_gone(store: Store) -> None:
    """The scratch store's file goes with it."""
    scratch = store.scratch(BOND)
    scratch.close()
    with pytest.raises(StoreError, match="unable to open"):
        scratch.get("a")


def test_times_are_exact(store: Store) -> None:
    """A microsecond before the due time a link is not due."""
    link = linked(store)
    due = NOW + timedelta(microseconds=1)
    fail(store, link.id, due_at=due)
    early, late = (dirty(store, now=now) for now in (NOW, due))
    assert (early, len(late)) == ([], 1)
