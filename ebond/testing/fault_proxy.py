"""A proxy on loopback that stands before a real server and lets things go wrong on the wire.

What it does to a call is said by the same faults that fake systems take (``faults``, ``interference``), so a fault
that a test has met in one process can be met over TCP before a real system, too: connections are reset, bodies end
in the middle, answers come late or from somebody else.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from ebond.gateway.wire import Raw, RawAnswer, TransportFailure
from ebond.testing.faults import App
from ebond.testing.interference import Faults
from ebond.testing.tcp import HOST

#: Headers of one connection, which a proxy does not pass on.
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})
#: Longest time that the server behind may take.
_PATIENCE: Final = 60.0


class Torn(TransportFailure):
    """Raised by a fault to have the head and half of the body sent before the connection ends."""

    def __init__(self, answer: RawAnswer) -> None:
        super().__init__("the answer broke off", sent=True)
        self.answer = answer


def tear(app: App, raw: Raw) -> RawAnswer:
    """The system commits, and the connection ends in the middle of its answer."""
    raise Torn(app(raw))


@dataclass(frozen=True, slots=True)
class Passed:
    """A call that came by."""

    raw: Raw
    status: int | None
    """What the client was answered; None where it got no whole answer."""

    @property
    def line(self) -> str:
        """Method and path, without query."""
        return f"{self.raw.method} {urlsplit(self.raw.url).path}"


class FaultProxy:
    """Passes calls on to ``upstream`` while the ``with`` block runs; ``url`` is its own address.

    Threads serve it, so calls overlap as they do at a real gateway; ``faults.before`` and ``after`` run in them.
    A server behind that is not there is answered for with 502, as gateways do.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.faults = Faults(self._forward)
        self.calls: list[Passed] = []
        self._lock = Lock()
        self._server = _Server((HOST, 0), _Handler)
        self._server.proxy = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def note(self, raw: Raw, status: int | None) -> None:
        """Take a call down."""
        with self._lock:
            self.calls.append(Passed(raw, status))

    def _forward(self, raw: Raw) -> RawAnswer:
        target = urlsplit(raw.url)
        connection = HTTPConnection(urlsplit(self.upstream).netloc, timeout=_PATIENCE)
        try:
            path = target.path + (f"?{target.query}" if target.query else "")
            # The caller's own Host goes on: what the system makes links of is the address that the caller knows.
            connection.request(raw.method, path, raw.content or None, dict(raw.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return RawAnswer(answer.status, headers, answer.read())
        except (OSError, HTTPException):
            return RawAnswer(502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1></html>")
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what tests do."""

    def hang_up(self) -> None:
        """End connections that clients keep alive, and with them their threads."""
        for request in tuple(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        if len(content) < length:
            # The caller died while it spoke: half a request is none, and must not look like one without a body.
            self._reset()
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        raw = Raw(self.command, f"{proxy.url}{self.path}", headers, content)
        try:
            answer = proxy.faults(raw)
        except Torn as torn:
            proxy.note(raw, None)
            self._send(torn.answer, kept=len(torn.answer.content) // 2)
            self.close_connection = True
        except TransportFailure:
            proxy.note(raw, None)
            self._reset()
        else:
            proxy.note(raw, answer.status)
            self._send(answer, kept=len(answer.content))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # the base class calls them so

    def _send(self, answer: RawAnswer, *, kept: int) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content[:kept])
        self.wfile.flush()

    def _reset(self) -> None:
        """End the connection so that the client sees a reset and not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # At once: the server's own way to close says a polite goodbye first.
        os.close(self.connection.detach())

    def log_message(self, *args: Any) -> None:
        """Say nothing; ``FaultProxy.calls`` has it all."""
