"""Which process this is, and whether another one of this machine is still there."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

_PARTS: Final = 3
#: When a process started that we may not look at.
_UNKNOWN: Final = "-"


def this_process() -> str:
    """Name this process: host, process namespace, process id, when it started."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(name: str) -> bool:
    """Was this a process of this machine that is no more? False where that cannot be told."""
    place, pid, started = name.rsplit("/", 2) if name.count("/") >= _PARTS else ("", "", "")
    if place != _place() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    # What other users run may be hidden from us; that is no death.
    return _started(int(pid)) not in (_UNKNOWN, started)


def _place() -> str:
    """Two containers may share a host name, but not the process ids."""
    try:
        return f"{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"{socket.gethostname()}/-"


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: process ids are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return _UNKNOWN
