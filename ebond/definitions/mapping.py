"""A mapping: field rules between a left resource and a right resource."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition

Direction = Literal["both", "to_right", "to_left"]
ConflictPolicy = Literal["manual", "left_wins", "right_wins", "newest_wins"]
Scalar = str | int | float | bool


class Pair(Definition):
    """One row of a value map: left value, right value, and the way it goes where it goes only one way."""

    left: str
    right: str
    only: Literal["to_right", "to_left"] | None = None


class Sided(Definition):
    """A value for each side."""

    left: Scalar | None = None
    right: Scalar | None = None


class FieldRule(Definition):
    """How one field is carried; ``left`` and ``right`` name fields of the two resources."""

    name: str = ""
    """Name in reports; the left field's name where absent."""
    left: str | None = None
    right: str | None = None
    direction: Direction = "both"
    conflict: ConflictPolicy | None = None
    """What happens when both sides moved; the mapping's default where absent."""
    values: tuple[Pair, ...] = ()
    unmapped: Literal["park", "pass", "default"] = "park"
    """A value that ``values`` does not name: parks the field, passes as it is, or becomes the default."""
    default: Sided = Sided()
    """Written to that side where the other side's value is empty."""
    constant: Sided = Sided()
    """Written to that side at create, whatever the other side holds."""
    template: Sided = Sided()
    """Text for that side made of the other side's fields: ``{number}: {title}``."""
    too_long: Literal["park", "truncate"] = "park"
    required: bool = False
    """An empty value may not be carried: it parks the field."""


class Mapping(Definition):
    """A mapping definition."""

    version: Literal[1]
    mapping: str
    title: str = ""
    left: str
    """``system/resource``"""
    right: str
    conflict: ConflictPolicy = "manual"
    fields: Annotated[tuple[FieldRule, ...], Field(min_length=1)]
