"""Child processes that serve on loopback and die with their owner."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from ebond.errors import EbondError

#: A server that has not answered by then is not coming.
PATIENCE: Final = 60.0


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket that listens on a free loopback port; a child inherits it, so no one can take the port."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    made.listen(128)
    return made


@dataclass(slots=True)
class Server:
    """One WSGI application in a process of its own."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, name: str, sock: socket.socket, settings: dict[str, Any], *, folder: Path) -> Server:
        """Start ``ebond.demo.serve NAME``; it is ready after ``wait``."""
        log, owner = folder / f"{name}.log", str(os.getpid())
        port = sock.getsockname()[1]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ebond.demo.serve", name, str(sock.fileno()), json.dumps(settings), owner],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[sock.fileno()],
                cwd=folder,
            )
        sock.close()
        return cls(name, f"http://127.0.0.1:{port}", process, log)

    def wait(self, path: str = "/") -> None:
        """Wait until the server answers; raises EbondError with the end of its log where it does not."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urlopen(self.url + path, timeout=PATIENCE):
                    return
            except HTTPError:
                return
            except (URLError, OSError):
                time.sleep(0.05)
        tail = self.log.read_text(errors="replace")[-1500:]
        raise EbondError(f"{self.name} did not start:\n{tail}", todo=f"The whole log is {self.log}")

    def stop(self) -> None:
        """Stop the server."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
