"""The strict gateway refuses what a contract refuses, and tells what it saw."""

from __future__ import annotations

from ebond.testing.strict import Strict


def test_no_window_holds_a_call_too_many() -> None:
    """The call too many is refused until the oldest has left the window, wherever the window begins."""
    strict = Strict(2, 1.0)
    assert [strict.admits(at) for at in (0.5, 0.9, 1.4, 1.5, 1.6)] == [True, True, False, True, False]
    assert strict.log() == {"calls": [0.5, 0.9, 1.5], "tokens": [], "refused": 2}


def test_without_a_limit_every_call_is_admitted() -> None:
    """Nothing is counted where nothing is limited."""
    assert (Strict().admits(1.0), Strict().log()["calls"]) == (True, [])
