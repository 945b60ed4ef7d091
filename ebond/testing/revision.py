"""What a fake system keeps of a record, and the no that it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Revision:
    """A record as it stood after one change; empty fields are absent from ``values``."""

    id: str
    values: Mapping[str, Any]
    counter: int
    """Grows by one with each change of this record."""
    updated: datetime
    created: datetime
    deleted: bool = False

    @property
    def place(self) -> tuple[datetime, str]:
        """The record's place in a list sorted by change."""
        return self.updated, self.id


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record became another value; ``cause`` says through whom.

    ``person:<n>`` is a hand at the keyboard, ``api:<request id>`` a call, ``automation`` a rule of the
    system itself. Tests follow edits by cause because clocks can lie.
    """

    cause: str
    record_id: str
    field: str
    before: Any
    after: Any
    counter: int
    """The record's counter after this change."""


class Refusal(Exception):
    """The fake system says no: a status, a code and, where it shows one, the record as it stands."""

    def __init__(self, status: int, code: str, message: str = "", *, current: Revision | None = None) -> None:
        super().__init__(message or code)
        self.status = status
        self.code = code
        self.message = message or code
        self.current = current
