"""The moments at which a schedule wants a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.schedule import Schedule
from ebond.definitions.slots import next_slot, sweep_due

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def schedule(**settings: Any) -> Schedule:
    return Schedule.model_validate(settings)


def slots(count: int, after: datetime = NOON, bond: str = "one", **settings: Any) -> list[datetime]:
    """Return so many slots in a row."""
    found = []
    for _ in range(count):
        following = next_slot(schedule(**settings), bond, after)
        assert following is not None
        found.append(after := following)
    return found


@given(st.integers(0, 10**6), st.sampled_from(["1s", "60s", "7m", "1h"]), st.sampled_from(["0s", "30s", "2m"]))
def test_two_schedulers_agree_whenever_they_start(seconds: int, every: str, jitter: str) -> None:
    """From any moment between two slots, the next one is the same."""
    first, second = slots(2, NOON + timedelta(seconds=seconds), every=every, jitter=jitter)
    between = first + (second - first) / 3
    assert next_slot(schedule(every=every, jitter=jitter), "one", between) == second


def test_an_interval_keeps_its_rhythm() -> None:
    """Slots are exactly one interval apart."""
    assert {b - a for a, b in pairwise(slots(50, every="90s"))} == {timedelta(seconds=90)}


def test_bonds_of_one_rhythm_do_not_run_at_once() -> None:
    """Each bond has a phase of its own."""
    assert len({slots(1, bond=f"bond-{number}", every="60s")[0] for number in range(50)}) == 50


def test_jitter_delays_up_to_its_length() -> None:
    """A cron slot comes up to the jitter later, each time differently."""
    delays = [(slot - NOON).total_seconds() % 60 for slot in slots(40, cron="* * * * *", jitter="20s")]
    assert all(0 <= delay < 20 for delay in delays)
    assert len(set(delays)) > 30


def test_cron_follows_its_zone_through_summer_time() -> None:
    """Eight in the morning in Paris is another hour of UTC in summer."""
    march = datetime(2026, 3, 28, 0, tzinfo=UTC)
    found = slots(3, march, cron="0 8 * * *", zone="Europe/Paris")
    assert [slot.hour for slot in found] == [7, 6, 6]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-25T20:59:30", "2026-11-26T05:00"),
        ("2026-11-26T02:00:00", "2026-11-26T05:00"),
        ("2026-11-26T05:00:00", "2026-11-26T05:10"),
    ],
)
def test_no_run_begins_in_quiet_hours(now: str, expected: str) -> None:
    """Quiet from 22 to 6 in Paris passes over midnight; the first slot after it comes."""
    quiet = [{"from": "22:00", "to": "06:00"}]
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = next_slot(schedule(cron="*/10 * * * *", zone="Europe/Paris", quiet=quiet), "one", moment)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_quiet_counts_on_its_days_only() -> None:
    """Quiet on Saturday and Sunday lasts the weekend; the interval goes on in its own rhythm on Monday."""
    friday = datetime(2026, 11, 27, 23, 59, 30, tzinfo=UTC)
    quiet = [{"from": "00:00", "to": "00:00", "days": ["sat", "sun"]}]
    found = next_slot(schedule(every="60s", quiet=quiet), "one", friday + timedelta(seconds=60))
    plain = next_slot(schedule(every="60s"), "one", datetime(2026, 11, 29, 23, 59, 59, 999999, tzinfo=UTC))
    assert found == plain


def test_quiet_around_the_clock_never_runs() -> None:
    """A schedule without a moment says so, instead of searching for ever."""
    assert next_slot(schedule(every="60s", quiet=[{"from": "00:00", "to": "00:00"}]), "one", NOON) is None


@pytest.mark.parametrize(
    ("settings", "hours", "due"),
    [
        ({"sweep_every": "12h"}, 11, False),
        ({"sweep_every": "12h"}, 12, True),
        ({"sweep_cron": "0 3 * * *"}, 14, False),
        ({"sweep_cron": "0 3 * * *"}, 15, True),
    ],
)
def test_a_sweep_is_due_by_interval_or_by_cron(settings: dict[str, str], hours: int, *, due: bool) -> None:
    """The sweep after noon's comes twelve hours later, or at three at night."""
    assert sweep_due(schedule(**settings), NOON, NOON + timedelta(hours=hours)) is due
