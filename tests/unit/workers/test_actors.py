"""What the actors do, and what they ring for."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.errors import EbondError, LeaseLost, Paused, SecretError
from tests.unit.workers.fleet import FakeBells, FakePass, FakeRuntime
from workers.actors import Actors, guarded


def actors(part: FakePass, *waiting: str) -> tuple[Actors, FakeBells, FakeRuntime]:
    runtime, bells = FakeRuntime(one=part), FakeBells()
    runtime.store.waiting = list(waiting)
    return Actors(runtime, bells), bells, runtime


def test_scan_rings_for_helpers_and_works_itself() -> None:
    """A pass that found six links calls three more workers, works on them, and closes."""
    part = FakePass(found=6)
    acts, bells, runtime = actors(part, "one")
    part_close, part.close = part.close, lambda: bool(runtime.store.waiting.clear()) or part_close()
    acts.scan("one")
    assert (part.done, bells.rung) == (["open scheduled 60", "work", "close"], [("work", "one")] * 3)


def test_scan_of_nothing_rings_for_nobody() -> None:
    """A pass that found one link or none needs no helper."""
    for found in (0, 1):
        part = FakePass(found=found)
        acts, bells, _ = actors(part, "one")
        acts.scan("one")
        assert ("work", "one") not in bells.rung


def test_scan_for_what_was_told_alone_reads_no_list() -> None:
    """Where the schedule asks for a run as well, that is the one to make."""
    for waiting, kind in ((), "notified"), (("one",), "scheduled"):
        part = FakePass()
        acts, _, runtime = actors(part, *waiting)
        runtime.store.told = ["one"]
        acts.scan("one")
        assert part.done[0] == f"open {kind} 60"


def test_scan_that_is_not_due_does_nothing() -> None:
    """A bell that rang twice, late, or for a paused bond opens no pass."""
    part = FakePass(found=5)
    acts, bells, _ = actors(part)
    acts.scan("one")
    assert (part.done, bells.rung) == ([], [])


def test_scan_begins_nothing_when_the_process_ends() -> None:
    """A process that was told to end leaves the bond to others."""
    part = FakePass(found=5)
    acts, bells, runtime = actors(part, "one")
    runtime.stopping.set()
    acts.scan("one")
    assert (part.done, bells.rung) == ([], [])


def test_scan_of_an_open_pass_joins_in() -> None:
    """Where a pass is open already, it is worked on and no other is opened."""
    part = FakePass(links=2)
    acts, _, _ = actors(part, "one")
    acts.scan("one")
    assert part.done == ["work", "close"]


@pytest.mark.parametrize("part", [FakePass(opens=False), FakePass(error=EbondError("no answer"), found=4)])
def test_pass_that_did_not_open_is_left(part: FakePass) -> None:
    """Where others have the bond, or the scan failed, nobody is rung for."""
    acts, bells, _ = actors(part, "one")
    acts.scan("one")
    assert (part.done, bells.rung) == (["open scheduled 60"], [])


def test_work_that_is_left_is_rung_for() -> None:
    """A worker whose time is over rings for the rest."""
    part = FakePass(links=5, slice=2)
    acts, bells, _ = actors(part)
    acts.work("one")
    assert (part.done, bells.rung) == (["work"], [("work", "one")])


def test_last_worker_rings_for_the_next_pass() -> None:
    """Whoever closed a pass rings at once where another one is due, and only then."""
    for waiting, rung in (["one"], [("scan", "one")]), ([], []):
        acts, bells, _ = actors(FakePass(links=1), *waiting)
        acts.work("one")
        assert bells.rung == rung


def test_sweep_rings_for_what_waits() -> None:
    """A bond without an open pass gets a scan, one with work its workers less those that are busy already."""
    runtime, bells = FakeRuntime(one=FakePass(), two=FakePass(links=9)), FakeBells()
    runtime.store.waiting, runtime.store.in_hand = ["one", "two", "gone"], 1
    Actors(runtime, bells).sweep()
    assert bells.rung == [("scan", "one"), *[("work", "two")] * 3]


def test_bond_that_cannot_be_opened_keeps_no_other_waiting(logged: list[Any]) -> None:
    """A bond whose secret is missing is said to be so, and the next one is rung for all the same."""
    runtime, bells = FakeRuntime(one=FakePass(), two=FakePass()), FakeBells()
    runtime.store.waiting, opened = ["one", "two"], runtime.part_in
    runtime.part_in = lambda bond: fail_with(SecretError("no ONE_SECRET")) if bond == "one" else opened(bond)
    Actors(runtime, bells).sweep()
    assert bells.rung == [("scan", "two")]
    assert [(line["bond"], line["reason"]) for line in logged] == [("one", "no ONE_SECRET")]


def fail_with(error: Exception) -> Any:
    raise error


def test_sweep_of_nothing_rings_for_nothing() -> None:
    """Where no bond waits, no bell rings, whatever bonds there are."""
    acts, bells, _ = actors(FakePass(links=3))
    acts.sweep()
    assert bells.rung == []


@pytest.mark.parametrize(
    ("error", "level", "event"),
    [
        (LeaseLost("taken for dead"), "info", "stopped"),
        (Paused("bond one was paused"), "info", "stopped"),
        (EbondError("no answer"), "error", "failed"),
        (RuntimeError("a bug"), "error", "failed unexpectedly"),
    ],
)
def test_errors_are_logged_and_not_let_out(logged: list[Any], error: Exception, level: str, event: str) -> None:
    """What goes wrong ends in the log with the bond's name, not as a dead message."""

    def fail() -> None:
        raise error

    guarded("work", fail, "one")
    (line,) = logged
    assert (line["log_level"], line["event"]) == (level, event)


def test_end_of_the_process_is_let_out() -> None:
    """Ctrl-C and the time limit are no errors of the work."""

    def end() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded("work", end, "one")
