"""A value for each side."""

from __future__ import annotations

from ebond.definitions.base import Definition

Scalar = str | int | float | bool


class Sided(Definition):
    """A value for each side."""

    left: Scalar | None = None
    """The value for the left side."""
    right: Scalar | None = None
    """The value for the right side."""
