"""How long things are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.errors import UsageError
from workers.retention import Retention


def test_a_month_of_runs_and_a_year_of_journal_are_kept() -> None:
    """Without a word in the environment, and with an empty one."""
    usual = Retention(timedelta(days=30), timedelta(days=400))
    assert [Retention.of({}), Retention.of({"EBOND_KEEP_RUNS": ""})] == [usual, usual]


def test_the_environment_says_how_long() -> None:
    """Both spans are read as definitions write them."""
    given = {"EBOND_KEEP_RUNS": "12h", "EBOND_KEEP_JOURNAL": "90d"}
    assert Retention.of(given) == Retention(timedelta(hours=12), timedelta(days=90))


def test_an_unclear_span_is_refused_with_its_name() -> None:
    """A worker does not start with a span that it would have to guess."""
    with pytest.raises(UsageError, match=r"EBOND_KEEP_JOURNAL: a duration is a number with a unit"):
        Retention.of({"EBOND_KEEP_JOURNAL": "90"})
