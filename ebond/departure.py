"""What ebond knows of a record that has left its side's scope, and of what its partner was told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import Any

from ebond.state import Side


class DepartureState(StrEnum):
    """How far the partner was told."""

    BEGUN = "begun"
    """Committed before the call; whether it was made, nobody knows."""
    TOLD = "told"
    RETURNING = "returning"
    """The record is back: what was set is about to be put back."""
    HELD = "held"
    """The other system did not take it: tried again when one of the two moves, or when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One record out of scope."""

    link_id: int
    left: Side
    """The side whose record has left."""
    state: DepartureState
    since: datetime
    reason: str = ""
    was: Mapping[str, Any] = attribute(default_factory=dict)
    """Raw values of the partner before we wrote, by field."""
    sent: Mapping[str, Any] = attribute(default_factory=dict)
    """Raw values that we wrote, by field."""
