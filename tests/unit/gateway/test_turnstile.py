"""Turns over many threads: room, quota, pause."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from ebond.definitions.gateway import Quota
from ebond.errors import RateLimited
from ebond.gateway.pacer import MARGIN, Pacer
from ebond.gateway.turnstile import Turnstile
from ebond.testing.clock import ManualClock


def pacer(*windows: tuple[int, float]) -> Pacer:
    return Pacer(Quota.model_validate({"calls": calls, "per": f"{per:g}s"}) for calls, per in windows)


def in_threads(number: int, work: Callable[[int], object]) -> None:
    """Let so many threads work at once; what one of them raises is raised here."""
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(work, range(number)))


def test_threads_never_break_a_window() -> None:
    """However many threads wait, no window ever holds more calls than it may, and all get their turn."""
    clock, started, lock = ManualClock(), [], Lock()
    gate, own = Turnstile(pacer((5, 1), (12, 10)), clock, room=8), pacer((3, 0.5))

    def work(_: int) -> None:
        for _ in range(5):
            with gate.turn(own), lock:
                started.append(clock.monotonic())

    in_threads(16, work)
    started.sort()
    assert len(started) == 80
    for calls, per in ((5, 1), (12, 10), (3, 0.5)):
        assert min(b - a for a, b in zip(started, started[calls:], strict=False)) >= per - 1e-6


def test_room_holds_so_many_at_once() -> None:
    """Never more than the room's number of calls are under way, and as many as that really are."""
    gate, barrier, lock, inside, most = Turnstile(pacer(), ManualClock(), room=3), Barrier(3), Lock(), [0], [0]

    def work(_: int) -> None:
        with gate.turn():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            barrier.wait(10)
            with lock:
                inside[0] -= 1

    in_threads(12, work)
    assert most == [3]


def test_turn_is_taken_when_the_call_starts() -> None:
    """A call that waited for room counts from its start: calls promised ahead would start as a crowd."""
    clock = ManualClock()
    gate, own = Turnstile(pacer((2, 1)), clock, room=1), pacer()
    with gate.turn(own):
        clock.advance(0.9)
    with gate.turn(own):
        first = clock.monotonic()
    with gate.turn(own):
        second = clock.monotonic()
    assert (first, second >= 1.0) == (0.9, True)
    with gate.turn(own):
        assert clock.monotonic() >= first + 1


def test_waiting_for_a_quota_holds_no_room() -> None:
    """A system that has used up its own quota does not block the others behind the gateway."""

    class Clock(ManualClock):
        def sleep(self, seconds: float) -> None:
            with gate.turn():
                others.append(self.monotonic())
            super().sleep(seconds)

    clock, others, own = Clock(), [], pacer((1, 60))
    gate = Turnstile(pacer(), clock, room=1)
    with gate.turn(own):
        pass
    with gate.turn(own):
        assert clock.monotonic() == 60 + MARGIN
    assert others == [0]


@pytest.mark.parametrize(("sent_at", "wait"), [(None, 10), (1.0, 10), (4.5, 13.5), (25.0, 34)])
def test_call_counts_from_when_it_was_sent(sent_at: float | None, wait: float) -> None:
    """A call that left later than its turn is in the window for so much longer; one that says nothing is not."""
    clock = ManualClock()
    clock.advance(1)
    gate = Turnstile(pacer((1, 10)), clock, room=2)
    with gate.turn() as turn:
        turn.sent_at = sent_at
    with gate.turn():
        assert clock.monotonic() == pytest.approx(1 + wait + MARGIN)


def test_failed_call_gives_its_room_back() -> None:
    """Whatever a call raises, the next one finds room."""
    gate = Turnstile(pacer(), ManualClock(), room=1)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt), gate.turn():
            raise KeyboardInterrupt


def test_pause_holds_everybody() -> None:
    """A pause that one call learns of is waited out by all, and the quota still counts behind it."""
    clock, started, lock = ManualClock(), [], Lock()
    gate = Turnstile(pacer((2, 1)), clock, room=8)
    gate.pause(30)

    def work(_: int) -> None:
        with gate.turn(), lock:
            started.append(clock.monotonic())

    in_threads(6, work)
    started.sort()
    assert started[0] >= 30
    assert min(b - a for a, b in zip(started, started[2:], strict=False)) >= 1 - 1e-6


def test_wait_that_is_too_long_is_said() -> None:
    """A quota that is used up for hours ends the run instead of holding a thread."""
    clock = ManualClock()
    gate = Turnstile(pacer((1, 86400)), clock, longest=300)
    with gate.turn():
        pass
    with pytest.raises(RateLimited, match=r"used up for another 86400 s\. Nothing is lost") as raised, gate.turn():
        pass
    assert (raised.value.retry_after, clock.sleeps) == (86400 + MARGIN, [])


def test_no_wait_is_too_short_for_the_clock() -> None:
    """A wait below the clock's grain ends: it is not asked for over and over."""
    clock = ManualClock()
    gate = Turnstile(pacer((1, 1)), clock)
    clock.advance(0.1)
    with gate.turn():
        pass
    clock.advance(0.9999999)
    with gate.turn():
        assert len(clock.sleeps) <= 1


def test_systems_share_and_keep_their_own_quota() -> None:
    """A system has one pacer however often it is opened, and it outlives the process as the gateway's does."""
    clock = ManualClock()
    gate = Turnstile(pacer((9, 60)), clock)
    own = gate.add("desk", pacer((5, 60)))
    assert gate.add("desk", pacer((5, 60))) is own
    with gate.turn(own):
        kept = gate.snapshot()
    later = Turnstile(pacer((9, 60)), clock)
    later.restore(kept)
    assert later.left() == {"9/60s": 8}
    assert later.add("desk", pacer((5, 60))).left(clock.monotonic()) == {"5/60s": 4}
    clock.advance(61)
    gone = Turnstile(pacer((9, 60)), clock)
    gone.restore(kept)
    assert gone.left() == {"9/60s": 9}


@pytest.mark.parametrize("kept", [{}, {"at": "noon"}, {"at": 0, "systems": []}, {"at": 0, "systems": {"desk": 7}}])
def test_garbage_is_left_out(kept: dict[str, object]) -> None:
    """A snapshot that cannot be read costs the memory of the quota, never the start."""
    gate = Turnstile(pacer((9, 60)), ManualClock())
    gate.restore(kept)
    assert gate.add("desk", pacer((5, 60))).left(0) == {"5/60s": 5}
    assert gate.left() == {"9/60s": 9}
