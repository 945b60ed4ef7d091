"""The books of a run: everything that was read is accounted for exactly once."""

from __future__ import annotations

from collections.abc import Mapping

from ebond.state import Books, Fate


def balance(at_once: Mapping[Fate, int], later: Mapping[Fate, int]) -> Books:
    """Close a run's books.

    ``at_once`` counts the rows decided while scanning (unchanged, echo, filtered, failed) and, under OPEN, those
    left to be decided; ``later`` is what became of the latter. A record still OPEN at the end makes the books
    not balance: it was read, and nothing was done about it.
    """
    read = sum(at_once.values())
    counts = {fate: at_once.get(fate, 0) + later.get(fate, 0) for fate in Fate if fate is not Fate.OPEN}
    return Books(
        read=read,
        unchanged=counts[Fate.UNCHANGED],
        echo=counts[Fate.ECHO],
        filtered=counts[Fate.FILTERED],
        created=counts[Fate.CREATED],
        updated=counts[Fate.UPDATED],
        held=counts[Fate.HELD],
        failed=counts[Fate.FAILED],
        waiting=counts[Fate.WAITING],
        deleted=counts[Fate.DELETED],
    )
