"""The question 'what changed since': from a floor to the parameters that ask it.

The floor is moved back by the overlap, floored to what the filter can tell apart, and by one step more where
the filter means strictly after: asking for too much costs a few rows, asking for too little loses an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ebond.definitions.system import Listing, Since, StampFormat
from ebond.errors import ContractError
from ebond.mapping.stamps import floor_stamp, format_stamp, zone_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


def since_params(since: Since | None, floor: datetime | None) -> dict[str, str]:
    """Return the parameters that ask for changes since a floor; without one, those of a first scan."""
    if since is None:
        return {}
    if floor is None:
        return dict(since.initial)
    stamp = format_stamp(asked(since, floor), since.stamp)
    return {name: text.replace("{since}", str(stamp)) for name, text in since.params.items()}


def asked(since: Since, floor: datetime) -> datetime:
    """Return the point in time to ask from."""
    stamp = since.stamp
    point = floor_stamp(floor - timedelta(seconds=since.overlap), stamp)
    if not since.inclusive:
        point = floor_stamp(point - timedelta(seconds=stamp.granularity), stamp)
    return max(_before_clock_change(point, stamp), _EPOCH)


def _before_clock_change(point: datetime, stamp: StampFormat) -> datetime:
    """Ask earlier around the end of summer time, where the filter is a wall clock without an offset.

    The clock shows that hour twice; a server that compares what the clock shows would hide what changed in
    the second one from a floor in the first.
    """
    if stamp.format not in ("iso", "pattern") or stamp.zone == "UTC":
        return point
    zone = zone_of(stamp.zone)
    before, after = (moment.astimezone(zone).utcoffset() for moment in (point - _DAY / 8, point + _DAY / 8))
    if before is None or after is None or after >= before:
        return point
    return point - (before - after)


def merge_params(listing: Listing, asked_for: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, Any]:
    """Merge a listing's own parameters, those of the since filter and the bond's extra ones.

    A since parameter replaces the listing's of the same name, an extra one too. Where both want the same
    parameter (an encoded query) the definition says with ``{extra}`` where the bond's part goes; without it
    ContractError is raised, as one filter would silence the other.
    """
    own = listing.body if listing.asks_by_body else listing.params
    merged: dict[str, Any] = {**own, **asked_for}
    open_places = {name for name, text in merged.items() if isinstance(text, str) and "{extra}" in text}
    for name in open_places:
        merged[name] = merged[name].replace("{extra}", extra.get(name, ""))
    for name in extra.keys() - open_places:
        if name in asked_for:
            raise ContractError(
                f"parameter {name!r} carries both the since filter and the bond's filter",
                todo=f"Put {{extra}} into the since parameter {name!r} where the bond's part belongs",
            )
        merged[name] = extra[name]
    return merged
