"""Windows that a whole fleet keeps, in Redis' own time; the clock of these tests moves when it is told to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebond.gateway.pacer import Limit
from ebond.shared.gate import SharedGate
from tests.integration.shared.conftest import Gates, TimedBoard, through

FAST, SLOW = Limit("gateway", 5, 10.0), Limit("gateway", 12, 60.0)


def start_all(gate: SharedGate, board: TimedBoard, count: int, *limits: Limit) -> list[float]:
    """Let so many calls start as early as they may; return when each did, in seconds."""
    starts: list[float] = []
    while len(starts) < count:
        turn = through(gate, *limits)
        if turn.wait > 0:
            board.advance(turn.wait)
        else:
            starts.append(board.now / 10**6)
    return starts


def closest(starts: list[float], limit: Limit) -> float:
    """Return the shortest stretch in which one call more than allowed started."""
    return min((b - a for a, b in zip(starts, starts[limit.calls :], strict=False)), default=limit.per)


@pytest.mark.parametrize(
    "limit",
    [Limit("g", 1, 10.0), Limit("g", 50, 1.0), Limit("g", 7, 60.0), Limit("g", 300, 3600.0), Limit("g", 400, 86400.0)],
)
def test_used_whole_and_never_broken(timed: TimedBoard, gates: Gates, limit: Limit) -> None:
    """While there is work, at least 0.95 of the quota is used, and no stretch of its length holds more."""
    windows = 3
    starts = start_all(gates(timed), timed, limit.calls * windows + 1, limit)
    used = windows * limit.per / (starts[-1] - starts[0])
    assert 0.95 <= used <= 1.0
    assert closest(starts, limit) >= limit.per


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.floats(0, 30), min_size=10, max_size=60))
def test_no_rhythm_breaks_a_window(timed: TimedBoard, gates: Gates, pauses: list[float]) -> None:
    """However callers come, neither of two windows ever holds more calls than it may."""
    gate, starts = gates(timed), []
    timed.advance(10_000)
    for pause in pauses:
        timed.advance(pause)
        if through(gate, FAST, SLOW).wait == 0:
            starts.append(timed.now / 10**6)
    assert closest(starts, FAST) >= FAST.per
    assert closest(starts, SLOW) >= SLOW.per


@pytest.mark.parametrize("place", [0.0, 0.013, 0.026, 0.038, 0.049])
def test_call_counts_until_its_own_window_is_over(timed: TimedBoard, gates: Gates, place: float) -> None:
    """Wherever in a slot a call started, it counts for the whole window."""
    gate, limit = gates(timed), Limit("gateway", 1, 10.0)
    timed.advance(place)
    through(gate, limit)
    timed.advance(9.999)
    assert through(gate, limit).wait > 0


@pytest.mark.parametrize("late", [0.0, 0.2, 4.0, 9.9, 30.0])
def test_call_counts_from_when_it_was_sent(timed: TimedBoard, gates: Gates, late: float) -> None:
    """A call that left late after its turn is in the window of the whole fleet for so much longer."""
    gate, limit = gates(timed), Limit("gateway", 1, 10.0)
    turn = gate.enter([limit])
    timed.advance(late)
    gate.leave(turn, [limit], late=late)
    timed.advance(9.999)
    assert 0 < through(gate, limit).wait <= 0.2
    timed.advance(0.2)
    assert through(gate, limit).wait == 0


def test_refused_turn_counts_in_no_window(timed: TimedBoard, gates: Gates) -> None:
    """Where one window is full, the others are not charged for the call that has to wait."""
    gate = gates(timed)
    for _ in range(FAST.calls + 7):
        through(gate, FAST, SLOW)
    assert gate.left([FAST, SLOW]) == [0, SLOW.calls - FAST.calls]


def test_systems_of_a_gateway_have_windows_of_their_own(timed: TimedBoard, gates: Gates) -> None:
    """A system that has used up its quota leaves the other system's alone."""
    gate, desk, shop = gates(timed), Limit("desk", 1, 60.0), Limit("shop", 1, 60.0)
    assert [through(gate, desk).wait > 0, through(gate, desk).wait > 0, through(gate, shop).wait > 0] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("limit", [Limit("g", 5000, 3600.0), Limit("g", 100_000, 86400.0)])
def test_memory_is_bounded(timed: TimedBoard, gates: Gates, limit: Limit) -> None:
    """However many calls a window allows, it takes a few hundred numbers."""
    gate = gates(timed)
    for _ in range(500):
        through(gate, limit)
        timed.advance(limit.per / 150)
    (key,) = timed.client.scan_iter(timed.key("window", "*"), count=10_000)
    assert timed.client.hlen(key) <= 202
    assert timed.client.memory_usage(key) < 20_000


@pytest.mark.parametrize("back", [1.0, 5.0, 3600.0])
def test_clock_put_back_locks_nobody_out(timed: TimedBoard, gates: Gates, back: float) -> None:
    """After the server's clock was put back, a full window is free after one window's length at the latest."""
    gate = gates(timed)
    start_all(gate, timed, FAST.calls, FAST)
    timed.advance(-back)
    wait = through(gate, FAST).wait
    assert 0 < wait <= FAST.per * 1.02
    timed.advance(wait)
    assert through(gate, FAST).wait == 0


def test_clock_put_back_keeps_no_room(timed: TimedBoard, gates: Gates) -> None:
    """A killed holder's room is free after a lease, also where the clock was put back by an hour meanwhile."""
    gates(timed, room=1).enter([])
    timed.advance(-3600)
    waiting = Waiting(timed)
    gates(timed, room=1, clock=waiting).enter([])
    assert 15 <= waiting.waited < 15.1


class Waiting:
    """A clock for a caller who waits in the time of a board."""

    def __init__(self, board: TimedBoard) -> None:
        self._board, self.waited = board, 0.0

    def monotonic(self) -> float:
        return self.waited

    def sleep(self, seconds: float) -> None:
        self._board.advance(seconds)
        self.waited += seconds


def test_quota_that_shrank_keeps_what_was_called(timed: TimedBoard, gates: Gates) -> None:
    """A contract with fewer calls in the same window counts those that were made under the old one."""
    gate = gates(timed)
    start_all(gate, timed, 5, FAST)
    assert gate.left([Limit("gateway", 3, 10.0), Limit("gateway", 8, 10.0)]) == [0, 3]
