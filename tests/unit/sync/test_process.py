"""Whether another process of this machine is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ebond.sync.process import is_dead, this_process


def test_one_that_ended_is_dead() -> None:
    """A process that is no more, by the name it gave itself."""
    command = [sys.executable, "-c", "from ebond.sync.process import this_process; print(this_process())"]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    assert (is_dead(name), is_dead(this_process())) == (True, False)


def test_another_with_the_same_number_is_not_it() -> None:
    """Numbers of processes are used again: who started at another time is somebody else."""
    assert is_dead(f"{this_process().rpartition('/')[0]}/1")


def test_one_that_may_not_be_looked_at_is_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardened units hide each other's processes in /proc; whoever took that for death would take living work over."""
    name = this_process()

    def hidden(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", hidden)
    assert (os.getpid() > 0, is_dead(name)) == (True, False)


@pytest.mark.parametrize("name", ["", "a/b/c", "elsewhere/pid:[1]/1/2"])
def test_others_cannot_be_told(name: str) -> None:
    """Nothing is said of names that are none, and of other machines."""
    assert not is_dead(name)
