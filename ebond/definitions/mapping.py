"""A mapping: field rules between a left resource and a right resource."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.attachments import FileRule
from ebond.definitions.base import Definition
from ebond.definitions.comments import CommentRule
from ebond.definitions.lookups import LinkRule, LookupRule
from ebond.definitions.sided import Sided
from ebond.definitions.tell import Tell
from ebond.definitions.texts import InnerPointer, Name, Version

Direction = Literal["both", "to_right", "to_left"]
ConflictPolicy = Literal["manual", "left_wins", "right_wins", "newest_wins"]
RulePolicy = Literal["manual", "left_wins", "right_wins", "newest_wins", "merge"]


class Pair(Definition):
    """One row of a value map: left value, right value, and the way it goes where it goes only one way."""

    left: str
    """The left side's value as text; numbers and true/false in quotes."""
    right: str
    """The right side's value as text."""
    only: Literal["to_right", "to_left"] | None = None
    """The one way that this pair goes, where several values of a side collapse to one of the other."""


class SidedText(Definition):
    """A text for each side."""

    left: str | None = None
    """The text for the left side."""
    right: str | None = None
    """The text for the right side."""


class FieldRule(Definition):
    """How one field is carried; ``left`` and ``right`` name fields of the two resources."""

    name: Name | Literal[""] = ""
    """Name in reports; the left field's name where absent."""
    left: str | None = None
    """The left resource's field; none where a constant or template fills the right one."""
    right: str | None = None
    """The right resource's field; none where a constant or template fills the left one."""
    direction: Direction = "both"
    """Which way the value goes. A constant or template for a side makes the rule go to that side only."""
    conflict: RulePolicy | None = None
    """What happens when both sides moved; the mapping's default where absent. ``merge`` is for lists: what one side
    added or removed holds on both."""
    key: InnerPointer | None = None
    """``merge`` of lists of objects: what makes two of them the same: ``/name``."""
    values: tuple[Pair, ...] = ()
    """Value map: which value of the left side is which of the right. Two ways it must lose nothing."""
    unmapped: Literal["park", "pass", "default"] = "park"
    """A value that ``values`` does not name: parks the field, passes as it is, or becomes the default."""
    lookup: LookupRule | None = None
    """For people, groups, categories: what the field names on one side is found on the other by a key that both have.
    A value that ``values`` names is not looked up."""
    link: LinkRule | None = None
    """For a parent, related or causing ticket: what the field names on one side is a record of a bond, and the other
    side is given the name of its partner."""
    default: Sided = Sided()
    """Written to that side where the other side's value is empty."""
    constant: Sided = Sided()
    """Written to that side at create, whatever the other side holds."""
    template: SidedText = SidedText()
    """Text for that side made of the other side's fields: ``"{number}: {title}"``; ``{{`` stands for ``{``."""
    too_long: Literal["park", "truncate"] = "park"
    """A text longer than the target's ``max``: parks the field, or is cut off (and never copied back cut off)."""
    required: bool = False
    """An empty value may not be carried: it parks the field."""


class Mapping(Definition):
    """A mapping definition."""

    version: Version
    """Version of this spelling."""
    mapping: Name
    """Name of the mapping."""
    title: str = ""
    """What people call it."""
    left: str
    """``system/resource``"""
    right: str
    """``system/resource``"""
    conflict: ConflictPolicy = "manual"
    """What happens when both sides changed one field to different values: ``manual`` holds that field for a person;
    ``newest_wins`` needs stamps on both sides."""
    fields: Annotated[tuple[FieldRule, ...], Field(min_length=1)]
    """The rules, field by field."""
    comments: CommentRule | None = None
    """How comments are carried; None: they are not."""
    attachments: FileRule | None = None
    """How files are carried; None: they are not."""
    tell: Tell = Tell()
    """What both sides' people are told of the bond, in fields of their own record."""
