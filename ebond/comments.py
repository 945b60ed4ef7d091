"""What ebond knows of the comments of a bond's records: the values that the store keeps and sorting out reads."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Final

from ebond.children import Carriage, Child
from ebond.mapping.frozen import fingerprint

#: The name under which a view keeps what shows that a record's comments moved; no field of a definition can have it.
COMMENTS: Final = "@comments"


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
class CommentState(Child):
    """What is known of one comment of a record."""

    _: KW_ONLY
    digest: bytes = b""
    body: Body | None = None
    """Kept only until the comment is carried, or it is clear that it stays. In any later state: what a feed showed of
    it since, and nobody has looked at yet."""
    copy: bytes | None = None
    """Digest of the text that the counterpart should show, where its id is not known yet."""

    @property
    def is_news(self) -> bool:
        """Has a feed shown something that was not looked at yet?"""
        ended = (Carriage.CARRIED, Carriage.COPY, Carriage.KEPT)
        return self.state is Carriage.SHOWN or (self.body is not None and self.state in ended)
