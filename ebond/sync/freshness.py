"""Is an observation newer than what is known? Pages may be slow, lists may trail behind our own writes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto

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
    """It differs from the answer to our own write and nothing orders the two: a read by id decides."""


def judge(
    known: Known, resource: Resource, *, version: str | None, updated: datetime | None, digest: bytes
) -> Freshness:
    """Compare a row with the known state of its record."""
    if known.origin is Origin.ASSUMED:
        if (version, updated) == (known.version, known.updated) and (version or updated) is not None:
            # Nothing happened there since before our write: a page from then.
            return Freshness.OLDER
        return Freshness.NEWER if digest == known.digest else _order(known, resource, version, updated)
    if digest == known.digest and not known.gone:
        return Freshness.SAME
    return _order(known, resource, version, updated)


def _order(known: Known, resource: Resource, version: str | None, updated: datetime | None) -> Freshness:
    order = _compare_versions(resource.version_order, known.version, version) or _compare(known.updated, updated)
    if order < 0:
        return Freshness.OLDER
    if order > 0 or known.origin is Origin.FEED:
        return Freshness.NEWER
    return Freshness.NEWER if known.origin is Origin.ASSUMED and version != known.version else Freshness.UNCLEAR


def _compare_versions(kind: str, old: str | None, new: str | None) -> int:
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
