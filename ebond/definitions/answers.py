"""What a gateway or system means by an answer: the contract's own rows of the outcome table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.texts import HeaderName, Pointer

OutcomeName = Literal[
    "applied", "accepted", "not_sent", "refused", "stale", "exists", "gone", "moved",
    "rate_limited", "reauth", "retry", "unknown", "stop",
]  # fmt: skip
Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Status = Annotated[int, Field(ge=100, le=599)]


class ErrorMatch(Definition):
    """What an answer must look like; every given part must match."""

    status: tuple[Status, ...] = ()
    """HTTP statuses, any of them."""
    header: dict[HeaderName, str] = {}
    """Header name → regular expression searched in its value."""
    body: dict[Pointer, str | int | bool] = {}
    """JSON pointer → value; text is a regular expression searched in the value's text."""
    text: str | None = None
    """Regular expression searched in the first 2 KB of the body, whatever its type."""
    method: tuple[Verb, ...] = ()
    """Verbs of the call, any of them."""


class ErrorRule(Definition):
    """One row of the outcome table; the first match wins, before ebond's own rows."""

    when: ErrorMatch
    """What the answer looks like."""
    is_: Annotated[OutcomeName, Field(alias="is")]
    """What it means. ``refused``: this record only; ``retry``: nothing was done, ask again; ``unknown``: it may have
    been done; ``rate_limited``: wait; ``reauth``: the token is used up; ``stop``: nothing works until someone acts."""
    why: str = ""
    """What the operator reads."""
