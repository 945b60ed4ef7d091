"""While nothing can be shared, each process keeps to its share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from threading import Event, Thread

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ebond.definitions.gateway import Quota
from ebond.errors import Away
from ebond.gateway.pacer import MARGIN, Limit, Pacer, Window
from ebond.gateway.sharing import Turn
from ebond.gateway.turnstile import Turnstile
from ebond.testing.clock import ManualClock


def quota(calls: int, per: str) -> Quota:
    return Quota.model_validate({"calls": calls, "per": per})


class AwayGate:
    """A gate that nobody reaches, until it is back."""

    back = False

    def enter(self, limits: Sequence[Limit]) -> Turn:
        if not self.back:
            raise Away("away")
        return Turn(0.0, "call")

    def leave(self, turn: Turn, limits: Sequence[Limit], *, late: float) -> None:
        raise Away("away")

    def pause(self, seconds: float) -> None:
        raise Away("away")

    def left(self, limits: Sequence[Limit]) -> list[int]:
        raise Away("away")


@given(
    st.integers(1, 60),
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 7), st.floats(0, 3)), min_size=1, max_size=150),
)
def test_shares_never_make_more_than_the_whole(calls: int, share: int, tries: list[tuple[int, float]]) -> None:
    """However many processes call whenever they may, together they never break the window."""
    assume(calls >= share)
    windows, now, starts = [Window(quota(calls, "10s")) for _ in range(share)], 0.0, []
    for number, pause in tries:
        now += pause
        own = windows[number % share]
        while own.earliest(now, share) <= now and len(starts) < 1000:
            own.take(now)
            starts.append(now)
    assert all(b - a >= 10 for a, b in zip(starts, starts[calls:], strict=False))


@given(st.integers(1, 5), st.integers(6, 30))
def test_less_than_one_call_each_is_a_longer_stretch(calls: int, share: int) -> None:
    """Where there are more processes than calls, each makes its part of them on the average, and not none."""
    own, now, starts = Window(quota(calls, "10s")), 0.0, []
    for _ in range(20):
        now = own.earliest(now, share)
        own.take(now)
        starts.append(now)
    assert {round(b - a, 6) for a, b in pairwise(starts)} == {round(10 * share / calls + MARGIN, 6)}


def turnstile(gate: AwayGate, clock: ManualClock, *, room: int = 8, share: int = 4) -> Turnstile:
    pacer = Pacer([quota(50, "1s"), quota(900, "60s")])
    return Turnstile(pacer, clock, room=room, gate=gate, share=lambda: share)


def test_short_window_is_waited_out_once() -> None:
    """Others may just have used up this second's quota; only after that, and only then, our share of it is ours."""
    clock = ManualClock()
    gate = turnstile(AwayGate(), clock)
    starts = []
    for _ in range(13):
        with gate.turn():
            starts.append(clock.monotonic())
    assert starts == [1.0] * 12 + [2.0 + MARGIN]


@pytest.mark.parametrize(("room", "share", "inside"), [(8, 4, 2), (8, 1, 8), (2, 4, 1)])
def test_room_is_shared_too(room: int, share: int, inside: int) -> None:
    """So many calls are under way at a process as its share of the room, one at least; the next one waits."""
    clock, over, waiting = WaitingClock(), Event(), Event()
    gate = turnstile(AwayGate(), clock, room=room, share=share)
    clock.advance(10)
    with ExitStack() as calls:
        for _ in range(inside):
            calls.enter_context(gate.turn())
        clock.waiting = waiting

        def one_more() -> None:
            with gate.turn():
                over.set()

        thread = Thread(target=one_more)
        thread.start()
        assert share == 1 or waiting.wait(10)
        assert not over.is_set()
    thread.join(10)
    assert over.is_set()


class WaitingClock(ManualClock):
    """Tells that somebody waits."""

    waiting = Event()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.waiting.set()


def test_back_again_the_gate_counts() -> None:
    """When the gate is back, turns are its own again, and what is left is asked of it."""
    clock, gate = ManualClock(), AwayGate()
    turns = turnstile(gate, clock, share=50)
    with turns.turn():
        pass
    gate.back = True
    before = clock.monotonic()
    for _ in range(10):
        with turns.turn():
            pass
    assert clock.monotonic() == before


def test_pause_is_obeyed_without_the_gate() -> None:
    """A pause that could not be told to others holds this process all the same."""
    clock = ManualClock()
    gate = turnstile(AwayGate(), clock)
    gate.pause(30)
    with gate.turn():
        assert clock.monotonic() >= 30
    assert gate.left() == {"50/1s": 49, "900/60s": 899}
