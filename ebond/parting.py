"""What ebond knows of a link's parting: one of its two records was deleted, and something follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import Any

from ebond.state import LinkState, Side


class PartingState(StrEnum):
    """How far a parting has come."""

    HELD = "held"
    """A human has to look: the record that is left was edited."""
    FUSED = "fused"
    """There were too many at once: somebody has to approve them."""
    APPROVED = "approved"
    BEGUN = "begun"
    """Committed before the call; whether it was made, nobody knows."""
    ENDED = "ended"
    """Done. It stays, that no late page brings the record back."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The parting of one link."""

    link_id: int
    gone: Side
    """The side whose record was deleted, or was first."""
    state: PartingState
    how: str
    """The policy's word, or ``keep``, ``both``: what becomes of the other record."""
    since: datetime
    reason: str = ""
    was: Mapping[str, Any] = attribute(default_factory=dict)
    """Raw values of the other record before we wrote, by field."""
    sent: Mapping[str, Any] = attribute(default_factory=dict)
    """Raw values that we wrote, by field."""


@dataclass(frozen=True, slots=True)
class Bereft:
    """A link whose parting has to be looked at."""

    link: LinkState
    parting: Parting | None

    @property
    def gone(self) -> frozenset[Side]:
        """The sides whose record is deleted."""
        return frozenset(side for side in Side if self.link.side(side).gone)
