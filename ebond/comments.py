"""What ebond knows of the comments of a bond's records: the values that the store keeps and sorting out reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ebond.mapping.frozen import fingerprint
from ebond.state import Side

#: The name under which a view keeps what shows that a record's comments moved; no field of a definition can have it.
COMMENTS: Final = "@comments"


class Carriage(StrEnum):
    """How far a comment has come on its way to the other side."""

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
class Body:
    """What a comment says, in plain terms."""

    text: str
    author: str = ""
    made: datetime | None = None
    internal: bool = False

    @property
    def digest(self) -> bytes:
        """What tells whether a comment was changed."""
        return fingerprint([self.text, self.internal])


@dataclass(frozen=True, slots=True)
class Shown:
    """One comment as a side shows it."""

    id: str
    body: Body
    own: bool = False
    """Our own account wrote it."""
    only_there: bool = False
    """Nothing is shown but that it is there still."""

    @property
    def digest(self) -> bytes:
        """What tells whether it was changed."""
        return self.body.digest


@dataclass(frozen=True, slots=True)
class CommentState:
    """What is known of one comment of a record."""

    side: Side
    record_id: str
    id: str
    state: Carriage
    digest: bytes = b""
    body: Body | None = None
    """Kept only until the comment is carried, or it is clear that it stays. In any later state: what a feed showed of
    it since, and nobody has looked at yet."""
    own: bool = False
    partner: str | None = None
    """The id of its counterpart on the other side."""
    copy: bytes | None = None
    """Digest of the text that the counterpart should show, where its id is not known yet."""
    about: str | None = None
    """The comment whose change or deletion this one tells of; None for one that a side showed."""
    sync_id: str | None = None
    once_url: str | None = None
    run_id: int | None = None
    """The run that sent it."""
    at: datetime | None = None
    """When it was sent; once its outcome is unknown, since when nothing of it can be under way."""
    order: int = 0
    """Its place among the comments of its record, as they were first shown."""
    reason: str = ""

    @property
    def is_news(self) -> bool:
        """Has a feed shown something that was not looked at yet?"""
        ended = (Carriage.CARRIED, Carriage.COPY, Carriage.KEPT)
        return self.state is Carriage.SHOWN or (self.body is not None and self.state in ended)
