"""What a side's people are told of the bond, in fields of their own record."""

from __future__ import annotations

from ebond.definitions.base import Definition


class Told(Definition):
    """Fields of one side's record that tell its people of the bond; each is ebond's alone, and never carried over."""

    number: str | None = None
    """The field that shows the partner's number: what the other resource's ``number`` is, or else its id."""
    since: str | None = None
    """The field that shows since when the two are bonded: a text, date or instant."""
    held: str | None = None
    """The field that shows which fields are held and why; empty where none is."""


class Tell(Definition):
    """What both sides' people are told of the bond."""

    left: Told = Told()
    """What the left side's record shows."""
    right: Told = Told()
    """What the right side's record shows."""
