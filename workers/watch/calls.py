"""Metrics of the calls that this process makes, from what the gateway client tells its observer."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from ebond.gateway.wire import CallRecord

#: Upper bounds in seconds: from a gateway's cache to its time-out.
BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class CallMetrics:
    """Counts and times every try of every call; threads share it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "ebond_calls",
            "HTTP calls to a system, each try counted, by what became of it (token requests not counted).",
            ("system", "operation", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "ebond_call_duration_seconds",
            "Time from sending a call to its answer, in seconds; waiting for a turn under the quota not counted.",
            ("system", "operation"),
            buckets=BUCKETS,
            registry=registry,
        )

    def observe(self, record: CallRecord) -> None:
        """Take down one try."""
        self._calls.labels(record.system, record.operation, record.outcome.value).inc()
        self._seconds.labels(record.system, record.operation).observe(record.seconds)
