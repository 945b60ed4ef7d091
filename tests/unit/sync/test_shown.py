"""The ids that a scan has shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ebond.sync.shown import ShownIds

IDS = st.sets(st.text(max_size=8), max_size=50)


@given(IDS, IDS)
def test_what_was_shown_is_in_it_and_nothing_else(first: set[str], second: set[str]) -> None:
    """Filled page by page, asked afterwards."""
    shown = ShownIds()
    shown.update(first)
    assert {one for one in first | second if one in shown} == first
    shown.update(second)
    assert all(one in shown for one in first | second)
