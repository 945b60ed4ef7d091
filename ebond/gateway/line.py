"""The bytes below HTTP: a network that keeps a deadline for the call as a whole, and knows whether anything was sent.

Time-outs of single reads do not end a call: a server that gives a byte now and then holds its caller for ever.
And whether a write may be repeated hangs on one thing: did a byte of it leave this machine?
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Line(httpcore.NetworkBackend):
    """The network of one HTTP client, which carries one call at a time."""

    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()
        self._deadline = float("inf")
        self.sent = False
        """Has a byte of the current call been sent?"""
        self._began = self._sent_at = 0.0

    def begin(self, seconds: float) -> None:
        """Begin a call, which may take so long as a whole."""
        self._began = self._sent_at = time.monotonic()
        self._deadline, self.sent = self._began + seconds, False

    @property
    def sent_after(self) -> float:
        """Return the seconds from the beginning of the call until the last byte of it had left."""
        return self._sent_at - self._began

    def wrote(self) -> None:
        """Note that bytes have left."""
        self._sent_at = time.monotonic()

    def extend(self, seconds: float) -> None:
        """Let the current call take longer."""
        self._deadline += seconds

    def within(self, timeout: float | None) -> float:
        """Shorten a time-out to what is left of the call; raises ReadTimeout where nothing is."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the call as a whole took too long")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; httpcore calls this."""
        stream = self._network.connect_tcp(host, port, self.within(timeout), local_address, socket_options)
        return _Stream(stream, self)

    def sleep(self, seconds: float) -> None:
        """Wait between tries to connect; there are none."""
        self._network.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """One connection."""

    def __init__(self, stream: httpcore.NetworkStream, line: Line) -> None:
        self._stream, self._line = stream, line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._line.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Asking a proxy for a tunnel sends nothing of the call; and httpcore writes nothing at the end of each request.
        self._line.sent = self._line.sent or (buffer != b"" and not buffer.startswith(b"CONNECT "))
        self._stream.write(buffer, self._line.within(timeout))
        if buffer:
            self._line.wrote()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._line.within(timeout))
        return _Stream(stream, self._line)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
