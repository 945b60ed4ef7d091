"""The HTTP endpoint of a process: ``/metrics`` for Prometheus, ``/livez`` and ``/readyz`` for an orchestrator.

============ =============================================== =======================
path         200                                             503
============ =============================================== =======================
``/livez``   the process shows signs of life                 start it anew
``/readyz``  the database and Redis answer within a second   it cannot work just now
``/metrics`` the metrics, in Prometheus' or OpenMetrics' text
============ =============================================== =======================
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from threading import Thread
from types import TracebackType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app

from ebond.errors import UsageError
from workers.watch.health import Health

log = structlog.get_logger("ebond.endpoint")

_Start = Callable[[str, list[tuple[str, str]]], object]
_App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def make_app(registry: CollectorRegistry, health: Health) -> _App:
    """Return the WSGI application of the endpoint."""
    metrics: _App = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                return metrics(environ, start)
            case "/livez":
                return _said({"process": health.is_well()}, start)
            case "/readyz":
                return _said(health.reachable(), start)
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"there is /metrics, /livez and /readyz\n"]

    return app


def _said(checks: Mapping[str, bool], start: _Start) -> Iterable[bytes]:
    start("200 OK" if all(checks.values()) else "503 Service Unavailable", [("Content-Type", "text/plain")])
    return [f"{name}: {'ok' if good else 'FAILS'}\n".encode() for name, good in checks.items()]


class Endpoint:
    """Serves an application on an address for the length of a ``with`` block; port 0 takes any that is free."""

    def __init__(self, app: _App, *, host: str, port: int) -> None:
        try:
            self._server = make_server(host, port, app, _server_for(host), handler_class=_Quiet)
        except OSError as error:
            raise UsageError(
                f"metrics cannot be served on {host}:{port}: {error.strerror or error}",
                todo="Give another --metrics-port or --metrics-host",
            ) from None
        self._thread = Thread(target=self._server.serve_forever, name="endpoint", daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def __enter__(self) -> Endpoint:
        self._thread.start()
        log.info("metrics are served", url=self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, that a slow reader keeps nobody waiting; none of them outlives the process."""

    daemon_threads = True
    block_on_close = False


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server_for(host: str) -> type[_Server]:
    return _Server6 if ":" in host else _Server


class _Quiet(WSGIRequestHandler):
    #: Seconds after which a caller who says nothing is left.
    timeout = 5

    def log_message(self, *_: object) -> None:
        """Write no line for each probe."""
