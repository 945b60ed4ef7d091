"""HTTP/1.1 over real TCP with as little work per call as Python allows: the other end of benchmarks.

Only what ebond's clients send is understood: keep-alive, Content-Length, no chunks, no pipelining.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

HOST: Final = "127.0.0.1"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(slots=True)
class Line:
    """What all connections of a server share."""

    latency: float = 0.0
    """Seconds that each answer is held back; may be changed while serving."""
    open: set[asyncio.Transport] = field(default_factory=set)

    def hang_up(self) -> None:
        """Close every connection."""
        for transport in tuple(self.open):
            transport.abort()


Handler = Callable[[bytes, bytes, bytes, bytes], bytes | None]
"""(method, target, head, body) → the whole answer as bytes, or None to hang up without one."""


class HttpProtocol(asyncio.Protocol):
    """One connection."""

    __slots__ = ("_buffer", "_handler", "_line", "_loop", "_transport")

    def __init__(self, handler: Handler, line: Line, loop: asyncio.AbstractEventLoop) -> None:
        self._handler = handler
        self._line = line
        self._loop = loop
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back; asyncio has set TCP_NODELAY."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._line.open.add(transport)
            transport.set_write_buffer_limits(high=16 * 1024 * 1024)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget the connection; answers that were held back are dropped."""
        if self._transport is not None:
            self._line.open.discard(self._transport)
            self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has arrived; most arrive in one piece."""
        buffer = self._buffer + data if self._buffer else data
        while buffer:
            end = buffer.find(_END)
            if end < 0:
                break
            head = buffer[:end]
            start = end + 4
            size = _content_length(head)
            if len(buffer) < start + size:
                break
            method, target, _ = head.split(b" ", 2)
            answer = self._handler(method, target, head, buffer[start : start + size])
            buffer = buffer[start + size :]
            self._reply(answer)
        self._buffer = buffer

    def _reply(self, answer: bytes | None) -> None:
        transport = self._transport
        if transport is None:
            return
        if answer is None:
            transport.abort()
        elif self._line.latency:
            self._loop.call_later(self._line.latency, self._write, answer)
        else:
            transport.write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


def _content_length(head: bytes) -> int:
    if head.startswith(b"GET "):
        return 0
    low = head.lower()
    at = low.find(_LENGTH)
    return int(low[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def listen(handler: Handler, line: Line, port: int = 0) -> tuple[asyncio.Server, int]:
    """Start serving on loopback; return the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: HttpProtocol(handler, line, loop), HOST, port, backlog=256)
    return server, int(server.sockets[0].getsockname()[1])
