"""What tells that a system was reset or restored, and when it is enough to stop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.definitions.bond import Guard
from ebond.state import Origin, Side
from ebond.sync.epoch import is_fresh, made_anew, verdict, went_back
from tests.unit.sync.making import NOW, mapping

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("order", "known", "shown", "older"),
    [
        ("number", ("9", NOW), ("10", NOW), False),
        ("number", ("10", NOW), ("9", NOW), True),
        ("number", ("10", NOW), ("9", NOW + DAY), True),
        ("number", ("9", NOW), ("10", NOW - DAY), False),
        ("number", ("9", NOW), ("9", NOW - DAY), True),
        ("number", (None, NOW), ("9", NOW - DAY), True),
        ("number", ("9", None), (None, None), False),
        ("text", ("b", None), ("a", None), True),
        ("none", ("b", None), ("a", None), False),
        ("none", ("b", NOW), ("a", NOW - HOUR), False),
        ("none", ("b", NOW), ("a", NOW - DAY), True),
        ("none", ("b", NOW), ("a", NOW + DAY), False),
        ("none", (None, None), (None, NOW), False),
    ],
)
def test_a_record_is_older_by_its_version_or_else_by_hours_of_its_stamp(order, known, shown, older):
    """Every row of the table; a clock set back for winter is no restore."""
    assert bool(went_back(order, known=known, shown=shown)) is older


@pytest.mark.parametrize(
    ("known", "shown", "is_another"),
    [("1", "1", False), ("1", " 1", False), ("1", "2", True), (None, "2", False), ("1", None, False)],
)
def test_a_record_that_was_made_at_another_time_is_another_one(known, shown, is_another):
    """Where both are known."""
    view = mapping().view(Side.LEFT)
    assert bool(
        made_anew(view, "title", known={"title": known}, shown={"title": shown.strip() if shown else shown})
    ) is (is_another)
    assert made_anew(view, None, known={"title": known}, shown={"title": shown}) == ""


@pytest.mark.parametrize(
    ("odd", "missing", "links", "stops"),
    [(4, 0, 10, False), (5, 0, 1000, True), (0, 5, 5, False), (0, 6, 12, True), (0, 6, 13, False), (4, 4, 8, False)],
)
def test_the_bond_stops_for_several_odd_records_or_for_most_of_them_gone(odd, missing, links, stops):
    """As the guard says."""
    assert bool(verdict(Side.LEFT, odd=odd, missing=missing, links=links, guard=Guard())) is stops


@pytest.mark.parametrize(
    ("origin", "age", "fresh"),
    [
        (Origin.ANSWER, HOUR, True),
        (Origin.ASSUMED, None, True),
        (Origin.ANSWER, DAY, False),
        (Origin.FEED, HOUR, False),
    ],
)
def test_what_we_wrote_of_late_may_not_be_shown_everywhere_yet(origin, age, fresh):
    """A copy of the database that trails behind is no restore."""
    assert is_fresh(origin, None if age is None else NOW - age, now=NOW) is fresh
