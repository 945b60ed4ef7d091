"""Processes of a fleet, as a supervisor sees them, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ebond.sync.process import this_process
from ebond.testing.servers.folder import Account
from ebond.testing.servers.process import leashed

#: Seconds after which a fleet is not expected to come to rest any more.
PATIENCE: Final = 120.0
#: Seconds between two looks.
LOOK: Final = 0.1


def until(true: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
    """Look until something is true, and return it; fails after ``patience`` seconds."""
    ends, pause = time.monotonic() + patience, threading.Event()
    while not (found := true()):
        assert time.monotonic() < ends, f"not within {patience:g} s: {what}"
        pause.wait(LOOK)
    return found


class Member:
    """One process of the fleet, under a supervisor that starts it again; it does not outlive the tests."""

    def __init__(self, command: list[str], environ: dict[str, str], log: Path) -> None:
        self._command = leashed(command, Account(os.getuid(), os.getgid()), signal.SIGKILL)
        self._environ, self.log = environ, log
        self.start()

    def start(self) -> None:
        """Start it, again where it died."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=self._environ, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it without a farewell."""
        self.process.kill()
        self.process.wait()

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self, *, patience: float = PATIENCE) -> int:
        """Have it end in order, and return its code."""
        self.tell(signal.SIGTERM)
        return self.process.wait(patience)

    def close(self) -> None:
        """End it, where it is there still, even asleep."""
        if self.process.poll() is None:
            self.kill()

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        """The name that it goes by in the database."""
        pid = self.process.pid
        place = this_process().rsplit("/", 2)[0]
        started = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
        return f"{place}/{pid}/{started}"
