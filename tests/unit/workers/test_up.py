"""Children that die and come back, and all that end together."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from ebond.cli.app import Place
from workers import up
from workers.up import AGAIN, LONGEST, SETTLED, Child

#: No page of a process is shown.
NOWHERE: Any = SimpleNamespace(options=lambda number: [])


class Time:
    """A clock for the overseer."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(up, "time", clock)
    return clock


class Process:
    """A child that lives until it is told otherwise."""

    started: list[tuple[list[str], dict[str, str]]]

    def __init__(self, command: list[str], *, env: dict[str, str], start_new_session: bool) -> None:
        self.started.append((command, env))
        self.returncode: int | None = None
        self.signals: list[int] = []

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        self.signals.append(number)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> type[Process]:
    Process.started = []
    monkeypatch.setattr(up.subprocess, "Popen", Process)
    return Process


def die(child: Child) -> None:
    child._process.returncode = 1  # as the system would


@pytest.mark.usefixtures("logged")
def test_child_that_keeps_dying_is_started_less_and_less_often(time: Time, processes: type[Process]) -> None:
    """Each early death doubles the pause, up to a longest one; a child that had settled comes back soon."""
    child, pauses = Child("worker 1", ["ebond"], {}), []
    for lived in (0, 0, 0, 0, 0, 0, SETTLED + 1):
        time.now += lived
        die(child)
        child.look()
        died, count = time.now, len(processes.started)
        while len(processes.started) == count:
            time.now += AGAIN
            child.look()
        pauses.append(time.now - died)
    assert pauses == [2, 4, 8, 16, LONGEST, LONGEST, AGAIN]


def test_living_child_is_left_alone(time: Time, processes: type[Process]) -> None:
    """Looking at a child that lives starts nothing."""
    child = Child("worker 1", ["ebond"], {})
    for _ in range(3):
        time.now += 100
        child.look()
    assert len(processes.started) == 1


@pytest.mark.usefixtures("time")
def test_urls_are_on_no_command_line(processes: type[Process], tmp_path: Any) -> None:
    """Passwords of Redis and of the database go to the children by the environment: command lines are public."""
    place = Place(tmp_path, "postgresql://ebond:pa55word@db/ebond")
    up._children(place, "redis://:pa55word@redis/0", up.Size(2, 8), NOWHERE)
    commands = [command for command, _ in processes.started]
    assert sorted(command[3] for command in commands) == ["scheduler", "worker", "worker"]
    assert "pa55word" not in str(commands)
    environ = processes.started[0][1]
    assert (environ["EBOND_DATABASE_URL"], environ["EBOND_REDIS_URL"]) == (place.database, "redis://:pa55word@redis/0")


@pytest.mark.usefixtures("time")
def test_there_is_a_listener_where_a_system_notifies(processes: type[Process], tmp_path: Any) -> None:
    """One, with a page of its own after those of the workers; its port is a matter of the environment."""
    shown: Any = SimpleNamespace(options=lambda number: ["--metrics-port", str(number)])
    up._children(Place(tmp_path, ""), "redis://redis/0", up.Size(2, 8), shown, listens=True)
    last = processes.started[-1][0]
    assert (len(processes.started), last[3], last[-2:]) == (4, "listen", ["--metrics-port", "3"])


def test_child_that_does_not_end_is_ended() -> None:
    """After the grace time there is no process left, whatever it does with its signals."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(3600)"
    child = Child("worker 1", [sys.executable, "-c", deaf], {})
    process: subprocess.Popen[bytes] = child._process
    child.tell(signal.SIGTERM)
    child.wait(deadline=0.0)
    assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM)
