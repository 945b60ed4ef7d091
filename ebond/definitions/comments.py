"""Comments: how those of a record hang together with it, and what becomes of them on the other side.

A comment is a record of a resource of its own (``comment``, ``note``, ``journal entry``), which says where its id,
text, author and time lie, and how one is listed, read and created. In the paths, parameters and constants of that
resource ``{parent}`` stands for the id of the record that the comment belongs to.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.texts import InnerPointer, Name
from ebond.definitions.writing import Action, Constants

Marks = dict[InnerPointer, str | int | bool]
Visibility = Literal["public", "internal", "never"]


class Append(Definition):
    """Fields of the record that take a text and make a comment of it, and show nothing of it afterwards."""

    public: str
    """The field that makes a comment which all may read."""
    internal: str | None = None
    """The field that makes an internal one."""


class Attach(Action):
    """The call that hangs a new comment to its record: ``{id}`` is the record's, ``{comment}`` the comment's."""

    if_match: bool = False
    """The record is read just before, and its version sent: where the contract wants it with every change."""


class Comments(Definition):
    """How the comments of a record hang together with it."""

    resource: str
    """The resource of this system that a comment is."""
    source: Literal["in_record", "ids", "list", "feed"]
    """Where they are read: ``in_record``, a list in the record; ``ids``, a list of ids in the record, each read by
    id; ``list``, a list for each record (``{parent}``); ``feed``, one list for all records."""
    at: InnerPointer | None = None
    """``in_record``, ``ids``: where that list lies in the record. ``list``: what in the record shows that its comments
    may have changed, such as their number; its stamp or version where absent."""
    in_list: bool = True
    """``in_record``, ``ids``: False where the rows of the list do not show them: then records are read by id, each that
    may have changed, and those that show no version and no stamp in every run."""
    parent: str | None = None
    """``feed``: the comment's field that names the record."""
    text: str = "text"
    """The comment's field that holds the text."""
    author: str | None = None
    """The comment's field that names who wrote it."""
    made: str | None = None
    """The comment's field that says when: an ``instant``."""
    internal: Marks = {}
    """What marks a comment that only this side's own people may read: pointer → value. A comment that shows any of
    these is internal."""
    own: Marks = {}
    """What marks a comment that ebond's own account wrote. No such comment is ever carried."""
    add: Literal["none", "create", "append", "whole_list", "json_patch"] = "none"
    """How one is added: ``create`` of the comment's resource, ``append`` by an update of the record, ``whole_list``
    by an update that sends the list with one more, ``json_patch`` by one (RFC 6902) that adds it to the list: what
    others add meanwhile is not written over."""
    append: Append | None = None
    """``append``: the record's fields that take it."""
    attach: Attach | None = None
    """``create``: a second call, where the new comment has to be hung to its record."""
    mark_public: Constants = {}
    """What a new public comment carries besides. The whole text ``{sync_id}`` stands for an id of ours: where it is put
    at a note's own id (``whole_list``, ``json_patch``), the note is known again by it."""
    mark_internal: Constants | None = None
    """What a new internal comment carries besides; where absent, none can be added."""

    @property
    def adds_internal(self) -> bool:
        """Can an internal comment be added?"""
        if self.add == "append":
            return self.append is not None and self.append.internal is not None
        return self.add != "none" and self.mark_internal is not None


class CommentsWay(Definition):
    """What becomes of one side's comments on the other side."""

    public: Visibility = "public"
    """What a public comment becomes there; ``never``: it stays."""
    internal: Visibility = "never"
    """What an internal comment becomes there. Nothing internal leaves unless this says so."""
    template: str | None = None
    """The text that is written: ``"{author} ({made}): {text}"``. Where absent: the text alone where the other side
    takes author and time in fields of their own, or else with these in front."""


class CommentRule(Definition):
    """How comments are carried between the two resources of a mapping."""

    to_right: CommentsWay = CommentsWay()
    """What the left side's comments become on the right."""
    to_left: CommentsWay = CommentsWay()
    """What the right side's comments become on the left."""
    history: Literal["all", "none"] = "all"
    """Whether comments are carried that were there before the two records were linked. Equal texts on both sides are
    taken for one comment."""
    edits: Literal["ignore", "append"] = "ignore"
    """What follows from a comment that was changed after it was carried: nothing, or a comment with the new text."""
    deletions: Literal["ignore", "append"] = "ignore"
    """What follows from a comment that was deleted after it was carried: nothing, or a comment that says so."""
    too_long: Literal["park", "truncate"] = "park"
    """A text longer than the other side takes: stays and is reported, or is cut off."""
    edited: Annotated[str, Field(min_length=1)] = "[changed] {text}"
    """``edits: append``: the text then, in place of ``{text}``."""
    deleted: Annotated[str, Field(min_length=1)] = "[deleted there] {made}"
    """``deletions: append``: the text then."""


#: What a template of a comment may name.
PLACEHOLDERS: tuple[Name, ...] = ("text", "author", "made", "system")
