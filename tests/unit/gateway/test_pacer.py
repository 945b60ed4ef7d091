"""Quotas: never too many calls in any window, never a needless wait."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.gateway import Quota
from ebond.gateway.pacer import MARGIN, Pacer


def quota(calls: int, seconds: float) -> Quota:
    return Quota.model_validate({"calls": calls, "per": f"{seconds:g}s"})


def starts(pacer: Pacer, asked: list[int], now: float = 0) -> list[float]:
    """Let calls be asked for at these times, one after the other; return when they started."""
    begun = []
    for moment in asked:
        now = max(now, moment)
        now += pacer.wait(now)
        pacer.take(now)
        begun.append(now)
    return begun


def worst(begun: list[float], per: float) -> int:
    """Return the most calls in any window of this length that begins with a call, the end not included."""
    return max(sum(start <= one < start + per for one in begun) for start in begun)


WINDOWS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 30)), min_size=1, max_size=3)
GAPS = st.lists(st.integers(0, 8), min_size=1, max_size=40)


@given(WINDOWS, GAPS)
def test_never_more_than_allowed_in_any_window(windows: list[tuple[int, int]], gaps: list[int]) -> None:
    """Whenever calls are asked for, no stretch of a window's length holds more than its calls, for all windows."""
    begun = starts(Pacer(quota(*one) for one in windows), list(accumulate(gaps)))
    assert [calls for calls, per in windows if worst(begun, per) > calls] == []


@given(WINDOWS, GAPS)
def test_no_needless_wait(windows: list[tuple[int, int]], gaps: list[int]) -> None:
    """A call that waits would have broken a window, or nearly so, a moment earlier."""
    asked = list(accumulate(gaps))
    begun = starts(Pacer(quota(*one) for one in windows), asked)
    for number, start in enumerate(begun):
        if start > max([asked[number], *begun[:number]]):
            sooner = [*begun[:number], start - 2 * MARGIN]
            assert any(worst(sooner, per + 2 * MARGIN) > calls for calls, per in windows)


@given(WINDOWS, st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12)), min_size=1, max_size=40))
def test_no_window_is_broken_by_what_left_late(windows: list[tuple[int, int]], calls: list[tuple[int, int]]) -> None:
    """However late after their turns calls are sent, in whatever order, no stretch holds more than its calls.

    A turn is taken only once all that were taken before it have been sent or are counted from now on.
    """
    pacer, now, sent = Pacer(quota(*one) for one in windows), 0.0, []
    for gap, late in calls:
        now += gap
        now += pacer.wait(now)
        pacer.take(now)
        sent.append(now + late)
        pacer.move(now, sent[-1])
        now = max(now, sent[-1])
    assert [calls for calls, per in windows if worst(sent, per) > calls] == []


def test_calls_under_way_together_are_moved_each_for_itself() -> None:
    """Of calls with several turns at one time, each is counted from when it left, and none is lost."""
    pacer = Pacer([quota(3, 10)])
    for start in (1, 1, 2):
        pacer.take(start)
    for late in (6, 4):
        pacer.move(1, late)
    pacer.move(5, 9)  # nobody started then
    assert [pacer.left(at)["3/10s"] for at in (11, 12.1, 14.1, 16.1)] == [0, 1, 2, 3]


@given(WINDOWS, GAPS, st.integers(0, 60), st.integers(0, 60))
def test_pause_is_obeyed(windows: list[tuple[int, int]], gaps: list[int], at: int, seconds: int) -> None:
    """Nothing starts in a pause, a shorter one does not shorten it, and the windows count on."""
    pacer = Pacer(quota(*one) for one in windows)
    before = starts(pacer, [moment for moment in accumulate(gaps) if moment <= at])
    now = max([at, *before])
    pacer.pause(now, seconds)
    pacer.pause(now, seconds / 2)
    after = starts(pacer, [int(now)] * 5, now)
    assert min(after) >= now + seconds
    assert [calls for calls, per in windows if worst(before + after, per) > calls] == []


@given(WINDOWS.map(lambda rows: [(calls, per + 60) for calls, per in rows]), GAPS, st.integers(0, 90))
def test_windows_outlive_a_restart(windows: list[tuple[int, int]], gaps: list[int], away: int) -> None:
    """What a process did still counts in the next one, by whatever name the clock starts there."""
    first = Pacer(quota(*one) for one in windows)
    before = starts(first, list(accumulate(gaps)))
    kept = json.loads(json.dumps(first.snapshot(before[-1])))
    second = Pacer(quota(*one) for one in windows)
    second.restore(kept, 1000, away=away)
    shift = 1000 - before[-1] - away
    begun = [one + shift for one in before] + starts(second, [1000] * 9, 1000)
    assert [calls for calls, per in windows if worst(begun, per) > calls] == []


def test_restart_costs_a_thousandth_of_the_window_at_most() -> None:
    """What is kept is coarse to the careful side only, and small however many calls there were."""
    pacer = Pacer([quota(100_000, 86400)])
    for second in range(0, 86000, 2):
        pacer.take(second)
    kept = pacer.snapshot(86000)
    assert len(json.dumps(kept)) < 40_000
    again = Pacer([quota(100_000, 86400)])
    again.restore(kept, 0, away=0)
    assert again.left(0) == pacer.left(86000) == {"100000/86400s": 57_000}
    assert 0 <= again.left(1000)["100000/86400s"] - 57_000 <= 1000


def test_pause_outlives_a_restart() -> None:
    """A gateway that asked for an hour does not hear from us because we were started again."""
    pacer = Pacer([])
    pacer.pause(0, 3600)
    again = Pacer([])
    again.restore(pacer.snapshot(600), 0, away=1000)
    assert again.wait(0) == 2000


def test_more_calls_a_day_do_not_forget_today() -> None:
    """A window is known by its length, so a new quota counts what was done under the old one."""
    pacer = Pacer([quota(10, 86400)])
    for _ in range(10):
        pacer.take(0)
    again = Pacer([quota(12, 86400)])
    again.restore(pacer.snapshot(0), 0, away=0)
    assert again.left(0) == {"12/86400s": 2}


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"windows": None},
        {"windows": []},
        {"windows": {"86400": "x"}},
        {"windows": {"86400": [1, "2", [3], [-5, 1], [1, 0], [1, "1"], [float("nan"), 1], [1, 2, 3]]}},
        {"paused": "long"},
        {"paused": float("inf")},
    ],
)
def test_garbage_is_left_out(kept: dict[str, Any]) -> None:
    """A snapshot that cannot be read costs the memory of the quota, never the start."""
    pacer = Pacer([quota(3, 86400)])
    pacer.restore(kept, 0, away=0)
    assert (pacer.left(0), pacer.wait(0)) == ({"3/86400s": 3}, 0)


def test_no_quota_no_wait() -> None:
    """Without a quota calls start at once, however many."""
    assert starts(Pacer([]), [5] * 100) == [5] * 100
