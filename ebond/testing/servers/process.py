"""A server as a child process on a leash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ebond.errors import EbondError
from ebond.testing.servers.folder import Account

#: A server that does not answer by then is not coming.
PATIENCE: Final = 60.0
_LEASH: Final = Path(__file__).with_name("leash.py")


class ServerProcess:
    """One server process; ``wait`` until it answers."""

    def __init__(self, command: Sequence[str], *, account: Account, log: Path, farewell: signal.Signals) -> None:
        self._farewell, self._log = farewell, log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                leashed(command, account, farewell),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env=_environment(log.parent),
            )
        self.pid = self._child.pid

    def wait(self, answers: Callable[[], bool]) -> None:
        """Wait until the server answers; raises EbondError with the end of its log where it does not."""
        deadline = time.monotonic() + PATIENCE
        while self._child.poll() is None and time.monotonic() < deadline:
            if answers():
                return
            time.sleep(0.01)
        self.stop()
        raise EbondError(f"the server did not start:\n{self._log.read_text(errors='replace')[-1500:]}")

    def stop(self) -> None:
        """Ask the server to end, and see to it."""
        if self._child.poll() is None:
            self._child.send_signal(self._farewell)
            try:
                self._child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the server and its children at once, as a power cut would."""
        if self._child.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._child.wait()


def leashed(command: Sequence[str], account: Account, farewell: signal.Signals) -> list[str]:
    """Return the command that runs another as ``account`` until this process dies."""
    who = [str(os.getpid()), str(account.uid), str(account.gid), str(int(farewell))]
    return [sys.executable, "-I", str(_LEASH), *who, *command]


def run_leashed(command: Sequence[str], *, account: Account, folder: Path) -> None:
    """Run a command as ``account`` to its end; raises EbondError with what it said where it fails."""
    done = subprocess.run(
        leashed(command, account, signal.SIGKILL),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment(folder),
        check=False,
    )
    if done.returncode != 0:
        raise EbondError(f"{Path(command[0]).name} failed:\n{(done.stdout + done.stderr)[-1500:]}")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: servers read a good deal from PG… variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
