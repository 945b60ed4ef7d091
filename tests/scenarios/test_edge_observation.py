"""Edge cases 1 to 23: what is read of two systems, and how far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebond.errors import FeedError, UsageError
from ebond.gateway.wire import Raw, RawAnswer
from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing import faults
from ebond.testing.interference import reads
from ebond.testing.manners import Manners
from ebond.testing.row_faults import empty_list, rows
from tests.scenarios.systems import KINDS
from tests.scenarios.world import BOND, changed

SECOND = {"format": "iso_z", "granularity": "1s"}
LISTING = changed("plain").resource.list.model_dump()


def listing(**since: Any) -> dict[str, Any]:
    """Return the plain listing with another since filter and two rows a page."""
    paging = {**LISTING["paging"], "size": 2}
    return {**LISTING, "paging": paging, "since": {**LISTING["since"], **since}}


SMALL = changed("plain", list=listing())


def opens(it, *titles: str) -> list[str]:
    return [it.left.system.person_creates({"title": title, "status": "new"}) for title in titles]


def lists(raw: Raw) -> bool:
    return reads(raw) and raw.url.partition("?")[0].endswith("/tickets")


def titles(end) -> list[str]:
    return sorted(end.system.values(one)["title"] for one in end.system.ids())


def test_a_second_record_of_the_second_of_the_watermark_is_seen(world):
    """1: the poll asks from that second on, and what it knows already does no harm."""
    it = world(changed("plain", updated_stamp=SECOND, list=listing(stamp=SECOND, overlap="0s")))
    opens(it, "first")
    it.sync(after=0)
    opens(it, "second, at the same time")
    it.sync(after=0)
    assert titles(it.right) == titles(it.left)


@pytest.mark.parametrize(("late", "after"), [(30, 20), (7200, 90_000)])
def test_a_record_that_is_committed_late_is_caught(world, late, after):
    """2: by the overlap where it is a little late, else by the slow sweep."""
    it = world()
    opens(it, "punctual")
    it.sync()
    it.left.system.stamp_next(it.clock.now() - timedelta(seconds=late))
    opens(it, "late")
    it.sync(after=after)
    assert titles(it.right) == ["late", "punctual"]


def test_a_filter_with_coarser_stamps_than_the_records_loses_none(world):
    """3: the floor is floored to what the filter can tell apart, never rounded up."""
    it = world(changed("plain", list=listing(stamp={"format": "iso_z", "granularity": "1m"}, overlap="0s")))
    for number in range(4):
        opens(it, f"record {number}")
        it.sync(after=20)
    assert len(it.right.system.ids()) == 4


@pytest.mark.parametrize("skew", [-600, 600])
def test_a_clock_that_is_off_loses_nothing_and_puts_no_floor_into_the_future(world, skew):
    """4: all that counts is the server's own time."""
    it = world(KINDS["plain"](skew), KINDS["plain"](-skew))
    for number in range(3):
        opens(it, f"record {number}")
        it.sync()
    assert len(it.right.system.ids()) == 3
    assert it.watermark(Side.LEFT) <= it.left.system.now()


def test_a_record_of_the_year_2099_does_not_blind_us(world):
    """5: the floor never passes the server's now; what is edited later is carried."""
    it = world()
    it.left.system.stamp_next(datetime(2099, 1, 1, tzinfo=UTC))
    opens(it, "from the future")
    it.sync()
    assert it.watermark(Side.LEFT) <= it.left.system.now()
    opens(it, "of today")
    it.sync()
    assert titles(it.right) == ["from the future", "of today"]


def test_the_hour_that_the_clock_shows_twice_hides_no_edit(world):
    """6: stamps without an offset in a zone with summer time, on the night when it ends."""
    stamp = {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S", "zone": "Europe/Berlin"}
    it = world(changed("plain", updated_stamp=stamp, list=listing(stamp=stamp)))
    it.clock.jump((datetime(2026, 10, 25, 0, 15, tzinfo=UTC) - it.clock.now()).total_seconds())
    for number in range(8):
        opens(it, f"record {number}")
        it.sync(after=900)
    assert len(it.right.system.ids()) == 8


def _after_the_first_page(end, act: Callable[[], object]) -> None:
    def hook(raw: Raw) -> None:
        if lists(raw):
            end.faults.after = None
            act()

    end.faults.after = hook


def test_rows_that_slide_while_pages_are_read_are_found_again(world):
    """7: a record of the first page is edited while the second is read, so a row slips through between them."""
    it = world(SMALL)
    ids = opens(it, *(f"record {number}" for number in range(6)))
    it.sync()
    for one in ids:
        it.left.system.person_edits(one, urgency=int(one))
    _after_the_first_page(it.left, lambda: it.left.system.person_edits(ids[0], cost=1.5))
    it.sync()
    it.sync()
    assert [it.pair(one)[1].get("urgency") for one in ids] == [int(one) for one in ids]


def test_a_row_that_leaves_the_list_while_pages_are_read_loses_no_other(world):
    """8: the rows behind it slide up by one; the one that slipped through is found by the next runs."""
    it = world(SMALL)
    ids = opens(it, *(f"record {number}" for number in range(5)))
    _after_the_first_page(it.left, lambda: it.left.system.person_deletes(ids[0]))
    it.sync()
    it.sync(after=10)
    assert titles(it.right) == [f"record {number}" for number in range(5)]


def test_many_records_with_one_stamp_fill_several_pages(world):
    """9: a page that ends in the middle of them loses none."""
    it = world(SMALL)
    for number in range(7):
        it.left.system.stamp_next(it.clock.now())
        opens(it, f"record {number}")
    it.sync()
    it.sync()
    assert len(it.right.system.ids()) == 7


def test_a_cursor_that_expires_makes_the_scan_start_over(world):
    """10: from the floor; nothing is taken for missing, nothing is made twice."""
    preset = KINDS["versioned"]()
    it = world(preset, manners=(Manners(cursor_life=30.0), None))
    opens(it, *(f"record {number}" for number in range(5)))
    _after_the_first_page(it.left, lambda: it.clock.advance(60))
    report = it.sync()
    assert (report.ok, len(it.right.system.ids())) == (True, 5)
    assert "missing" not in it.journal()


def test_an_empty_page_in_the_middle_ends_nothing(world):
    """11: access rules hide the rows of one page; the pages behind it are read all the same."""
    it = world(changed("versioned", list=_two_a_page("versioned")))
    ids = opens(it, *(f"record {number}" for number in range(6)))
    it.left.api.hidden = set(ids[2:4])
    it.sync()
    assert titles(it.right) == ["record 0", "record 1", "record 4", "record 5"]


def _two_a_page(kind: str) -> dict[str, Any]:
    listing = changed(kind).resource.list.model_dump()
    return {**listing, "paging": {**listing["paging"], "size": 2}}


def test_pages_that_go_round_in_a_circle_end_the_run(world):
    """11: the same cursor comes again; the run fails with the reason, and the next one is fine."""
    it = world(changed("versioned", list=_two_a_page("versioned")))
    opens(it, *(f"record {number}" for number in range(6)))
    first: list[RawAnswer] = []

    def again(app, raw):
        first.append(app(raw))
        return first[0]

    it.left.faults.always(again, when=lists)
    report = it.sync()
    assert isinstance(report.error, FeedError)
    it.left.faults.clear()
    it.settle()
    assert len(it.right.system.ids()) == 6


@pytest.mark.parametrize("kind", ["plain", "bare"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_record_that_is_shown_twice_with_different_values_is_read_by_id(world, kind, place):
    """12: whichever of the two comes first, what counts is what the record really holds."""
    it = world(kind)
    (one,) = opens(it, "before")
    it.settle()
    it.left.system.person_edits(one, title="after")

    def twice(found):
        row = next((row for row in found if row.get("title") == "after"), None)
        if row is not None:
            found.insert(found.index(row) + place, {**row, "title": "before"})

    it.left.faults.next(rows(twice), when=lists)
    report = it.sync()
    assert (report.ok, report.books.balanced, it.pair(one)[1]["title"]) == (True, True, "after")


def test_a_record_shown_twice_is_settled_by_its_stamp_where_nothing_can_be_read_by_id(world):
    """12: the later stamp tells; the record is not left undecided."""
    it = world(changed("plain", read=None))
    (one,) = opens(it, "before")
    it.settle()
    it.left.system.person_edits(one, title="after")
    it.left.faults.next(
        rows(lambda found: found.append({**found[-1], "title": "before", "updated": "2020-01-01T00:00:00Z"})),
        when=lists,
    )
    report = it.sync()
    assert (report.ok, report.books.balanced, it.pair(one)[1]["title"]) == (True, True, "after")


def test_a_record_that_is_edited_all_the_time_is_not_starved(world):
    """13: each run carries what stands then."""
    it = world()
    (one,) = opens(it, "record")
    it.settle()
    for number in range(5):
        it.left.system.person_edits(one, urgency=number)
        it.left.system.person_edits(one, title=f"title {number}")
        it.sync(after=5)
        assert it.pair(one)[1]["title"] == f"title {number}"


@pytest.mark.parametrize("page", range(3))
def test_a_crash_behind_any_page_is_read_again_without_a_second_effect(world, page):
    """14: the floor moves with the last page only."""
    it = world(SMALL)
    opens(it, *(f"record {number}" for number in range(5)))
    assert it.crashing_sync(it.left, at=page, when=lists, before=False)
    assert it.watermark(Side.LEFT) is None
    it.settle()
    assert len(it.right.system.ids()) == 5


def test_every_run_begins_its_pages_anew(world):
    """15: a run that broke off in the middle leaves no cursor behind."""
    it = world(changed("versioned", list=_two_a_page("versioned")))
    opens(it, *(f"record {number}" for number in range(6)))
    it.left.faults.next(lambda app, raw: app(raw), faults.login_page, when=lists)
    assert not it.sync().ok
    with it.counting() as calls:
        it.sync()
    first = next(call for call in calls["left"] if "/tickets?" in call)
    assert "cursor" not in first
    assert len(it.right.system.ids()) == 6


def test_another_filter_starts_afresh_and_what_it_hides_is_no_deletion(world):
    """16: a full scan under the new filter; records outside of it are read by id and stay linked."""
    it = world()
    one, two = opens(it, "stays in", "falls out")
    it.settle()
    it.left.faults.always(rows(lambda found: found.__setitem__(slice(None), found[:1])), when=lists)
    it.redefine(bond={"left": {"params": {"queue": "7"}}})
    with it.counting() as calls:
        report = it.sync()
    assert not any("updated_from" in call for call in calls["left"] if "/tickets?" in call)
    assert (report.ok, it.links().keys(), it.store.summary(BOND).gone) == (True, {one, two}, 0)


def test_a_gap_longer_than_the_feed_reaches_back_is_swept(world):
    """17: the feed has forgotten; the whole list has not."""
    it = world(changed("plain", list=listing(retention="1h")))
    opens(it, "record")
    it.sync()
    with it.counting() as calls:
        it.sync(after=7200)
    assert not any("updated_from" in call for call in calls["left"] if "/tickets?" in call)


def test_an_empty_list_where_many_stood_is_an_alarm(world):
    """18: the run fails, nothing is taken for deleted, and the next whole list is believed."""
    it = world(bond={"guard": {"empty_list_after": 3}})
    opens(it, *(f"record {number}" for number in range(4)))
    it.settle()
    it.left.faults.next(empty_list(), when=lists)
    report = it.sync(after=90_000)
    assert isinstance(report.error, FeedError)
    assert (it.store.summary(BOND).gone, len(it.right.system.ids())) == (0, 4)
    it.settle()


ENVELOPE = faults.answer(200, {"error": {"code": 17, "message": "maintenance"}})


@pytest.mark.parametrize(
    "fault", [faults.login_page, ENVELOPE, faults.truncate], ids=["login", "envelope", "truncated"]
)
def test_an_answer_that_is_no_list_is_an_error_and_not_an_empty_list(world, fault):
    """19, 73: nothing is deleted, nothing is written, the watermark stays."""
    it = world()
    opens(it, "record")
    it.settle()
    floor, before = it.watermark(Side.LEFT), it.write_count()
    it.left.faults.always(fault, when=lists)
    assert not it.sync(after=90_000).ok
    assert (it.watermark(Side.LEFT), it.write_count(), it.store.summary(BOND).gone) == (floor, before, 0)
    it.left.faults.clear()
    it.settle()


def test_a_list_that_trails_behind_our_own_write_does_not_overwrite_it(world):
    """20: the page is older than the answer to the write; nothing is sent to and fro."""
    it = world("plain", KINDS["lagging"]())
    (one,) = opens(it, "record")
    it.settle()
    it.left.system.person_edits(one, title="edited")
    it.sync()
    before = it.write_count()
    for _ in range(4):
        it.sync(after=5)
    assert (it.write_count(), it.pair(one)[0]["title"]) == (before, "edited")


def test_a_clock_that_is_set_back_hides_no_edit(world):
    """4: edits carry earlier stamps than those before them; at the latest half an overlap later each is seen."""
    it = world()
    (one,) = opens(it, "record")
    it.settle()
    for number, back in enumerate((0, 20, 25)):
        it.left.system.stamp_next(it.clock.now() - timedelta(seconds=back))
        it.left.system.person_edits(one, urgency=number)
        it.sync(after=1)
    it.sync(after=31)
    assert it.pair(one)[1]["urgency"] == 2


def test_two_runs_at_once_are_one(world):
    """23, 28: the second is told that the bond is being worked on, and each record is made once."""
    it = world()
    opens(it, "record")
    met = []

    def meanwhile(raw: Raw) -> None:
        if not met:
            met.append(raw)
            with pytest.raises(UsageError, match="is being worked on"):
                run_bond(it.bench.bond(BOND), owner="another")

    it.right.faults.before = meanwhile
    it.sync()
    assert (len(met), len(it.right.system.ids())) == (1, 1)
