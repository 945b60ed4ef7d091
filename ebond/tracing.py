"""Traces: run → transaction → request as OpenTelemetry spans, for those who collect them.

Nothing is imported, and next to nothing is done, unless the extra ``ebond[otel]`` is installed and an OTLP endpoint
is set (``OTEL_EXPORTER_OTLP_ENDPOINT`` and its kin, see the OpenTelemetry specification's environment variables).
Spans carry names, ids, counts and outcomes; no values of records, no headers, no texts of errors.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any, Final, Protocol

import structlog

log = structlog.get_logger("ebond.tracing")

#: Any of these says where spans go.
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Fact = str | int | float | bool


class Span(Protocol):
    """Something that is under way."""

    def note(self, **facts: Fact) -> None:
        """Add what became of it."""


class Tracer(Protocol):
    """Who is told what is under way; threads share it."""

    def span(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:
        """Say that something is under way as long as the block lasts, within whatever is under way here already."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that let a server join in (W3C Trace Context): ``traceparent``, or none."""


class _NoSpan:
    def note(self, **facts: Fact) -> None: ...


_NO_SPAN: Final = nullcontext(_NoSpan())
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Untraced:
    """Traces nothing."""

    def span(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:  # noqa: ARG002
        return _NO_SPAN

    def headers(self) -> Mapping[str, str]:
        return _NO_HEADERS


UNTRACED: Final = Untraced()


class OpenTelemetry:
    """Traces through an OpenTelemetry tracer provider."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._tracer = provider.get_tracer("ebond")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, **facts: Fact) -> Iterator[Span]:
        # The text and the traceback of an error may quote what somebody wrote into a ticket: its kind is told, no more.
        with self._tracer.start_as_current_span(
            name, attributes=_named(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            told = _Told(span)
            try:
                yield told
            except BaseException as error:
                told.failed(type(error).__name__)
                raise

    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier


class _Told:
    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, **facts: Fact) -> None:
        self._span.set_attributes(_named(facts))

    def failed(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


def _named(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {f"ebond.{name}": fact for name, fact in facts.items()}


@contextmanager
def tracing(environ: Mapping[str, str], *, service: str) -> Iterator[Tracer]:
    """Trace for the length of the block, where the environment says where to; at its end what is left is sent.

    ``service`` names this process unless OTEL_SERVICE_NAME does.
    """
    if not any(environ.get(name) for name in ENDPOINTS) or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield UNTRACED
        return
    if importlib.util.find_spec("opentelemetry") is None:
        log.warning("traces are not sent: ebond[otel] is not installed")
        yield UNTRACED
        return
    provider = _provider(environ, service)
    try:
        yield OpenTelemetry(provider)
    finally:
        provider.shutdown()


def _provider(environ: Mapping[str, str], service: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
