"""The comments of a resource's records: read from wherever the system shows them, and added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ebond.comments import COMMENTS, Body, Shown
from ebond.definitions.comments import Comments
from ebond.definitions.system import Resource
from ebond.errors import Refused, ValueParked
from ebond.gateway.wire import Request
from ebond.mapping.canonical import text_of
from ebond.mapping.frozen import fingerprint
from ebond.mapping.path import getter
from ebond.records.bodies import constants_in
from ebond.records.child_client import ChildClient, marked
from ebond.records.child_reader import ChildReader
from ebond.records.feed import Sender
from ebond.records.place import fill, fill_path
from ebond.records.resource import ResourceClient
from ebond.records.rows import Page, Seen
from ebond.records.version import if_match

#: What stands for an id of ours in constants.
SYNC_ID: Final = "{sync_id}"


class CommentReader(ChildReader):
    """Reads a comment out of what a system shows of it."""

    def __init__(self, comments: Comments, resource: Resource) -> None:
        super().__init__(comments, resource, (comments.text, comments.author, comments.made, comments.parent))
        self._comments = comments

    def shown(self, seen: Seen) -> Shown:
        """Return what a record of the comments' resource says."""
        raw, comments = self.view.extract(seen.record), self._comments
        body = Body(
            text=self.text(comments.text, raw),
            author=self.text(comments.author, raw),
            made=self._made(raw),
            internal=self.is_internal(seen),
        )
        return Shown(seen.id, body, self.is_own(seen))

    def parent(self, seen: Seen) -> str | None:
        """Return the id of the record that a comment of a feed belongs to."""
        name = self._comments.parent
        return (self.text(name, self.view.extract(seen.record)) or None) if name else None

    def _made(self, raw: Mapping[str, Any]) -> datetime | None:
        name = self._comments.made
        try:
            made = self.view.canon(name, raw[name]) if name else None
        except ValueParked:
            return None
        return made if isinstance(made, datetime) else None

    def copy_digest(self, text: str) -> bytes:
        """Return what tells a text written here from others, once the system has shown it in its own form."""
        canon = self.view.codec(self._comments.text).canon
        return fingerprint(" ".join(text_of(canon(text)).split()), size=12)


class CommentClient(ChildClient[Shown]):
    """Reads and adds the comments of one resource's records; threads may share it.

    All methods raise CallError from below; AnswerError where what is shown cannot be read.
    """

    kind = "comment"

    def __init__(
        self, sender: Sender, records: ResourceClient, comments: Comments, resource: Resource, *, name: str
    ) -> None:
        super().__init__(sender, records, comments, resource, name=name)
        self.comments = comments
        self.reader = CommentReader(comments, resource)

    def _shown(self, seen: Seen) -> Shown:
        return self.reader.shown(seen)

    def feed(self, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of the one list of all comments."""
        return self._plain.pages(since)

    # -- adding -------------------------------------------------------------------------------------------

    def reserve_once(self, parent: str) -> str | None:
        """Return a URL that creates one comment once, or None where the contract has none."""
        return self._of(parent).reserve_once() if self.comments.add == "create" else None

    def create(self, parent: str, body: Body, *, sync_id: str, once_url: str | None) -> str | None:
        """Create a comment; return its id, None where the answer names none."""
        values = self._values(body, parent)
        return self._of(parent, internal=body.internal).create(values, sync_id=sync_id, once_url=once_url).id

    def attach(self, parent: str, comment_id: str) -> None:
        """Hang a created comment to its record; raises Stale where the record moved meanwhile."""
        if self.comments.attach is not None:
            self._hang(self.comments.attach, parent, comment=comment_id)

    def append(self, parent: str, body: Body) -> None:
        """Have the record take a comment by one of its fields."""
        fields = self.comments.append
        name = (fields.internal if body.internal else fields.public) if fields else None
        assert name is not None, "checked with the definitions"
        current = self._records.read(parent)
        self._records.update(parent, {name: body.text}, version=current.version, current=current.record)

    @property
    def names_them(self) -> bool:
        """Do comments that we add bear an id of ours?"""
        comments = self.comments
        return comments.add in ("whole_list", "json_patch") and comments.mark_public.get(self.resource.id) == SYNC_ID

    def send_whole_list(self, parent: str, body: Body, *, sync_id: str) -> None:
        """Send the record's list with one comment more; raises Stale where the record moved meanwhile."""
        current = self._records.read(parent)
        standing = getter(self._records.resource.fields[COMMENTS].path)(current.record) or []
        new = self._item(parent, body, sync_id)
        self._records.update(parent, {COMMENTS: [*standing, new]}, version=current.version, current=current.record)

    def add_to_list(self, parent: str, body: Body, *, sync_id: str) -> None:
        """Have the record's list grow by one comment; raises Stale where the contract checks versions.

        A record that shows no list yet refuses that, and is given one.
        """
        at, new = self.comments.at or "", self._item(parent, body, sync_id)
        try:
            self._patch(parent, {"op": "add", "path": f"{at}/-", "value": new})
        except Refused:
            if getter(at)(self._records.read(parent).record) is not None:
                raise
            self._patch(parent, {"op": "add", "path": at, "value": [new]})

    def _patch(self, parent: str, operation: Mapping[str, Any]) -> None:
        updating = self._records.resource.update
        assert updating is not None, "checked with the definitions"
        headers = dict(fill(updating.headers, id=parent))
        if updating.precondition == "if_match":
            headers["If-Match"] = if_match(self._records.read(parent).version, quote=updating.quote)
        request = Request(
            "PATCH",
            fill_path(updating.path, id=parent),
            params=fill(updating.params, id=parent),
            headers=headers,
            json=[operation],
            media_type="application/json-patch+json",
            operation="update",
        )
        self._sender.send(request)

    def _item(self, parent: str, body: Body, sync_id: str) -> dict[str, Any]:
        """Return a comment as a member of the record's list."""
        new: dict[str, Any] = self._items.create(self._values(body, parent), sync_id="")
        constants_in(new, self._marks(internal=body.internal), sync_id=sync_id)
        return new

    def _values(self, body: Body, parent: str) -> dict[str, Any]:
        """Return the raw fields of a new comment: what the resource takes of text, author, time and record."""
        comments, encode = self.comments, self.reader.view.encode
        values: dict[str, Any] = {comments.text: encode(comments.text, body.text)}
        for name, value in ((comments.author, body.author or None), (comments.made, body.made)):
            if name is not None and value is not None and self.takes(name):
                values[name] = encode(name, value)
        if comments.parent is not None and self.takes(comments.parent):
            counted = self.resource.fields[comments.parent].type == "number"
            values[comments.parent] = int(parent) if counted and parent.isdigit() else parent
        return values

    def _of(self, parent: str, *, internal: bool = False) -> ResourceClient:
        resource = marked(self._resource_of(parent), self._marks(internal=internal))
        return ResourceClient(self._sender, resource, name=self._name)
