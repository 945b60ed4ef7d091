"""A field that flips back to values it already had is set aside: two automations are arguing."""

from __future__ import annotations

from typing import Final

History = tuple[tuple[float, str], ...]

#: Written values remembered per field; older ones say nothing about a loop.
KEPT: Final = 16


def remember(history: History, *, digest: str, at: float, window: float) -> History:
    """Add a written value to the history and forget what is older than ``window`` seconds."""
    recent = tuple(entry for entry in history if entry[0] > at - window)
    return (*recent, (at, digest))[-KEPT:]


def returns(history: History) -> int:
    """Count how often the field came back to a value it had before and had left since."""
    count = 0
    for position, (_, digest) in enumerate(history):
        earlier = [value for _, value in history[:position]]
        if digest in earlier and earlier[-1] != digest:
            count += 1
    return count
