"""The other end of a connection, byte by byte: what no decent server would send, a test can."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Final

HOST: Final = "127.0.0.1"
Talk = Callable[[socket.socket], None]
Turn = bytes | Talk | None
"""Sent as it is; or does what it likes with the connection; or None: hang up without an answer."""


class Peer:
    """Listens on loopback while the ``with`` block runs, and answers requests turn by turn, the last for ever."""

    def __init__(self, *turns: Turn, context: ssl.SSLContext | None = None) -> None:
        self.turns, self.context = list(turns), context
        self.requests: list[bytes] = []
        self.connections = 0
        self.certificates: list[object] = []
        """What clients showed over TLS."""
        self.over = Event()
        """Set at the end: a turn that waits for it holds its client for the whole test."""
        self.hung_up = Event()
        """Set when a connection was closed by this side."""
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[Thread] = []

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://{HOST}:{self.port}"

    def hang_up(self) -> None:
        """Close every connection, and wait until that is done."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.hung_up.wait(10)

    def __enter__(self) -> Peer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.certificates.append(connection.getpeercert())
                self._open.append(connection)
            with connection:
                self._converse(connection)
        self.hung_up.set()

    def _converse(self, connection: socket.socket) -> None:
        while request := read_request(connection):
            self.requests.append(request)
            turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
            if turn is None:
                return
            if callable(turn):
                turn(connection)
                return
            connection.sendall(turn)
            if b"connection: close" in turn.lower() or b"HTTP/1.0" in turn:
                return


def read_request(connection: socket.socket) -> bytes:
    """Read one request; empty where the client hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """Write a whole answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
