"""Spans over the wire, as a collector gets them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from ebond.tracing import tracing

pytest.importorskip("opentelemetry.exporter.otlp", reason="the extra ebond[otel] is not installed")


class Collector(HTTPServer):
    """Takes down what is posted to it: path and body."""

    got: list[tuple[str, bytes]]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector(("127.0.0.1", 0), _Handler) as server:
        server.got = []
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_traced_has_arrived_when_the_process_ends(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last spans are the ones that matter; they come with the service's name."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    with tracing(os.environ, service="ebond-worker") as tracer, tracer.span("run", bond="acme"):
        assert tracer.headers()["traceparent"].startswith("00-")
    ((path, body),) = collector.got
    assert path == "/v1/traces"
    assert all(word in body for word in (b"ebond-worker", b"ebond.bond", b"acme"))
