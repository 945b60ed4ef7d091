"""How much of a quota four processes use together, and how many tokens they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.fleet_stage import Ground, fleet

PER: Final = 1
PROCESSES: Final = 4
#: Seconds that a token lives; a fifth before its end it is renewed.
LIFETIME: Final = 5
LATENCY_MS: Final = 80


def quota(ground: Ground, scale: Scale) -> Iterator[Figure]:
    """``fleet.quota_used``: calls answered / calls allowed, while there is work; ``fleet.http_429``: calls refused.

    The system counts in a sliding window, at its own door. ``fleet.tokens``: token requests in the time that one
    token is in use.
    """
    calls, windows = scale.fleet_calls, scale.fleet_windows
    gateway = {"quota": [{"calls": calls, "per": f"{PER}s"}]}
    with fleet(ground, records=calls * (windows + 2), gateway=gateway) as stage:
        stage.worker(PROCESSES)
        stage.latency(LATENCY_MS)
        stage.right.strict(calls, PER, lifetime=LIFETIME)
        stage.run()
        log = stage.right.log()
    yield from _figures(log, calls)


def _figures(log: dict[str, Any], allowed: int) -> Iterator[Figure]:
    calls, tokens = log["calls"], log["tokens"]
    # Calls come in bursts: from the first of one to the first of another it is a whole number of windows.
    whole = (len(calls) - 1 - allowed) // allowed
    took = calls[allowed * (1 + whole)] - calls[allowed]
    note = f"{allowed * whole} calls in {took:.2f} s, {allowed} per {PER} s allowed, {PROCESSES} processes"
    yield Figure("fleet.quota_used", whole * PER / took, 0.95, note, least=True)
    yield Figure("fleet.http_429", log["refused"], 0, f"beside {len(calls)} calls that were answered")
    lives = _lives(tokens)
    yield Figure("fleet.tokens", len(tokens) / lives, 1.0, f"{len(tokens)} requests, {lives} times one was needed")


def _lives(requests: Sequence[float]) -> int:
    """Count the times that a token was needed: requests of the same half of a lifetime are for the same."""
    lives, since = 0, float("-inf")
    for at in requests:
        if at > since + LIFETIME / 2:
            lives, since = lives + 1, at
    return lives
