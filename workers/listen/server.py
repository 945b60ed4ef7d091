"""The HTTP server that notifications come to: small requests, each answered at once, within limits.

It reads headers itself and not as WSGI shows them: there ``X_Certificate`` and ``X-Certificate`` are one, and a proxy
that takes the second away from callers lets the first through. TLS is the proxy's in front of it.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from types import TracebackType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog

from ebond.errors import UsageError
from workers.listen.inbox import Inbox
from workers.watch.health import Health

log = structlog.get_logger("ebond.listen")

#: Bytes of the largest notification that is read.
LARGEST: Final = 1_000_000
#: Seconds that a caller has for all there is to say.
PATIENCE: Final = 10
#: Callers at once; others wait to be accepted.
CALLERS: Final = 32
#: Seconds between two looks for those who take too long.
LOOK: Final = 0.5
_PROBES: Final = ("/livez", "/readyz")


class Listener:
    """Receives for the length of a ``with`` block; port 0 takes any that is free. What is under way is finished."""

    def __init__(self, inbox: Inbox, health: Health, *, host: str, port: int) -> None:
        """Raises UsageError where the port cannot be had."""

        class Handler(_Handler):
            pass

        Handler.inbox, Handler.health = inbox, health
        try:
            self._server = (_Server6 if ":" in host else _Server)((host, port), Handler)
        except OSError as error:
            raise UsageError(
                f"nothing can be received on {host}:{port}: {error.strerror or error}", todo="Give another --port"
            ) from None
        self._thread = Thread(target=self._server.serve_forever, name="listener", daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def __enter__(self) -> Listener:
        self._thread.start()
        log.info("listening", url=self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        # This waits for what is under way.
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._room = BoundedSemaphore(CALLERS)
        self._since: dict[socket.socket, float] = {}
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        while not self._room.acquire(timeout=LOOK):
            self.service_actions()
        self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._since.pop(request, None)
            self._room.release()

    def service_actions(self) -> None:
        """Hang up on callers who send a byte now and then: each takes the place of another."""
        oldest = time.monotonic() - PATIENCE
        for request, since in list(self._since.items()):
            if since < oldest:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A caller who hangs up is nobody's fault; a traceback could show what was sent."""
        log.info("caller lost")


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    inbox: Inbox
    health: Health
    server_version, sys_version = "ebond", ""
    timeout = PATIENCE

    def do_GET(self) -> None:  # the base class calls it so
        path = self._path()
        if path in _PROBES:
            checks = {"process": self.health.is_well()} if path == "/livez" else self.health.reachable()
            said = "".join(f"{name}: {'ok' if good else 'FAILS'}\n" for name, good in checks.items())
            self._answer(200 if all(checks.values()) else 503, said)
            return
        route = self.inbox.route(path)
        echo = route.echo("GET", self._query()) if route else None
        if echo is not None:
            self._answer(*echo)
        else:
            self._answer(405 if route else 404)

    def do_POST(self) -> None:  # likewise
        route = self.inbox.route(self._path())
        if route is None:
            return self._answer(404)
        echo = route.echo("POST", self._query())
        if echo is not None:
            return self._answer(*echo)
        length = self._one("Content-Length")
        if length is None or not (length.isascii() and length.isdigit()) or self._one("Transfer-Encoding"):
            return self._answer(411)
        if len(length) > len(str(LARGEST)) or int(length) > LARGEST:
            return self._answer(413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return self._answer(400)
        return self._answer(self.inbox.receive(route, self._one, body))

    do_HEAD, do_PUT = do_GET, do_POST  # noqa: N815  # likewise

    def _path(self) -> str:
        try:
            return unquote(urlsplit(self.path).path)
        except ValueError:
            return ""

    def _query(self) -> str:
        try:
            return urlsplit(self.path).query
        except ValueError:
            return ""

    def _one(self, name: str) -> str | None:
        """Return a header that is there once: of two, nobody can tell which one a proxy has looked at."""
        values = self.headers.get_all(name) or []
        return values[0].strip() if len(values) == 1 else None

    def _answer(self, status: int, text: str = "") -> None:
        content = text.encode()
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "10")
        if status != 204:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no line for each call: the inbox tells what became of it."""
