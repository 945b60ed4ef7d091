"""Signs of life."""

from __future__ import annotations

from threading import Event

from ebond.errors import Away
from ebond.shared.lifeline import Lifeline


def test_what_is_held_is_prolonged_while_it_is_held() -> None:
    """Each sign of life prolongs all that is held, and nothing that is not held any more."""
    line, seen = Lifeline(), list[str]()
    line.keep(lambda: seen.append("room"))
    with line.kept(lambda: seen.append("lock")):
        line.show_life()
    line.show_life()
    line.close()
    assert seen == ["room", "lock", "room"]


def test_redis_that_is_away_ends_nothing() -> None:
    """What cannot be prolonged now keeps nothing else from it."""
    line, seen = Lifeline(), list[str]()

    def fail() -> None:
        raise Away("away")

    line.keep(fail)
    line.keep(lambda: seen.append("room"))
    line.show_life()
    line.close()
    assert seen == ["room"]


def test_thread_prolongs_by_itself(monkeypatch) -> None:
    """Nobody has to call: a thread does, from the first thing that is held until the end."""
    monkeypatch.setattr("ebond.shared.lifeline.LEASE", 0.01)
    line, prolonged = Lifeline(), Event()
    line.keep(prolonged.set)
    assert prolonged.wait(30)
    line.close()
