"""Reading one record: by its id, or by the correlation that we gave it."""

from __future__ import annotations

from typing import Any

from ebond.definitions.system import Lookup, Resource
from ebond.errors import AnswerError, ContractError, FeedError, Gone
from ebond.gateway.wire import Answer, Request
from ebond.mapping.path import getter
from ebond.records.envelope import Envelope
from ebond.records.feed import Sender
from ebond.records.marks import compile_marks
from ebond.records.place import fill, fill_path
from ebond.records.reader import RowReader
from ebond.records.rows import RowFault, Seen
from ebond.records.version import header_version


class SingleReader:
    """Reads single records of one resource."""

    def __init__(self, sender: Sender, resource: Resource, reader: RowReader, *, name: str) -> None:
        self._sender = sender
        self._resource = resource
        self._reading = resource.read
        self._reader = reader
        self._name = name
        self._envelope = Envelope(resource.read.record if resource.read else "", name=f"a read of {name}")
        self._deleted = compile_marks(resource.read.deleted) if resource.read else None

    def read(self, record_id: str) -> Seen:
        """Read a record by id.

        Raises Gone where there is none or a mark says that it is deleted, AnswerError where the answer holds
        no record. A record that now answers under another id (moved, merged) comes back with that id.
        """
        if self._reading is None:
            raise ContractError(f"the contract has no read by id for {self._name}")
        params = fill(self._reading.params, id=record_id)
        path = fill_path(self._reading.path, id=record_id)
        answer = self._sender.send(Request("GET", path, params=params, operation="read"))
        record = self._envelope.record(answer, answer.json())
        seen = self.as_seen(answer, record, self._reader.id_of(record) or record_id)
        if seen.deleted or (self._deleted is not None and self._deleted(record)):
            raise Gone(
                f"{self._name} {record_id} is marked as deleted",
                status=answer.status,
                request_id=answer.request_id,
                gateway_id=answer.gateway_id,
            )
        return seen

    def as_seen(self, answer: Answer, record: dict[str, Any], record_id: str) -> Seen:
        """Read a record out of an answer that holds it alone, with the version that a header may carry."""
        seen = self._reader.as_record(record, record_id)
        if isinstance(seen, RowFault):
            where = f"request {answer.request_id}"
            raise AnswerError(f"{self._name} {record_id}: {seen.reason}", where=where)
        if seen.version is not None or self._resource.version_header is None:
            return seen
        version = header_version(answer.headers, self._resource.version_header)
        return Seen(seen.id, version, seen.updated, seen.record, seen.deleted)


class Finder:
    """Finds our own records by their correlation field; the server's filter is never trusted."""

    def __init__(
        self, sender: Sender, resource: Resource, single: SingleReader, reader: RowReader, *, name: str
    ) -> None:
        self._sender = sender
        self._resource = resource
        self._lookup = resource.lookup
        self._single = single
        self._reader = reader
        self._name = name
        records = resource.lookup.records if resource.lookup else ""
        self._records = getter(records)
        self._envelope = Envelope(records, name=f"the look-up of {name}")
        field = resource.fields.get(resource.correlation or "")
        self._correlation = getter(field.path) if field else None

    def find(self, sync_id: str) -> list[Seen]:
        """Return the records whose correlation field is exactly ``sync_id``; one alone is read whole.

        An answer that proves nothing raises FeedError and never reads as 'there is none', since a second
        record would be made of that: strangers without one match (the system ignores the filter), or rows
        that do not show the correlation field.
        """
        if self._chosen_by_us:
            return self._by_our_id(sync_id)
        if self._lookup is None or self._correlation is None:
            raise ContractError(f"the contract has no look-up by correlation for {self._name}")
        rows, shown = self._rows(self._lookup, sync_id), self._correlation
        matches = [row for row in rows if isinstance(row, dict) and shown(row) == sync_id]
        if rows and not matches:
            raise FeedError(
                f"the look-up of {self._name} shows {len(rows)} records, and none is the one asked for",
                todo="The system seems to ignore the filter, or hides the correlation field: check 'lookup'",
            )
        found = [self._seen(row) for row in matches]
        # A list may show less than the record: what a look-up leaves out must not look empty.
        whole = "{sync_id}" in self._lookup.path or self._resource.read is None
        return [self._single.read(found[0].id)] if len(found) == 1 and not whole else found

    @property
    def _chosen_by_us(self) -> bool:
        creating = self._resource.create
        ours = creating is not None and creating.once.kind == "client_id"
        return ours and self._lookup is None and self._resource.read is not None

    def _by_our_id(self, sync_id: str) -> list[Seen]:
        try:
            return [self._single.read(sync_id)]
        except Gone:
            return []

    def _rows(self, lookup: Lookup, sync_id: str) -> list[Any]:
        path, params = fill_path(lookup.path, sync_id=sync_id), fill(lookup.params, sync_id=sync_id)
        try:
            answer = self._sender.send(Request("GET", path, params=params, operation="lookup"))
        except Gone:
            # Only where the path itself names the record does 'not found' speak of the record.
            if "{sync_id}" in lookup.path:
                return []
            raise
        body = answer.json()
        record = self._records(body)
        return [record] if isinstance(record, dict) else self._envelope.rows(answer, body)

    def _seen(self, row: dict[str, Any]) -> Seen:
        seen = self._reader.row(row)
        if isinstance(seen, RowFault):
            raise AnswerError(f"the look-up of {self._name} shows our record, but {seen.reason}")
        return seen
