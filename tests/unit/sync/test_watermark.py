"""How far a feed has been read: the arithmetic of floors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.definitions.schedule import Schedule
from ebond.state import Watermark
from ebond.sync.watermark import advance, filter_key, moved, start
from tests.unit.sync.making import NOW, resource

PLAIN = resource()
T = {name: NOW + timedelta(seconds=seconds) for name, seconds in (("before", -60), ("now", 0), ("after", 60))}
T["2099"] = NOW.replace(year=2099)
LISTING = PLAIN.list.model_dump()


@pytest.mark.parametrize(("floor", "newest", "server_start", "shifted", "expected"), [
    # A scan moves the floor to the latest stamp it saw.
    ("before", "now", "after", False, "now"),
    (None, "now", "after", False, "now"),
    # Never past the server's own now, whatever a record says of itself (5).
    ("before", "2099", "now", False, "now"),
    (None, "2099", "now", False, "now"),
    # Nothing was shown: it stays.
    ("now", None, "after", False, "now"),
    (None, None, "after", False, None),
    # Only older rows were shown, of a clock that was set back: it never moves back.
    ("now", "before", "after", False, "now"),
    # Rows may have slid between pages (7): the same stretch is read again, but for a first scan.
    ("before", "now", "after", True, "before"),
    (None, "now", "after", True, "now"),
])  # fmt: skip
def test_where_a_scan_leaves_the_floor(floor, newest, server_start, shifted, expected):
    """1, 4, 5, 7: the floor is a stamp of the server's, moves forward only, and never past its now."""
    at = {**T, None: None}
    reached = advance(at[floor], newest=at[newest], server_start=at[server_start], shifted=shifted)
    assert reached == at[expected]


KEY = filter_key("l", "ticket", PLAIN, {})
DAILY = Schedule()
MARK = Watermark(KEY, T["before"], T["before"], 7)


@pytest.mark.parametrize(("mark", "since", "expected"), [
    (MARK, True, T["before"]),
    # Without a feed, a floor, or an earlier scan there is nothing to start from.
    (MARK, False, None),
    (None, True, None),
    (Watermark(KEY, None, T["before"]), True, None),
    (Watermark(KEY, T["before"], None), True, None),
    # Another question starts afresh (16).
    (Watermark("another", T["before"], T["before"]), True, None),
    # The slow sweep is due.
    (Watermark(KEY, T["before"], NOW - timedelta(days=1)), True, None),
])  # fmt: skip
def test_where_a_scan_starts(mark, since, expected):
    """16: from the floor, or from the beginning where the floor answers another question."""
    listing = {**LISTING, "since": LISTING["since"] if since else None}
    assert start(mark, KEY, resource(list=listing), schedule=DAILY, now=NOW) == expected


@pytest.mark.parametrize(("gap", "full"), [(3600, False), (3601, True)])
def test_a_gap_longer_than_the_feed_reaches_back_is_read_whole(gap, full):
    """17: what the feed has forgotten is found by a full scan."""
    short = resource(list={**LISTING, "since": {**LISTING["since"], "retention": "3600s"}})
    mark = Watermark(KEY, NOW - timedelta(seconds=gap), NOW)
    assert (start(mark, KEY, short, schedule=DAILY, now=NOW) is None) is full


@pytest.mark.parametrize("change", [
    {"path": "/other"}, {"params": {"state": "open"}}, {"body": {"state": "open"}}, {"since": None},
], ids=lambda one: next(iter(one)))  # fmt: skip
def test_another_question_has_another_key(change):
    """16: the path, the parameters, the body, the filter, the bond's own part, the system and the resource count."""
    other = filter_key("l", "ticket", resource(list={**LISTING, **change}), {})
    more = {
        filter_key("r", "ticket", PLAIN, {}),
        filter_key("l", "task", PLAIN, {}),
        filter_key("l", "ticket", PLAIN, {"a": "b"}),
    }
    assert len({KEY, other, *more}) == 5


def test_a_sweep_is_dated_and_counted_and_a_poll_keeps_both():
    """14: the mark is built anew from the old one, only with a scan's last page."""
    polled = moved(MARK, key=KEY, floor=T["now"], full=False, count=1, now=NOW)
    swept = moved(MARK, key=KEY, floor=T["now"], full=True, count=9, now=NOW)
    assert (polled, swept) == (Watermark(KEY, T["now"], T["before"], 7), Watermark(KEY, T["now"], NOW, 9))


def test_a_mark_of_another_question_is_forgotten():
    """16: neither its floor nor its count is carried over."""
    old = Watermark("another", T["after"], T["after"], 99)
    assert moved(old, key=KEY, floor=None, full=True, count=3, now=NOW) == Watermark(KEY, None, NOW, 3)
