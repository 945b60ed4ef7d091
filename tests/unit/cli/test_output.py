"""Small pieces of output."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ebond.cli.output import ago, counted, print_json, short, span
from ebond.secrets import Secret

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (200_000, "2 d"), (-5, "0 s")],
)
def test_a_span_is_told_in_the_largest_unit_that_tells(seconds, text):
    """Short enough for a table, exact enough to act on; a clock that went back shows none."""
    assert span(seconds) == text


def test_never_is_a_time_too():
    """A bond that never ran has no last run."""
    assert (ago(None, NOW), ago(NOW - timedelta(seconds=5), NOW)) == ("never", "5 s ago")


@pytest.mark.parametrize(("count", "text"), [(0, "0 links"), (1, "1 link"), (2, "2 links")])
def test_counts_agree_with_their_nouns(count, text):
    """No ``1 links``."""
    assert counted(count, "link") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "∅"), ("a\r\nb", "a⏎b"), ({"a": [1]}, '{"a":[1]}'), ("x" * 61, "x" * 59 + "…"), (True, "true")],
)
def test_a_value_is_shown_on_one_line(value, text):
    """Of any type, and cut where it is long."""
    assert short(value) == text


def test_json_masks_secrets_and_tells_times_in_full(capfdbinary):
    """One document in UTF-8."""
    print_json({"secret": Secret("s3cret"), "at": NOW, "text": "→"})
    expected = '{\n  "secret": "****",\n  "at": "2026-11-25T03:00:00+00:00",\n  "text": "→"\n}\n'
    assert capfdbinary.readouterr().out == expected.encode()
