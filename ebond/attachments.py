"""What ebond knows of the files of a bond's records: the values that the store keeps and sorting out reads."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Final

from ebond.children import Child
from ebond.mapping.frozen import fingerprint

#: The name under which a view keeps what shows that a record's files moved; no field of a definition can have it.
FILES: Final = "@files"


@dataclass(frozen=True, slots=True)
class File:
    """What is known of a file besides its content."""

    name: str
    size: int | None = None
    """Bytes; None where nobody says."""
    type: str = ""
    digest: str = ""
    """With its kind: ``sha256:9f86…``; empty where nobody says."""
    url: str = ""
    """Where its content is, in the system's own words."""
    internal: bool = False

    @property
    def print(self) -> bytes:
        """What tells whether it was changed; a URL may be another one each time."""
        return fingerprint([self.name, self.size, self.digest, self.internal], size=12)


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One file as a side shows it."""

    id: str
    file: File
    own: bool = False
    """Our own account added it."""
    only_there: bool = False
    """Nothing is shown but that it is there still."""
    read: File | None = None
    """The same with the size and digest of its content, where that had to be read."""

    @property
    def look(self) -> File:
        """All that is known of it."""
        return self.read or self.file


@dataclass(frozen=True, slots=True)
class FileState(Child):
    """What is known of one file of a record."""

    file: File
    _: KW_ONLY
    copy: File | None = None
    """What the counterpart should look like, once it was sent."""
    token: str | None = None
    """What was uploaded goes by this until it is hung to its record; None where nothing is left to hang."""
    tries: int = 0
    """How often it failed in a way that may pass."""
