"""A folder for one server: owned by the account it runs as, locked by its owner, swept when that one is gone."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Unix socket paths end at 107 bytes; the longest name that a server puts into its folder fits into the rest.
_LONGEST: Final = 80
_PREFIX: Final = "ebond-server-"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Account:
        """Return ourselves; where we are root, ``nobody``."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


class ServerFolder:
    """A new folder; its owner holds a lock on it for as long as it lives."""

    def __init__(self, account: Account) -> None:
        self.account = account
        made = Path(tempfile.mkdtemp(prefix="ebond-new-", dir=_base()))
        # The lock ends with this process however it ends; the server does not inherit it.
        self._lock = os.open(made / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.chown(made, account.uid, account.gid)
        # Only now may it have a name that others look for when they sweep.
        self.path = made.rename(made.with_name(made.name.replace("ebond-new-", _PREFIX)))

    def note(self, pid: int) -> None:
        """Remember the server's process, for whoever has to clear it away."""
        (self.path / "pid").write_text(str(pid), encoding="ascii")

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)


def sweep() -> None:
    """Stop servers whose owner was killed where nothing told them, and delete their folders."""
    for folder in _base().glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _sweep(folder)


def _sweep(folder: Path) -> None:
    if folder.lstat().st_uid != Account.unprivileged().uid:
        return  # another user's
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where the owner lives
        for pid in _noted(folder):
            if str(folder) in _command(pid):
                os.killpg(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _noted(folder: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):
        yield int((folder / "pid").read_text(encoding="ascii"))


def _command(pid: int) -> str:
    """Return a process's command line; process ids are used again, so the folder has to occur in it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _base() -> Path:
    base = Path(tempfile.gettempdir()).resolve()
    return base if len(str(base)) + len(_PREFIX) <= _LONGEST - 20 else Path("/tmp")  # noqa: S108  # short, and mkdtemp is safe in it
