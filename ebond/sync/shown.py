"""The ids that a full scan has shown, eight bytes each: a scan of a million records must not be felt in memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class ShownIds:
    """A set of ids that is filled first and asked afterwards.

    Hashes of 64 bits stand for the ids. Two that share one would keep a vanished record from being read by id in this
    scan: among a million records that is once in about ten million scans that miss one, and the next scan hashes alike
    only in the same process.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._in_order = True

    def update(self, ids: Iterable[str]) -> None:
        """Add ids."""
        self._hashes.extend(map(hash, ids))
        self._in_order = False

    def __contains__(self, record_id: object) -> bool:
        if not self._in_order:
            self._hashes, self._in_order = array("q", sorted(self._hashes)), True
        wanted = hash(record_id)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted
