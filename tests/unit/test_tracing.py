"""Traces: nothing unless they are wanted; spans that nest, and tell nothing out of a record."""

from __future__ import annotations

import sys

import pytest

from ebond.errors import Refused
from ebond.sync.threads import each
from ebond.tracing import UNTRACED, OpenTelemetry, tracing

SDK = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra ebond[otel] is not installed")
EXPORT = pytest.importorskip("opentelemetry.sdk.trace.export", reason="the extra ebond[otel] is not installed")
MEMORY = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="the extra ebond[otel] is not installed"
)


class Seen:
    """A tracer, and what it sent."""

    def __init__(self) -> None:
        self._exporter = MEMORY.InMemorySpanExporter()
        provider = SDK.TracerProvider()
        provider.add_span_processor(EXPORT.SimpleSpanProcessor(self._exporter))
        self.tracer = OpenTelemetry(provider)

    @property
    def spans(self) -> dict[str, object]:
        return {span.name: span for span in self._exporter.get_finished_spans()}


@pytest.mark.parametrize(
    "environ", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}]
)
def test_without_an_endpoint_nothing_is_traced(environ: dict[str, str]) -> None:
    """Nor where OpenTelemetry is switched off."""
    with tracing(environ, service="ebond-worker") as tracer, tracer.span("run", bond="b") as span:
        span.note(outcome="ok")
        assert (tracer, tracer.headers()) == (UNTRACED, {})


def test_without_the_extra_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that is set for all programs of a cluster must not break ours."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, service="x") as tracer:
        assert tracer is UNTRACED


def test_spans_nest_over_threads_and_the_innermost_is_sent() -> None:
    """Run, transaction, request: the request's span is the parent that a gateway is told of."""
    seen = Seen()

    def transaction(link: int) -> str:
        with seen.tracer.span(f"transaction {link}", link=link), seen.tracer.span(f"request {link}"):
            return seen.tracer.headers()["traceparent"]

    with seen.tracer.span("run", bond="b"):
        told = list(each(transaction, [1, 2], workers=2))
    spans = seen.spans
    for link, header in zip((1, 2), told, strict=True):
        run, inner, request = spans["run"], spans[f"transaction {link}"], spans[f"request {link}"]
        assert (inner.parent.span_id, request.parent.span_id) == (run.context.span_id, inner.context.span_id)
        assert header.startswith(f"00-{run.context.trace_id:032x}-{request.context.span_id:016x}-0")


def test_an_error_is_told_by_its_kind_alone() -> None:
    """What a system answered may quote the ticket."""
    seen = Seen()
    with pytest.raises(Refused), seen.tracer.span("request", system="desk"):
        raise Refused("the title 'very private' is too long", status=422)
    span = seen.spans["request"]
    assert (dict(span.attributes), span.events) == ({"ebond.system": "desk", "error.type": "Refused"}, ())
    assert (span.status.status_code.name, span.status.description) == ("ERROR", None)
