"""The files of a resource's records: read from wherever the system shows them, downloaded, and added."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ebond.attachments import FILES, File, ShownFile
from ebond.definitions.attachments import Attachments
from ebond.definitions.fields import ResourceField
from ebond.definitions.parents import of_file
from ebond.definitions.system import Resource
from ebond.errors import AnswerError, ValueParked
from ebond.gateway.stream import PIECE, Spool
from ebond.gateway.wire import Request
from ebond.mapping.path import getter
from ebond.records.bodies import constants_in
from ebond.records.child_client import ChildClient, marked
from ebond.records.child_reader import ChildReader
from ebond.records.feed import Sender
from ebond.records.parcels import MARK, Parcel
from ebond.records.place import fill, fill_path
from ebond.records.resource import ResourceClient
from ebond.records.rows import Seen

#: Characters of base64 that are decoded at a time.
_TEXT: int = PIECE // 3 * 4


class FileReader(ChildReader):
    """Reads a file's record out of what a system shows of it."""

    def __init__(self, files: Attachments, resource: Resource) -> None:
        names = (files.name, files.size, files.type, files.digest, files.content.url)
        super().__init__(files, resource, names)
        self._files = files
        field = resource.fields.get(files.content.base64 or "")
        self._content = getter(field.path) if field else None

    def shown(self, seen: Seen) -> ShownFile:
        """Return what a file's record says; its size and digest by its content, where that lies beside it."""
        raw, files = self.view.extract(seen.record), self._files
        digest = self.text(files.digest, raw).strip().lower()
        file = File(
            name=self.text(files.name, raw) or f"file {seen.id}",
            size=self._size(raw),
            type=self.text(files.type, raw),
            digest=f"{files.algorithm}:{digest}" if digest else "",
            url=self.text(files.content.url, raw),
            internal=self.is_internal(seen),
        )
        return ShownFile(seen.id, self._measured(file, seen.record), self.is_own(seen))

    def content(self, record: Mapping[str, Any]) -> str | None:
        """Return the base64 text that a file's record holds; None where it holds none."""
        text = self._content(record) if self._content else None
        return text if isinstance(text, str) else None

    def _measured(self, file: File, record: Mapping[str, Any]) -> File:
        text = self.content(record)
        if text is None:
            return file
        try:
            content = base64.b64decode(text)
        except binascii.Error:
            return file
        return replace(file, size=len(content), digest=f"sha256:{hashlib.sha256(content).hexdigest()}")

    def _size(self, raw: Mapping[str, Any]) -> int | None:
        name = self._files.size
        try:
            size = self.view.canon(name, raw[name]) if name is not None else None
        except ValueParked:
            return None
        return int(size) if isinstance(size, Decimal | int) and size >= 0 else None


class FileClient(ChildClient[ShownFile]):
    """Reads, downloads and adds the files of one resource's records; threads may share it.

    All methods raise CallError from below; AnswerError where what is shown cannot be read.
    """

    kind = "file"

    def __init__(
        self, sender: Sender, records: ResourceClient, files: Attachments, resource: Resource, *, name: str
    ) -> None:
        super().__init__(sender, records, files, resource, name=name)
        self.files = files
        self.reader = FileReader(files, resource)

    def _shown(self, seen: Seen) -> ShownFile:
        return self.reader.shown(seen)

    # -- reading ------------------------------------------------------------------------------------------

    @property
    def reads_records(self) -> bool:
        """Can a record be read by id?"""
        return self._records.resource.read is not None

    def list_of(self, parent: str) -> Any:
        """Read a record, and return the list of its files."""
        return getter(self.files.at or "")(self._records.read(parent).record)

    # -- downloading --------------------------------------------------------------------------------------

    def download(self, parent: str, file_id: str, file: File, into: Spool) -> None:
        """Have a spool take a file's content; raises TooLarge, and AnswerError where it is not what was announced."""
        into.begin()
        if self.files.content.base64 is not None:
            self._decode(parent, file_id, into)
        else:
            self._fetch(parent, file_id, file, into)
        if file.size is not None and into.size != file.size:
            raise AnswerError(f"{self._name}: {into.size} bytes came of {file.size}", todo="See whether it opens there")
        kind = file.digest.partition(":")[0]
        if kind and into.digest(kind) != file.digest:
            raise AnswerError(f"{self._name}: what came has another digest than its record shows")

    def _fetch(self, parent: str, file_id: str, file: File, into: Spool) -> None:
        content, known = self.files.content, {"id": file_id, "parent": parent, "name": file.name}
        path = file.url if content.path is None else fill_path(content.path, **known)
        if not path:
            raise AnswerError(f"{self._name}: the record of the file shows no URL of its content")
        params, headers = fill(content.params, **known), dict(fill(content.headers, **known))
        answer = self._sender.send(
            Request("GET", path, params=params, headers=headers, operation="download", spool=into)
        )
        if answer.content:
            came = answer.headers.get("content-type", "no content type")[:60]
            where = f"request {answer.request_id}"
            raise AnswerError(f"{self._name}: {came} came where a file was asked for", where=where)

    def _decode(self, parent: str, file_id: str, into: Spool) -> None:
        text = self.reader.content(self._record(parent, file_id))
        if text is None:
            raise AnswerError(f"{self._name}: the record of the file does not hold its content")
        text = "".join(text.split())
        try:
            for at in range(0, len(text), _TEXT):
                into.write(base64.b64decode(text[at : at + _TEXT], validate=True))
        except binascii.Error:
            raise AnswerError(f"{self._name}: the content of the file is no base64") from None

    def _record(self, parent: str, file_id: str) -> Mapping[str, Any]:
        if self.files.source != "in_record":
            return self._of(parent).read(file_id).record
        rows = self._rows(self.list_of(parent))
        return next((one.record for one in rows if one.id == file_id), {})

    # -- adding -------------------------------------------------------------------------------------------

    def reserve_once(self, parent: str) -> str | None:
        """Return a URL that creates one file once, or None where the contract has none."""
        return self._of(parent).reserve_once() if self.files.add != "whole_list" else None

    def upload(
        self, parent: str, file: File, contents: Spool, *, media_type: str, sync_id: str, once_url: str | None
    ) -> tuple[str | None, str | None]:
        """Upload a file; return its id and the token that it has to be hung to its record by, where there are such."""
        parcel = self._parcel(file, contents, media_type, sync_id)
        if self.files.add == "whole_list":
            self._send_whole_list(parcel, parent, file, media_type)
            return None, None
        resource = self._creating(parent, file, media_type)
        values = self._values(file, contents, media_type)
        client = ResourceClient(parcel, resource, name=self._name)
        made = client.create(values, sync_id=sync_id, once_url=once_url).id
        return made, self._token(parcel, made)

    def attach(self, parent: str, token: str, file: File, *, media_type: str) -> None:
        """Hang what was uploaded to its record; raises Stale where the record moved meanwhile."""
        attach = self.files.attach
        assert attach is not None, "only where there is a second call"
        self._hang(attach, parent, file=token, name=file.name, type=media_type)

    def _token(self, parcel: Parcel, made: str | None) -> str | None:
        """Return what a second call needs; raises AnswerError where the answer does not tell it."""
        if self.files.attach is None:
            return None
        answer, token = parcel.answer, made
        if self.files.token is not None:
            found = getter(self.files.token)(answer.json()) if answer else None
            token = str(found) if isinstance(found, str | int) else None
        if token is None:
            where = f"request {answer.request_id}" if answer else None
            raise AnswerError(f"{self._name}: the answer does not name what was uploaded", where=where)
        return token

    def _send_whole_list(self, parcel: Parcel, parent: str, file: File, media_type: str) -> None:
        current = self._records.read(parent)
        standing = self._list(getter(self.files.at or "")(current.record))
        new = self._items.create(self._values(file, parcel.contents, media_type), sync_id="")
        constants_in(new, self._marks(internal=file.internal))
        records = ResourceClient(parcel, self._with_list, name=self._records.name)
        records.update(parent, {FILES: [*standing, new]}, version=current.version, current=current.record)

    @property
    def _with_list(self) -> Resource:
        field = ResourceField(path=self.files.at or "", type="json", write="always")
        resource = self._records.resource
        return resource.model_copy(update={"fields": {**resource.fields, FILES: field}})

    def _parcel(self, file: File, contents: Spool, media_type: str, sync_id: str) -> Parcel:
        way = "base64" if self.files.in_json else self.files.add
        assert way in ("raw", "multipart", "base64"), "checked with the definitions"
        kind = (self._said_type or media_type) if way == "raw" else media_type
        return Parcel(self._sender, way, file, kind, contents, self.files.part, boundary=f"ebond-{sync_id}")

    @property
    def _said_type(self) -> str:
        """Return the type that all raw uploads go by, where the contract names one."""
        headers = self.resource.create.headers if self.resource.create else {}
        return next((value for name, value in headers.items() if name.lower() == "content-type"), "")

    def _creating(self, parent: str, file: File, media_type: str) -> Resource:
        resource = self._resource_of(parent)
        size = "" if file.size is None else str(file.size)
        resource = of_file(resource, name=file.name, type=media_type, size=size)
        return marked(resource, self._marks(internal=file.internal))

    def _values(self, file: File, contents: Any, media_type: str) -> dict[str, Any]:
        """Return the raw fields of a new file: what the resource takes of name, size, type, digest and content."""
        files, encode = self.files, self.reader.view.encode
        known: tuple[tuple[str | None, Any], ...] = (
            (files.name, file.name),
            (files.size, Decimal(contents.size)),
            (files.type, media_type),
            (files.digest, contents.digest(files.algorithm).partition(":")[2]),
        )
        values = {name: encode(name, value) for name, value in known if name is not None and self.takes(name)}
        if files.in_json and files.content.base64 is not None:
            values[files.content.base64] = MARK
        return values
