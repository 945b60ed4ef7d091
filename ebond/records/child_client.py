"""The children of a resource's records: read from wherever the system shows them, and hung to their records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from ebond.definitions.attachments import Attachments
from ebond.definitions.comments import Attach, Comments
from ebond.definitions.parents import of_parent
from ebond.definitions.system import Resource
from ebond.errors import AnswerError, Gone
from ebond.gateway.wire import Request
from ebond.records.bodies import Bodies, constants_in
from ebond.records.encoding import encoded
from ebond.records.feed import Sender
from ebond.records.place import fill, fill_path
from ebond.records.resource import ResourceClient
from ebond.records.rows import Seen
from ebond.records.version import if_match

S = TypeVar("S")


class ChildClient(ABC, Generic[S]):
    """Reads and adds one kind of children of one resource's records; threads may share it.

    All methods raise CallError from below; AnswerError where what is shown cannot be read.
    """

    #: What one is called in errors.
    kind: ClassVar[str]

    def __init__(
        self, sender: Sender, records: ResourceClient, part: Comments | Attachments, resource: Resource, *, name: str
    ) -> None:
        self.resource = resource
        self._part, self._sender, self._records, self._name = part, sender, records, name
        self._counted = records.resource.id_type == "number"
        self._plain = ResourceClient(sender, resource, name=name)
        self._items = Bodies(resource.model_copy(update={"create": None, "correlation": None, "wrap": None}))

    @abstractmethod
    def _shown(self, seen: Seen) -> S:
        """Return what a record of the children's resource says."""

    # -- reading ------------------------------------------------------------------------------------------

    def in_record(self, value: Any) -> list[S]:
        """Read the children of a list that lies in the record."""
        return [self._shown(one) for one in self._rows(value)]

    def ids(self, value: Any) -> list[str]:
        """Read the ids of a list that lies in the record."""
        reader = self._plain.reader
        ids = [reader.id_of(one) if isinstance(one, dict) else reader.id_text(one) for one in self._list(value)]
        return [one for one in ids if one is not None]

    def read(self, parent: str, child_id: str) -> S | None:
        """Read one by id; None where it is gone."""
        try:
            return self._shown(self._of(parent).read(child_id))
        except Gone:
            return None

    def listed(self, parent: str) -> list[S]:
        """Read the list of one record's children."""
        return [one for page in self.pages(parent) for one in page]

    def pages(self, parent: str) -> Iterator[list[S]]:
        """Yield the children of one record page by page."""
        for page in self._of(parent).pages(None):
            if page.faults:
                raise AnswerError(f"{self._name}: a {self.kind} cannot be read: {page.faults[0].reason}")
            yield [self._shown(seen) for seen in page.rows if not seen.deleted]

    def _rows(self, value: Any) -> Sequence[Seen]:
        seen, faults = self._plain.reader.rows(self._list(value))
        if faults:
            raise AnswerError(f"{self._name}: a {self.kind} in the record cannot be read: {faults[0].reason}")
        return seen

    def _list(self, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise AnswerError(f"{self._name}: no list of {self.kind}s at {self._part.at!r} of the record")
        return value

    # -- adding -------------------------------------------------------------------------------------------

    def takes(self, name: str | None) -> bool:
        """Does a new one take a field?"""
        return name is not None and self.resource.fields[name].write != "never"

    def _hang(self, attach: Attach, parent: str, **known: str) -> None:
        """Hang what was made to its record; raises Stale where the record moved meanwhile."""
        headers: dict[str, str] = {}
        if attach.if_match:
            updating = self._records.resource.update
            version = self._records.read(parent).version
            headers["If-Match"] = if_match(version, quote=updating is not None and updating.quote)
        body: dict[str, Any] = {}
        constants_in(body, attach.constants, id=parent, **known)
        path, params = fill_path(attach.path, id=parent, **known), fill(attach.params, id=parent, **known)
        encoded(self._sender, self._records.resource).send(
            Request(attach.method, path, params=params, headers=headers, json=body or None, operation="update")
        )

    def _marks(self, *, internal: bool) -> Mapping[str, Any]:
        return (self._part.mark_internal or {}) if internal else self._part.mark_public

    def _of(self, parent: str) -> ResourceClient:
        return ResourceClient(self._sender, self._resource_of(parent), name=self._name)

    def _resource_of(self, parent: str) -> Resource:
        return of_parent(self.resource, parent, counted=self._counted)


def marked(resource: Resource, marks: Mapping[str, Any]) -> Resource:
    """Return the resource as it is for a new one that carries these constants besides."""
    if resource.create is None or not marks:
        return resource
    creating = resource.create.model_copy(update={"constants": {**resource.create.constants, **marks}})
    return resource.model_copy(update={"create": creating})
