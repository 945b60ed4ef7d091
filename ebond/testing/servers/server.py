"""What all servers have in common: they start at once, stop at the end of a ``with`` block, and leave nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from ebond.testing.servers.folder import Account, ServerFolder, sweep
from ebond.testing.servers.process import ServerProcess


class Server(ABC):
    """A server in a folder of its own; a subclass says how it is prepared and launched."""

    def __init__(self) -> None:
        sweep()
        self._folder = ServerFolder(Account.unprivileged())
        try:
            self._prepare()
            self._process = self._launch()
        except BaseException:
            self._folder.remove()
            raise

    @abstractmethod
    def _prepare(self) -> None:
        """Lay out what the server needs in its folder."""

    @abstractmethod
    def _launch(self) -> ServerProcess:
        """Start the server and wait until it answers."""

    def start(self) -> None:
        """Start the server again after ``stop`` or ``kill``."""
        self._process = self._launch()

    def stop(self) -> None:
        """Ask the server to end; clients are not waited for."""
        self._process.stop()

    def kill(self) -> None:
        """End the server without a farewell."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.stop()
        self._folder.remove()
