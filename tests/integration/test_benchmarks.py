"""The benchmarks run: nothing is said of their numbers here."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.benchmarks.run import main

KEYS = {
    "calls.initial", "calls.steady", "calls.idle",
    "wire.0ms", "wire.20ms", "wire.80ms",
    "scan.vs_httpx", "mapping.vs_hand",
    "memory.mb.1k", "memory.mb.10k", "memory.mb.100k",
    "scan.us_per_record.1k", "scan.us_per_record.10k", "scan.us_per_record.100k",
    "fleet.speedup.2", "fleet.speedup.4", "fleet.overhead",
    "fleet.quota_used", "fleet.http_429", "fleet.tokens",
    "fleet.latency_p50_s", "fleet.latency_p95_s",
    "fleet.idle_cpu_s_per_min", "fleet.idle_queries_per_min",
    "fleet.recovery_s",
}  # fmt: skip


def test_every_figure_is_measured(tmp_path: Path) -> None:
    """A quick run writes one flat object that holds a positive number under every key, and no other.

    Calls that were refused and CPU time that was not used are the two that may be nothing.
    """
    written = tmp_path / "bench.json"
    main(["--quick", "--json", str(written)])
    figures = orjson.loads(written.read_bytes())
    assert figures.keys() == KEYS
    assert {key for key, value in figures.items() if not value > 0} <= {"fleet.http_429", "fleet.idle_cpu_s_per_min"}
