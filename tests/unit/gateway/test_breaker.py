"""The circuit of a system."""

from __future__ import annotations

from ebond.gateway.breaker import LIMIT, LONGEST, PAUSE, Breaker


def opened(now: float = 0) -> Breaker:
    breaker = Breaker()
    for _ in range(LIMIT):
        assert breaker.held_for(now) == 0
        breaker.failed(now)
    return breaker


def test_opens_after_so_many_failures_in_a_row() -> None:
    """The last of so many failures opens it, and it says for how long."""
    assert opened(7).held_for(7) == PAUSE
    assert opened(7).held_for(17) == PAUSE - 10


def test_one_success_starts_the_count_anew() -> None:
    """Failures that are not in a row never open it."""
    breaker = Breaker()
    for _ in range(LIMIT * 3):
        breaker.failed(0)
        breaker.failed(0)
        breaker.worked()
    assert breaker.held_for(0) == 0


def test_lets_one_probe_through() -> None:
    """After the pause one call goes, and all others wait for what becomes of it."""
    breaker = opened()
    assert [breaker.held_for(PAUSE) for _ in range(3)] == [0, PAUSE, PAUSE]


def test_closes_when_the_probe_works() -> None:
    """A probe that is answered lets everybody through, and the next pause is short again."""
    breaker = opened()
    breaker.held_for(PAUSE)
    breaker.worked()
    assert [breaker.held_for(PAUSE) for _ in range(3)] == [0, 0, 0]
    for _ in range(LIMIT):
        breaker.failed(100)
    assert breaker.held_for(100) == PAUSE


def test_each_failed_probe_doubles_the_pause() -> None:
    """A system that stays down is asked less and less often, up to a longest pause."""
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(6):
        now += breaker.held_for(now)
        assert breaker.held_for(now) == 0
        breaker.failed(now)
        pauses.append(breaker.held_for(now))
    assert pauses == [60, 120, 240, LONGEST, LONGEST, LONGEST]


def test_calls_under_way_when_it_opens_say_nothing_new() -> None:
    """Sixteen threads that fail together open it once; they do not prolong the pause."""
    breaker = opened()
    for _ in range(16):
        breaker.failed(1)
    assert breaker.held_for(1) == PAUSE - 1


def test_probe_that_says_nothing_is_followed_by_another() -> None:
    """A probe whose thread died does not keep the circuit open for ever."""
    breaker = opened()
    assert breaker.held_for(PAUSE) == 0
    assert breaker.held_for(PAUSE * 2) == 0
