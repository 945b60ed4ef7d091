"""What a record that was read, or that an answer showed, is observed as. Pure."""

from __future__ import annotations

from ebond.mapping.side import SideView
from ebond.records.rows import Seen
from ebond.state import Observation, Origin


def observed(view: SideView, seen: Seen, origin: Origin, *, version: str | None = None) -> Observation:
    """Return the observation of a record; ``version`` stands in where the record itself shows none."""
    shown = view.extract(seen.record)
    return Observation(seen.id, seen.version or version, seen.updated, shown, view.digest(shown), origin=origin)
