"""Ending a process of the fleet: the first signal finishes what is in hand, a second one does not wait."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import Event
from types import FrameType
from typing import Final

import structlog

log = structlog.get_logger("ebond.signals")

#: The exit code of a process that did not wait for what it had in hand.
AT_ONCE: Final = 130


def on_signals(end: Callable[[], None]) -> None:
    """Call ``end`` at the first SIGTERM or SIGINT; at the second the process is gone at once.

    That loses nothing: whatever it had in hand is found in the database.
    """
    ended = Event()

    def handle(number: int, _: FrameType | None) -> None:
        if ended.is_set():
            os._exit(AT_ONCE)
        ended.set()
        log.info("ending", signal=signal.Signals(number).name)
        end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
