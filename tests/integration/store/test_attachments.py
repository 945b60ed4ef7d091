"""Files on both databases: kept as they are, tried again, and gone with their link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.attachments import File, FileState
from ebond.children import Carriage
from ebond.errors import LeaseLost
from ebond.state import Entry, Side
from ebond.store import FILE_TABLE, Store
from tests.integration.store.examples import BOND, LATER, NOW, fence_of, linked, settle

FILE = File("Skizze ü.pdf", 2**40, "application/pdf", "sha256:aa", "https://x.test/f", internal=True)
WHOLE = FileState(
    Side.LEFT, "L1", "f1", Carriage.OPEN, FILE, own=True, partner="p", copy=File("s.pdf", 3), about="f0", sync_id="s",
    once_url="/once", token="t", tries=2, run_id=1, at=LATER, order=4, reason="why",
)  # fmt: skip


def note(store: Store, link, *files: FileState, **more: object) -> None:
    fence = more.pop("fence", fence_of(store, link))
    store.note_children(FILE_TABLE, BOND, link.id, files, fence=fence, run_id=1, now=NOW, **more)


def test_a_file_comes_back_as_it_was_stored(store: Store) -> None:
    """Every part of it, up to which the records were read, and only what belongs to the link."""
    link, other = linked(store, "L1", "R1"), linked(store, "L2", "R2")
    copy = FileState(Side.RIGHT, "R1", "p", Carriage.COPY, File("s.pdf", 3), partner="f1")
    note(store, link, WHOLE, copy, read={Side.LEFT: "mark"})
    note(store, other, replace(WHOLE, record_id="L2"))
    found = store.children(FILE_TABLE, BOND, link.id)
    assert (found.all, found.read) == ((WHOLE, copy), {Side.LEFT: "mark", Side.RIGHT: None})
    assert found.of(Side.RIGHT) == (copy,)


def test_whoever_lost_the_link_stores_nothing(store: Store) -> None:
    """Another worker has it: neither file nor line of the journal is left."""
    link = linked(store, "L1", "R1")
    with pytest.raises(LeaseLost):
        note(store, link, WHOLE, fence=fence_of(store, link) + 1, entries=[Entry("attached", link.id)])
    assert store.children(FILE_TABLE, BOND, link.id).all == ()


def test_what_is_held_is_told_and_tried_again(store: Store) -> None:
    """A file set aside is among what waits for a human, until a retry has it sent again."""
    link = linked(store, "L1", "R1")
    note(store, link, replace(WHOLE, state=Carriage.HELD, token=None, reason="too large"))
    told = {"what": "file", "left": "L1", "file": "f1", "name": FILE.name, "field": None, "reason": "too large"}
    assert store.held(BOND) == [told]
    store.ask(BOND, NOW)
    assert (store.summary(BOND).held_files, store.gauges(now=NOW)[BOND].counts["held_files"]) == (1, 1)
    assert store.retry_links(BOND, link_id=None, by="me", now=NOW) == 1
    (again,) = store.children(FILE_TABLE, BOND, link.id).all
    assert (again.state, again.reason, store.held(BOND)) == (Carriage.WAITING, "", [])


def test_what_a_crash_left_is_taken_up(store: Store) -> None:
    """A clean link with a file on its way is marked dirty; one whose files have arrived is not."""
    busy, done = linked(store, "L1", "R1"), linked(store, "L2", "R2")
    note(store, busy, WHOLE)
    note(store, done, replace(WHOLE, record_id="L2", state=Carriage.CARRIED))
    for link in (busy, done):
        settle(store, link)
    before = [store.link(BOND, link.id).mark for link in (busy, done)]
    store.touch_under_way(FILE_TABLE, BOND)
    after = [store.link(BOND, link.id).mark for link in (busy, done)]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0]


def test_files_follow_their_record(store: Store) -> None:
    """A record that goes by another id takes its files along."""
    link = linked(store, "L1", "R1")
    note(store, link, WHOLE)
    assert store.rekey(BOND, Side.LEFT, "L1", "L9", run_id=1, now=NOW)
    assert store.children(FILE_TABLE, BOND, link.id).all == (replace(WHOLE, record_id="L9"),)
