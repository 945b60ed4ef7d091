"""Storing a page of a feed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.errors import StoreError
from ebond.state import Entry, Fate, Known, Observation, Origin, Shown, Side, Watermark
from ebond.store import Store
from tests.integration.store.examples import BOND, LATER, NOW, digest, dirty, linked, seen, settle, show

MARK = Watermark("filter", NOW, None, 2)


def known(store: Store, *ids: str) -> dict[str, Known]:
    return store.known(BOND, Side.LEFT, ids)


def test_a_record_is_known_by_its_digest(store: Store) -> None:
    """What tells whether a record changed comes back as it was stored; ids never seen are left out."""
    show(store, Side.LEFT, seen("L1"), run_id=7)
    expected = Known(seen("L1").digest, "1", NOW, None, gone=False, open_in_run=7, origin=Origin.FEED, missing=False)
    assert known(store, "L1", "L2") == {"L1": expected}


def test_sides_and_bonds_do_not_mix(store: Store) -> None:
    """The same id on the other side, or in another bond, is another record."""
    show(store, Side.LEFT, seen("1"))
    assert (store.known(BOND, Side.RIGHT, ["1"]), store.known("other", Side.LEFT, ["1"])) == ({}, {})


def test_a_change_makes_its_link_dirty(store: Store) -> None:
    """A settled link is looked at again when either side shows a change, and only that link."""
    first, second = linked(store, "L1", "R1"), linked(store, "L2", "R2")
    settle(store, first)
    settle(store, second)
    show(store, Side.RIGHT, seen("R2", title="new"))
    assert [(one.id, one.right.view) for one in dirty(store)] == [(second.id, {"title": "new"})]


def test_a_decided_observation_makes_nothing_dirty(store: Store) -> None:
    """An echo is stored, and its link stays clean."""
    link = linked(store)
    settle(store, link)
    show(store, Side.LEFT, replace(seen("L1", title="ours"), fate=Fate.ECHO))
    assert (dirty(store), known(store, "L1")["L1"].digest) == ([], digest({"title": "ours"}))


def test_page_marks_and_watermark_stand_or_fall_together(store: Store) -> None:
    """Where one record of a page cannot be stored, nothing of the page is: no record, no mark, no watermark."""
    settle(store, linked(store))
    twice = replace(seen("L9"), keys=((0, b"k"), (0, b"k")))
    with pytest.raises(StoreError):
        show(store, Side.LEFT, seen("L1", title="new"), twice, watermark=MARK, entries=[Entry("x")])
    assert (dirty(store), known(store, "L9"), store.watermark(BOND, Side.LEFT)) == ([], {}, None)


def test_the_watermark_comes_back_and_moves(store: Store) -> None:
    """The last stored watermark of a side counts, to the microsecond."""
    moved = replace(MARK, floor=LATER.replace(microsecond=123457), swept_at=NOW, count=9)
    show(store, Side.LEFT, watermark=MARK)
    show(store, Side.LEFT, watermark=moved)
    assert (store.watermark(BOND, Side.LEFT), store.watermark(BOND, Side.RIGHT)) == (moved, None)


def test_a_stub_keeps_what_is_known(store: Store) -> None:
    """A record that has to be read by id keeps its view, and its link waits for the read."""
    settle(store, linked(store))
    store.touch(BOND, [1])
    show(store, Side.LEFT, stubs=["L1"])
    state = store.link(BOND, 1)
    assert state is not None
    assert (state.left.origin, state.left.view, dirty(store)) == (Origin.STUB, {"title": "about L1"}, [])


def test_a_record_set_aside_comes_back_when_it_changes(store: Store) -> None:
    """A held stranger is no candidate for a create until it shows something new."""
    show(store, Side.LEFT, seen("L1"))
    store.hold_record(BOND, Side.LEFT, "L1", "why", run_id=1, fate=Fate.HELD, entries=[], now=NOW)
    before = store.strangers(BOND, Side.LEFT, after_id="", limit=9)
    show(store, Side.LEFT, seen("L1", title="new"))
    after = store.strangers(BOND, Side.LEFT, after_id="", limit=9)
    assert (before, [one.view for one in after]) == ([], [{"title": "new"}])


AWKWARD = {
    "nul": "a\x00b",
    "text": "Grüße ☃ 𝄞 \u2028 ' \" \\ \ufeff",
    "float": 1e16,
    "small": 1e-7,
    "minus_zero": -0.0,
    "big": 2**63,
    "none": None,
    "nested": {"": [1, 1.0, True, "", {}], "a": []},
    "order": {"b": 1, "a": 2},
}  # fmt: skip


def test_values_come_back_as_they_came(store: Store) -> None:
    """Whatever JSON can say is kept as said: types, order of keys, U+0000 and numbers at the limits."""
    show(store, Side.LEFT, seen("L1", **AWKWARD))
    [found] = store.strangers(BOND, Side.LEFT, after_id="", limit=9)
    assert repr(found.view) == repr(AWKWARD)


def test_a_reason_with_any_character_can_be_kept(store: Store) -> None:
    """It may quote what a system sent; U+0000, which PostgreSQL refuses, is shown as its sign."""
    show(store, Side.LEFT, seen("L1"))
    store.hold_record(BOND, Side.LEFT, "L1", "bad \x00 value", run_id=1, fate=Fate.HELD, entries=[], now=NOW)
    assert [one["reason"] for one in store.held(BOND)] == ["bad \N{SYMBOL FOR NULL} value"]


def test_awkward_ids_are_ids(store: Store) -> None:
    """Ids are texts to the last character: quotes, per cent signs, blanks, emoji, case and kilobytes."""
    ids = ["a'b", "100%s", " x ", "x", "X", "🎫", ":b", "?", "z" * 2000]
    show(store, Side.LEFT, *(seen(one) for one in ids))
    assert set(known(store, *ids)) == set(ids)


def test_a_thousand_records_are_a_page_as_well(store: Store) -> None:
    """Pages larger than what one statement takes are stored whole and found again."""
    ids = [f"L{number:04}" for number in range(2001)]
    show(store, Side.LEFT, *(seen(one) for one in ids))
    assert list(store.known(BOND, Side.LEFT, ids)) == ids


def test_an_empty_page_costs_nothing(store: Store, statements: list[str]) -> None:
    """Where there is nothing to store, the database is not asked."""
    show(store, Side.LEFT)
    assert statements == []


def test_a_read_closes_the_record_that_it_decides(store: Store) -> None:
    """A read by id that shows an echo takes the record out of the run's open ones."""
    show(store, Side.LEFT, stubs=["L1"])
    store.store_read(BOND, Side.LEFT, replace(seen("L1"), fate=Fate.ECHO), run_id=1, now=NOW)
    assert (store.fates(1), known(store, "L1")["L1"].origin) == ({Fate.ECHO: 1}, Origin.FEED)


def test_observing_a_link_at_work_leaves_it_alone(store: Store) -> None:
    """A read made while planning replaces the view and marks nothing: the caller plans with it."""
    link = linked(store)
    settle(store, link)
    store.observe(BOND, Side.LEFT, Observation("L1", "2", LATER, {"title": "b"}, b"d", origin=Origin.READ), now=NOW)
    state = store.link(BOND, link.id)
    assert state is not None
    assert (state.left.view, state.left.version, state.mark, dirty(store)) == ({"title": "b"}, "2", 1, [])


def moved(store: Store, *observations: Observation) -> set[str]:
    ids, digests, versions = zip(*((one.id, one.digest, one.version) for one in observations), strict=True)
    return store.moved(BOND, Side.LEFT, Shown(ids, digests, versions))


def test_what_a_list_showed_last_has_not_moved(store: Store) -> None:
    """A row whose digest and version stand as a list brought them is passed over, whatever its id looks like."""
    rows = [seen(one) for one in ("L1", "it's", '"\\/\n\x1f', "Grüße 🎫\u2028", "7", "null", "z" * 2000)]
    show(store, Side.LEFT, *rows)
    assert moved(store, *rows) == set()


@pytest.mark.parametrize(
    "shown",
    [
        seen("L1", title="new"),
        replace(seen("L1"), version="2"),
        replace(seen("L1"), digest=b""),
        replace(seen("L1"), digest=seen("L1").digest + b"\0"),
        seen("L9"),
        seen("l1"),
    ],
    ids=["values", "version", "no digest", "longer digest", "unknown", "other case"],
)
def test_whatever_differs_has_moved(store: Store, shown: Observation) -> None:
    """A new digest, another version or an unknown id: each of them alone makes a row move, and no other one."""
    show(store, Side.LEFT, seen("L1"), seen("L2"))
    assert moved(store, shown, seen("L2")) == {shown.id}


def test_what_no_list_showed_last_has_moved(store: Store) -> None:
    """Answers, reads and deletions are looked at whole, though their digests be the same."""
    known = [replace(seen(f"L{n}"), origin=origin) for n, origin in enumerate(Origin) if origin is not Origin.FEED]
    known.append(replace(seen("L9"), gone=True))
    show(store, Side.LEFT, *known)
    assert moved(store, *known) == {one.id for one in known}


def test_a_row_without_a_version_moves_by_its_digest(store: Store) -> None:
    """Some lists show none: what was read by id with one stands all the same. The other way round it moves."""
    show(store, Side.LEFT, seen("L1"), replace(seen("L2"), version=None))
    assert moved(store, replace(seen("L1"), version=None), replace(seen("L2"), version="")) == {"L2"}


def test_the_same_id_elsewhere_does_not_stand_for_it(store: Store) -> None:
    """The other side and other bonds have records of the same ids."""
    show(store, Side.RIGHT, seen("1"))
    store.store_page("other", Side.LEFT, run_id=1, observations=[seen("1")], now=NOW)
    assert moved(store, seen("1")) == {"1"}


def test_a_page_is_compared_in_one_statement(store: Store, statements: list[str]) -> None:
    """However large it is; the order of its rows means nothing, and nobody is mixed up with a neighbour."""
    rows = [seen(f"L{number:04}") for number in range(2001)]
    show(store, Side.LEFT, *rows)
    statements.clear()
    assert (moved(store, *rows[::-1], seen("L9999")), len(statements)) == ({"L9999"}, 1)
