"""The since filter: never asked too late, in whatever form the system wants it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ebond.definitions.system import Listing, Since
from ebond.errors import ContractError
from ebond.records.since import asked, merge_params, since_params

FLOOR = datetime(2026, 11, 23, 20, 37, 43, 999_999, tzinfo=UTC)


def since(**parts: Any) -> Since:
    """Build a since filter on the parameter ``from``."""
    return Since.model_validate({"params": {"from": "{since}"}, "overlap": "0s", **parts})


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ({"format": "iso_z", "granularity": "1s"}, "2026-11-23T20:37:43Z"),
        ({"format": "iso_z", "granularity": "1m"}, "2026-11-23T20:37:00Z"),
        ({"format": "epoch_s", "granularity": "1s"}, "1795466263"),
        ({"format": "epoch_ms", "granularity": "1ms"}, "1795466263999"),
        ({"format": "pattern", "pattern": "%Y-%m-%d.%H:%M:%S", "granularity": "1s"}, "2026-11-23.20:37:43"),
        (
            {"format": "pattern", "pattern": "%Y-%m-%d %H:%M", "granularity": "1m", "zone": "Asia/Tokyo"},
            "2026-11-24 05:37",
        ),
    ],
)
def test_the_floor_is_floored_and_never_rounded_up(stamp: dict[str, Any], expected: str) -> None:
    """What the filter cannot tell apart is asked for from its beginning."""
    assert since_params(since(stamp=stamp), FLOOR) == {"from": expected}


def test_the_overlap_is_taken_off() -> None:
    """Records that were committed late lie below the floor."""
    stamp = {"format": "epoch_s", "granularity": "1s"}
    assert since_params(since(stamp=stamp, overlap="60s"), FLOOR) == {"from": "1795466203"}


def test_an_exclusive_filter_is_asked_one_step_earlier() -> None:
    """'Strictly after 37' hides what happened within 37."""
    stamp = {"format": "iso_z", "granularity": "1m"}
    assert since_params(since(stamp=stamp, inclusive=False), FLOOR) == {"from": "2026-11-23T20:36:00Z"}


def test_the_stamp_may_stand_inside_a_template() -> None:
    """Roundup's open end: ``;`` after the stamp; several parameters are all sent."""
    stamp = {"format": "pattern", "pattern": "%Y-%m-%d.%H:%M:%S", "granularity": "1s"}
    filter_ = since(params={"activity": "{since};", "@sort": "activity,id"}, stamp=stamp)
    assert since_params(filter_, FLOOR) == {"activity": "2026-11-23.20:37:43;", "@sort": "activity,id"}


def test_a_scan_from_the_start_has_parameters_of_its_own() -> None:
    """Kinto shows tombstones only with ``_since``, also with 0."""
    assert since_params(since(initial={"_since": "0"}), None) == {"_since": "0"}


def test_a_system_without_a_feed_is_asked_for_everything() -> None:
    """Snapshot mode: the floor means nothing."""
    assert since_params(None, FLOOR) == {}


def test_the_epoch_is_early_enough() -> None:
    """No filter asks for a time before 1970."""
    assert asked(since(overlap="1d"), datetime(1970, 1, 1, 1, tzinfo=UTC)) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("floor", "wall"),
    [
        ("2026-10-25T00:30", "2026-10-25 01:30"),  # 02:30 in summer; from 03:00 the clock shows 02:00 again
        ("2026-10-25T01:30", "2026-10-25 02:30"),  # the second 02:30; a server may take it for the first
        ("2026-10-24T12:00", "2026-10-24 14:00"),
        ("2026-10-25T12:00", "2026-10-25 13:00"),
        ("2026-03-29T00:30", "2026-03-29 01:30"),
    ],
)
def test_the_hour_that_comes_twice_is_asked_for_twice(floor: str, wall: str) -> None:
    """A wall clock without offset hides the second hour from a floor in the first."""
    stamp = {"format": "pattern", "pattern": "%Y-%m-%d %H:%M", "granularity": "1m", "zone": "Europe/Paris"}
    point = datetime.fromisoformat(floor).replace(tzinfo=UTC)
    assert since_params(since(stamp=stamp), point) == {"from": wall}


def listing(**params: str) -> Listing:
    """Build a listing with parameters of its own."""
    return Listing.model_validate({"path": "/x", "params": params, "paging": {"kind": "single"}})


@pytest.mark.parametrize(
    ("own", "filter_", "extra", "merged"),
    [
        ({"a": "1"}, {"b": "2"}, {"c": "3"}, {"a": "1", "b": "2", "c": "3"}),
        ({"a": "1"}, {"a": "2"}, {}, {"a": "2"}),
        ({"a": "1"}, {}, {"a": "3"}, {"a": "3"}),
        ({}, {"q": "{extra}u>=5"}, {"q": "group=x^"}, {"q": "group=x^u>=5"}),
        ({}, {"q": "{extra}u>=5"}, {}, {"q": "u>=5"}),
        ({"q": "{extra}ORDERBYu"}, {}, {"q": "group=x^"}, {"q": "group=x^ORDERBYu"}),
    ],
)
def test_parameters_of_listing_filter_and_bond_are_merged(
    own: dict[str, str], filter_: dict[str, str], extra: dict[str, str], merged: dict[str, str]
) -> None:
    """The filter goes over the listing, the bond over both, or into its place where one is left for it."""
    assert merge_params(listing(**own), filter_, extra) == merged


def test_a_bond_cannot_silence_the_since_filter() -> None:
    """Two wishes for one parameter and no place for both."""
    with pytest.raises(ContractError, match="'q' carries both"):
        merge_params(listing(), {"q": "u>=5"}, {"q": "group=x"})
