"""Is an observation newer than what is known? Pages may be slow, lists may trail behind our own writes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Final

from ebond.definitions.system import Resource
from ebond.state import Known, Origin


class Freshness(Enum):
    """How a row of the feed stands to what the store knows of the record."""

    SAME = auto()
    """Nothing we map has changed; at most the version has."""
    NEWER = auto()
    OLDER = auto()
    """A slow page or a trailing index: what we know is newer."""
    UNCLEAR = auto()
    """It differs from what a read or the answer to our own write showed, and nothing orders the two: read by id."""


def judge(
    known: Known,
    resource: Resource,
    *,
    version: str | None,
    updated: datetime | None,
    digest: bytes,
    server_now: datetime | None = None,
) -> Freshness:
    """Compare a row of a list with the known state of its record.

    ``server_now`` is the system's clock when it showed the row. A stamp alone calls a row old only while the list
    may still trail behind: clocks are set back, and an edit that looks old must not be lost for that.
    """
    order, stamps = compare_versions(resource.version_order, known.version, version), _compare(known.updated, updated)
    if order < 0 < stamps:
        # An older version that is written later is no old page: the system may have been restored, and edited since.
        order = 0
    elif not order:
        order = stamps
        if order < 0 and not _may_trail(known, resource, server_now):
            order = 0
    if known.gone:
        return _BY_ORDER[order]
    if known.origin is Origin.STUB:
        return Freshness.UNCLEAR
    if known.origin is Origin.ASSUMED:
        if digest == known.digest:
            return Freshness.NEWER
        return Freshness.OLDER if order == 0 and _unmoved(known, version, updated) else _BY_ORDER[order]
    if digest == known.digest:
        return Freshness.SAME
    if known.origin is Origin.FEED and order == stamps == 0:
        # Two lists, one after the other: the later one tells.
        return Freshness.NEWER
    return _BY_ORDER[order]


def same_marks(known: Known, *, version: str | None, updated: datetime | None) -> bool:
    """Does a row that shows no values say, by version or stamp, that nothing changed since we read the record?"""
    if version is not None and known.version is not None:
        return version == known.version
    return updated is not None and updated == known.updated


def may_still_trail(known: Known, resource: Resource, server_now: datetime | None) -> bool:
    """May a list that shows an older record be one from before the known state?"""
    return _may_trail(known, resource, server_now)


#: Seconds for which a list is allowed to trail behind where the contract does not say more.
_TRAIL: Final = 30.0
_BY_ORDER: Final = {-1: Freshness.OLDER, 0: Freshness.UNCLEAR, 1: Freshness.NEWER}


def _may_trail(known: Known, resource: Resource, server_now: datetime | None) -> bool:
    """May a list still show what was there before the known state?

    What a list itself has shown it does not take back. Half of the overlap at most, where the contract does not say
    that its index is slower: a row that was passed over for its age is shown once more after that.
    """
    if known.origin is Origin.FEED and resource.read is not None:
        return False
    if server_now is None or known.updated is None:
        return known.updated is None
    since, lookup = resource.list.since, resource.lookup
    trail = max(since.overlap / 2 if since else _TRAIL, lookup.lag if lookup else 0.0)
    return (server_now - known.updated).total_seconds() <= trail


def _unmoved(known: Known, version: str | None, updated: datetime | None) -> bool:
    """Does the row show the very version that we wrote upon: a page from before our write?"""
    return version is not None and (version, updated) == (known.version, known.updated)


def compare_versions(kind: str, old: str | None, new: str | None) -> int:
    """Return -1, 0 or 1; 0 where the contract does not order versions."""
    if kind == "none" or old is None or new is None:
        return 0
    if kind == "number":
        try:
            return _compare(float(old), float(new))
        except ValueError:
            return 0
    return _compare(old, new)


def _compare(old: object, new: object) -> int:
    if old is None or new is None or old == new:
        return 0
    return 1 if new > old else -1  # type: ignore[operator]  # both are of one ordered type
