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
}  # fmt: skip


def test_every_figure_is_measured(tmp_path: Path) -> None:
    """A quick run writes one flat object that holds a positive number under every key, and no other."""
    written = tmp_path / "bench.json"
    main(["--quick", "--json", str(written)])
    figures = orjson.loads(written.read_bytes())
    assert figures.keys() == KEYS
    assert all(value > 0 for value in figures.values())
