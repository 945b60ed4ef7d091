"""Ending a process of the fleet: the first signal finishes what is in hand, a second one does not wait."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from threading import Thread
from types import FrameType
from typing import Final

import structlog

log = structlog.get_logger("ebond.signals")

#: The exit code of a process that did not wait for what it had in hand.
AT_ONCE: Final = 130
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def on_signals(end: Callable[[], None]) -> None:
    """Call ``end`` at the first SIGTERM or SIGINT; at the second the process is gone at once.

    That loses nothing: whatever it had in hand is found in the database. A thread of its own does both: a handler
    runs in the middle of anything, and would wait for ever for a lock that the interrupted code holds, be it the
    log's or that of an event.
    """
    heard, told = socket.socketpair()
    told.settimeout(0)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    for number in _ENDING:
        signal.signal(number, _noted)
    Thread(target=_listen, args=(heard, told, end), name="signals", daemon=True).start()


def _noted(_number: int, _: FrameType | None) -> None:
    """Python has written the number to the thread already; it does so only where there is a handler."""


def _listen(heard: socket.socket, _told: socket.socket, end: Callable[[], None]) -> None:
    # Both ends live as long as this thread.
    first = _next(heard)
    log.info("ending", signal=first.name)
    end()
    _next(heard)
    os._exit(AT_ONCE)


def _next(heard: socket.socket) -> signal.Signals:
    while True:
        number = signal.Signals(heard.recv(1)[0])
        if number in _ENDING:
            return number
