"""The comments of a resource's records: read from wherever the system shows them, and added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ebond.comments import COMMENTS, Body, Shown
from ebond.definitions.comments import Comments
from ebond.definitions.parents import of_parent
from ebond.definitions.system import Resource
from ebond.errors import AnswerError, Gone, Refused, ValueParked
from ebond.gateway.wire import Request
from ebond.mapping.canonical import text_of
from ebond.mapping.frozen import fingerprint
from ebond.mapping.path import getter
from ebond.mapping.side import SideView
from ebond.records.bodies import Bodies, constants_in
from ebond.records.encoding import encoded
from ebond.records.feed import Sender
from ebond.records.marks import compile_marks
from ebond.records.place import fill, fill_path
from ebond.records.resource import ResourceClient
from ebond.records.rows import Page, Seen
from ebond.records.version import if_match

#: What stands for an id of ours in constants.
SYNC_ID: Final = "{sync_id}"


class CommentReader:
    """Reads a comment out of what a system shows of it."""

    def __init__(self, comments: Comments, resource: Resource) -> None:
        self._comments = comments
        names = (comments.text, comments.author, comments.made, comments.parent)
        self.view = SideView(resource, [name for name in names if name is not None])
        self._internal = compile_marks(comments.internal)
        self._own = compile_marks(comments.own)

    def shown(self, seen: Seen) -> Shown:
        """Return what a record of the comments' resource says."""
        raw, comments = self.view.extract(seen.record), self._comments
        internal = self._internal is not None and self._internal(seen.record)
        own = self._own is not None and self._own(seen.record)
        body = Body(
            text=self._text(comments.text, raw),
            author=self._text(comments.author, raw) if comments.author else "",
            made=self._made(raw),
            internal=internal,
        )
        return Shown(seen.id, body, own)

    def parent(self, seen: Seen) -> str | None:
        """Return the id of the record that a comment of a feed belongs to."""
        name = self._comments.parent
        return (self._text(name, self.view.extract(seen.record)) or None) if name else None

    def _text(self, name: str, raw: Mapping[str, Any]) -> str:
        try:
            return text_of(self.view.canon(name, raw[name]))
        except ValueParked:
            # Whatever it is, it is no text; to lose the others for it would be worse.
            return ""

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


class CommentClient:
    """Reads and adds the comments of one resource's records; threads may share it.

    All methods raise CallError from below; AnswerError where what is shown cannot be read.
    """

    def __init__(
        self, sender: Sender, records: ResourceClient, comments: Comments, resource: Resource, *, name: str
    ) -> None:
        self.comments, self.resource = comments, resource
        self.reader = CommentReader(comments, resource)
        self._sender, self._records, self._name = sender, records, name
        self._counted = records.resource.id_type == "number"
        self._plain = ResourceClient(sender, resource, name=name)
        self._items = Bodies(resource.model_copy(update={"create": None, "correlation": None, "wrap": None}))

    # -- reading ------------------------------------------------------------------------------------------

    def in_record(self, value: Any) -> list[Shown]:
        """Read the comments of a list that lies in the record."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise AnswerError(f"{self._name}: no list at {self.comments.at!r} of the record")
        seen, faults = self._plain.reader.rows(value)
        if faults:
            raise AnswerError(f"{self._name}: a comment in the record cannot be read: {faults[0].reason}")
        return [self.reader.shown(one) for one in seen]

    def ids(self, value: Any) -> list[str]:
        """Read the ids of a list that lies in the record."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise AnswerError(f"{self._name}: no list of ids at {self.comments.at!r} of the record")
        reader = self._plain.reader
        ids = [reader.id_of(one) if isinstance(one, dict) else reader.id_text(one) for one in value]
        return [one for one in ids if one is not None]

    def read(self, parent: str, comment_id: str) -> Shown | None:
        """Read one comment by id; None where it is gone."""
        try:
            return self.reader.shown(self._of(parent).read(comment_id))
        except Gone:
            return None

    def listed(self, parent: str) -> Iterator[list[Shown]]:
        """Yield the comments of one record page by page."""
        for page in self._of(parent).pages(None):
            if page.faults:
                raise AnswerError(f"{self._name}: a comment cannot be read: {page.faults[0].reason}")
            yield [self.reader.shown(seen) for seen in page.rows if not seen.deleted]

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
        attach = self.comments.attach
        if attach is None:
            return
        headers: dict[str, str] = {}
        if attach.if_match:
            updating = self._records.resource.update
            version = self._records.read(parent).version
            headers["If-Match"] = if_match(version, quote=updating is not None and updating.quote)
        body: dict[str, Any] = {}
        constants_in(body, attach.constants, id=parent, comment=comment_id)
        path = fill_path(attach.path, id=parent, comment=comment_id)
        params = fill(attach.params, id=parent, comment=comment_id)
        encoded(self._sender, self._records.resource).send(
            Request(attach.method, path, params=params, headers=headers, json=body or None, operation="update")
        )

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

    def takes(self, name: str | None) -> bool:
        """Does a new comment take a field?"""
        return name is not None and self.resource.fields[name].write != "never"

    def _marks(self, *, internal: bool) -> Mapping[str, Any]:
        return (self.comments.mark_internal or {}) if internal else self.comments.mark_public

    def _of(self, parent: str, *, internal: bool = False) -> ResourceClient:
        resource = of_parent(self.resource, parent, counted=self._counted)
        marks = self._marks(internal=internal)
        if resource.create is not None and marks:
            creating = resource.create.model_copy(update={"constants": {**resource.create.constants, **marks}})
            resource = resource.model_copy(update={"create": creating})
        return ResourceClient(self._sender, resource, name=self._name)
