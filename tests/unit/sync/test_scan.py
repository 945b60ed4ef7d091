"""What a scan takes down of its pages for the watermark."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.records.rows import Page, Seen
from ebond.sync.scan import ScanReport
from tests.unit.sync.making import NOW

SECOND = timedelta(seconds=1)


def page(*ages: int | None, began: int = 0) -> Page:
    """Return a page of records that were changed so many seconds before now."""
    rows = (Seen(str(n), None, None if age is None else NOW - age * SECOND, {}, False) for n, age in enumerate(ages))
    return Page(tuple(rows), (), NOW + began * SECOND, last=False)


def report(*pages: Page) -> ScanReport:
    made = ScanReport()
    for one in pages:
        made.notice(one)
    return made


def test_the_newest_stamp_of_all_pages_counts() -> None:
    """In whatever order they come; rows without a stamp say nothing."""
    assert report(page(9, 3, None), page(), page(7, 5)).newest == NOW - 3 * SECOND


def test_the_server_s_clock_is_read_from_the_first_page() -> None:
    """What changed while the later ones were read may have slipped through."""
    assert report(page(9), page(8, began=60)).server_start == NOW


def test_all_rows_of_all_pages_are_counted() -> None:
    """An empty page is a page."""
    made = report(page(9, 3), page(), page(7))
    assert (made.pages, made.rows) == (3, 3)


@pytest.mark.parametrize(("age", "meanwhile"), [(1, False), (0, True), (-1, True)])
def test_a_change_since_the_first_page_is_noticed(age: int, meanwhile: bool) -> None:
    """Such a list may have shifted under our hands; a stamp of the very second counts, as clocks are coarse."""
    assert report(page(9), page(age)).changed_meanwhile is meanwhile
