"""Ending a process: once in order, twice at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from workers.signals import AT_ONCE

PROGRAM = """
import os, signal, sys, threading
import structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
from workers.signals import on_signals
told, lock = threading.Event(), threading.Lock()

def end():
    with lock:
        told.set()

on_signals(end)
print("ready", flush=True)
if sys.argv[1] == "in hand":
    with lock:
        os.kill(os.getpid(), signal.SIGTERM)
while not told.wait(0.05):
    pass
print("told", flush=True)
if sys.argv[1] == "hang":
    while True:
        threading.Event().wait(0.05)
"""


@contextmanager
def begin(how: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that waits for a signal; it is gone at the end, whatever came of it."""
    command = [sys.executable, "-c", PROGRAM, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_ends_in_order(number: signal.Signals) -> None:
    """What is in hand is finished, and the process ends well."""
    with begin("end") as process:
        process.send_signal(number)
        assert (told(process), process.wait(30)) == ("told\n", 0)


def test_second_signal_ends_at_once() -> None:
    """A process that does not come to an end is gone at the second signal."""
    with begin("hang") as process:
        process.send_signal(signal.SIGTERM)
        assert told(process) == "told\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == AT_ONCE


def test_signal_may_come_in_the_middle_of_anything() -> None:
    """The code that it interrupts may hold a lock that ending needs: it goes on, and the process ends in order."""
    with begin("in hand") as process:
        assert (told(process), process.wait(30)) == ("told\n", 0)
