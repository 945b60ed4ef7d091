"""What hangs to a record and is carried with it, one by one: its comments and its files are its children.

Here is what both have in common; see ``ebond.comments`` and ``ebond.attachments`` for what they hold.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ebond.state import Side


class Carriage(StrEnum):
    """How far a child has come on its way to the other side."""

    SHOWN = "shown"
    """A feed showed it; its link has not been looked at since."""
    WAITING = "waiting"
    """It is to be carried."""
    OPEN = "open"
    """Committed to be sent: a crash here may have sent it."""
    UNKNOWN = "unknown"
    """Sent, and the answer was lost."""
    CARRIED = "carried"
    """It stands on the other side; ``partner`` is None until that side has shown under which id."""
    COPY = "copy"
    """It is the copy that we made of ``partner``."""
    KEPT = "kept"
    """It stays where it is, for the reason given."""
    HELD = "held"
    """The other side did not take it; a human has to look."""


#: States in which a copy may be on the other side, under an id that is not known yet.
IN_DOUBT: Final = frozenset({Carriage.OPEN, Carriage.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Child:
    """What is known of one child of a record, whatever it holds."""

    side: Side
    record_id: str
    id: str
    state: Carriage
    _: KW_ONLY
    own: bool = False
    partner: str | None = None
    """The id of its counterpart on the other side."""
    about: str | None = None
    """The child whose change or deletion this one carries; None for one that a side showed."""
    sync_id: str | None = None
    once_url: str | None = None
    run_id: int | None = None
    """The run that sent it."""
    at: datetime | None = None
    """When it was sent; once its outcome is unknown, since when nothing of it can be under way."""
    order: int = 0
    """Its place among the children of its record, as they were first shown."""
    reason: str = ""
