"""Reading one record: by its id, or by the correlation that we gave it."""

from __future__ import annotations

from typing import Any, Final

from ebond.definitions.system import Lookup, Resource
from ebond.errors import AnswerError, CallError, ContractError, FeedError, Gone
from ebond.gateway.wire import Answer, Request
from ebond.mapping.path import getter
from ebond.records.envelope import Envelope
from ebond.records.feed import Sender
from ebond.records.marks import compile_marks
from ebond.records.place import fill, fill_body, fill_path
from ebond.records.reader import RowReader
from ebond.records.rows import RowFault, Seen
from ebond.records.version import header_version

#: A look-up that names more bare ids than this has found everything but what was asked for.
MOST_READ: Final = 3


class SingleReader:
    """Reads single records of one resource."""

    def __init__(self, sender: Sender, resource: Resource, reader: RowReader, *, name: str) -> None:
        self._sender = sender
        self._resource = resource
        self._reader = reader
        self._name = name
        self._reading = reading = resource.read
        self._envelope = Envelope(
            reading.record if reading else "",
            name=f"a read of {name}",
            kind="map" if reading and reading.keyed else "records",
        )
        self._counted = resource.id_type == "number"
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
        known = int(record_id) if self._counted and record_id.isdigit() else record_id
        asked = fill_body(self._reading.body, {"id": known}) or None
        answer = self._sender.send(Request(self._reading.method, path, params=params, json=asked, operation="read"))
        body = answer.json()
        if self._reading.absent == "gone" and self._envelope.lacks(body):
            raise self._gone(record_id, answer, "is not there")
        record = self._envelope.record(answer, body)
        seen = self.as_seen(answer, record, self._reader.id_of(record) or record_id)
        if seen.deleted or (self._deleted is not None and self._deleted(record)):
            raise self._gone(record_id, answer, "is marked as deleted")
        return seen

    def _gone(self, record_id: str, answer: Answer, why: str) -> Gone:
        return Gone(
            f"{self._name} {record_id} {why}",
            status=answer.status,
            request_id=answer.request_id,
            gateway_id=answer.gateway_id,
        )

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
        lookup = resource.lookup
        self._envelope = Envelope(
            records,
            name=f"the look-up of {name}",
            kind=lookup.rows if lookup else "records",
            absent=lookup is not None and lookup.absent == "none",
            id_at=resource.id,
        )
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
        if self._lookup.rows == "ids":
            return self._read_each(rows, sync_id)
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

    def _read_each(self, stubs: list[Any], sync_id: str) -> list[Seen]:
        """Read what a look-up names by bare ids, and keep what is ours."""
        if len(stubs) > MOST_READ:
            raise FeedError(
                f"the look-up of {self._name} names {len(stubs)} records",
                todo="The system seems to ignore the filter: check 'lookup'",
            )
        shown = self._correlation
        assert shown is not None, "seen to before"
        ids = [self._reader.id_of(stub) for stub in stubs]
        read = [self._single.read(one) for one in ids if one is not None]
        ours = [seen for seen in read if shown(seen.record) == sync_id]
        if stubs and not ours:
            raise FeedError(
                f"the look-up of {self._name} names {len(stubs)} records, and none is the one asked for",
                todo="The system seems to ignore the filter, or hides the correlation field: check 'lookup'",
            )
        return ours

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
        asked = fill_body(lookup.body, {"sync_id": sync_id}) or None
        try:
            answer = self._sender.send(Request(lookup.method, path, params=params, json=asked, operation="lookup"))
        except CallError as error:
            if error.status in lookup.none_status:
                return []
            if not isinstance(error, Gone):
                raise
            # Only where the path itself names the record does 'not found' speak of the record.
            if "{sync_id}" in lookup.path:
                return []
            raise
        if answer.status in lookup.none_status:
            return []
        body = answer.json()
        record = self._records(body)
        alone = isinstance(record, dict) and lookup.rows == "records"
        return [record] if alone else self._envelope.rows(answer, body)

    def _seen(self, row: dict[str, Any]) -> Seen:
        seen = self._reader.row(row)
        if isinstance(seen, RowFault):
            raise AnswerError(f"the look-up of {self._name} shows our record, but {seen.reason}")
        return seen
