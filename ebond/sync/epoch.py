"""Has a system been reset, or restored from a backup? What tells so, and when it is enough to stop. Pure.

After that, ids mean other records, and versions go back: what a link knows is no longer true of what it names. To go on
would carry old values over new ones, and new tickets over old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ebond.definitions.bond import Guard
from ebond.mapping.side import SideView
from ebond.state import Origin, Side
from ebond.sync.freshness import compare_versions

#: Stamps go back by as much where a clock without a zone is set back for winter, or where servers' clocks differ.
TOLERANCE: Final = timedelta(hours=2)
#: So few that cannot be found are no reset, whatever share of a small bond they are.
FEW: Final = 5

#: What to do about a single odd record.
LOOK: Final = "look at it on both sides; `ebond retry` takes it as it is now"


def went_back(
    order: str,
    *,
    known: tuple[str | None, datetime | None],
    shown: tuple[str | None, datetime | None],
) -> str:
    """Say how a record is older than it was known to be; empty where it is not.

    ``known`` and ``shown`` are (version, stamp), ``order`` is the contract's ``version_order``; what is shown comes
    from a read by id, or from a full scan where there is no such read.

    ==========  ===============  ==========
    version     stamp            it is
    ==========  ===============  ==========
    back        any              older
    forward     any              newer
    neither     back, by hours   older
    neither     any other        newer
    ==========  ===============  ==========
    """
    step = compare_versions(order, known[0], shown[0])
    if step:
        return f"its version went back from {known[0]} to {shown[0]}" if step < 0 else ""
    if known[1] is None or shown[1] is None or known[1] - shown[1] <= TOLERANCE:
        return ""
    return f"its stamp went back from {known[1]:%Y-%m-%d %H:%M} to {shown[1]:%Y-%m-%d %H:%M} UTC"


def is_fresh(origin: Origin, updated: datetime | None, *, now: datetime) -> bool:
    """Is what is known the answer to a write of ours of late? A copy of the database may trail behind that."""
    return origin in (Origin.ANSWER, Origin.ASSUMED) and (updated is None or now - updated < TOLERANCE)


def made_anew(view: SideView, name: str | None, *, known: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """Say that a known id belongs to another record now, by when it was made; empty where nothing tells so."""
    if name is None or known.get(name) is None or shown.get(name) is None:
        return ""
    if view.same(name, known[name], shown[name]):
        return ""
    return "it was made at another time than the record that had this id before"


def verdict(side: Side, *, odd: int, missing: int, links: int, guard: Guard) -> str:
    """Say why a bond has to stop; empty where it may go on.

    ``odd`` records of a side went back or are others now, ``missing`` ones cannot be found any more since this run.
    """
    if odd >= guard.reset_records:
        return f"{odd} records of the {side} side are older than they were known to be, or others under known ids"
    if missing > FEW and missing * 100 >= guard.reset_missing_percent * links:
        return f"{missing} of {links} records of the {side} side cannot be found any more, all at once"
    return ""
