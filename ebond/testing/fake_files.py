"""Files of a fake system's records, shown, given and taken in every way that real systems have.

It stands before a ``FakeApi`` (or the ``FakeTalk`` before that) as one more application: what is about files is
answered here, and what that shows of its records is completed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ebond.definitions.system import Resource
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.fake_api import FakeApi
from ebond.testing.faults import App
from ebond.testing.pointers import look, put
from ebond.testing.preset import Preset

Source = Literal["in_record", "ids", "list"]
Add = Literal["raw", "multipart", "base64", "two_step", "whole_list", "none"]
FILE: Final = "file"
ACCOUNT: Final = "ebond"
_BINARY: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file, as it stands there."""

    id: str
    ticket: str
    name: str
    type: str
    content: bytes
    by: str
    internal: bool = False
    attached: bool = True


class FakeFiles:
    """Serves the files of a fake system.

    ``style`` bends each name that it takes; ``largest`` and ``types`` are what it takes, of which its contract need not
    know; ``shows`` which of size, type and sha256 its records show; ``one_name``: a second file of a name is refused.
    """

    def __init__(self, api: FakeApi, app: App, *, public: str) -> None:
        self.api, self.app, self.system, self.public = api, app, api.system, public
        files = api.resource.attachments
        assert files is not None
        self._files = files
        self._kept: dict[str, Kept] = {}
        self._keys: dict[str, str] = {}
        self.style: Callable[[str], str] = str
        self.largest: int | None = None
        self.types: Sequence[str] = ()
        self.shows: Sequence[str] = ("size", "type", "sha256")
        self.one_name = False
        self.calls: list[str] = []

    # -- people -------------------------------------------------------------------------------------------

    def person_adds(
        self, ticket: str, name: str, content: bytes = b"x", *, kind: str = _BINARY, internal: bool = False
    ) -> str:
        """Add a file as a person does; return its id."""
        made = self._new(ticket, name, kind, content, by="Ann", internal=internal)
        return self._add(made, cause="person").id

    def person_changes(self, file_id: str, content: bytes) -> None:
        """Put another content into a file as a person does."""
        old = self._kept[file_id]
        self._kept[file_id] = replace(old, content=content)
        self.system.touch(old.ticket, cause="person")

    def person_deletes(self, file_id: str) -> None:
        """Delete a file as a person does."""
        self.system.touch(self._kept.pop(file_id).ticket, cause="person")

    def of(self, ticket: str) -> list[Kept]:
        """Return the files of a record, in the order they came."""
        return [one for one in self._kept.values() if one.ticket == ticket and one.attached]

    def standing(self, ticket: str) -> list[tuple[str, bytes]]:
        """Return (name, content) of the files of a record."""
        return [(one.name, one.content) for one in self.of(ticket)]

    # -- HTTP ---------------------------------------------------------------------------------------------

    def __call__(self, raw: Raw) -> RawAnswer:
        """Answer one call, whose URL is the backend's own."""
        path, params = urlsplit(raw.url).path, dict(parse_qsl(urlsplit(raw.url).query))
        for method, pattern, answer in self._routes():
            match = re.fullmatch(pattern, path)
            if match and raw.method == method:
                self.calls.append(f"{method} {path}")
                return answer(raw, params, *(unquote(part) for part in match.groups()))
        return self._completed(raw, path)

    def _routes(self) -> list[tuple[str, str, Callable[..., RawAnswer]]]:
        return [
            ("GET", r"/tickets/([^/]+)/files", self._list),
            ("POST", r"/tickets/([^/]+)/files", self._take),
            ("PUT", r"/tickets/([^/]+)/files/([^/]+)", self._attach),
            ("POST", r"/uploads", self._take_loose),
            ("GET", r"/files/([^/]+)", self._read),
            ("GET", r"/files/([^/]+)/content", self._give),
        ]

    def _list(self, _: Raw, params: Mapping[str, str], ticket: str) -> RawAnswer:
        first, most = int(params.get("offset", 0)), int(params.get("limit", 100))
        rows = [self._row(one) for one in self.of(ticket)]
        return _json(200, {"items": rows[first : first + most], "total": len(rows)})

    def _read(self, _: Raw, __: Mapping[str, str], file_id: str) -> RawAnswer:
        one = self._kept.get(file_id)
        return _json(200, self._row(one, whole=True)) if one else _error(404, "not_found")

    def _give(self, _: Raw, __: Mapping[str, str], file_id: str) -> RawAnswer:
        one = self._kept.get(file_id)
        if one is None:
            return _error(404, "not_found")
        return RawAnswer(200, {"content-type": one.type, "content-length": str(len(one.content))}, one.content)

    def _take(self, raw: Raw, params: Mapping[str, str], ticket: str) -> RawAnswer:
        headers = {name.lower(): value for name, value in raw.headers.items()}
        key = headers.get("idempotency-key", "")
        if key and key in self._keys:
            return _json(201, {"id": self._keys[key]})
        made = self._unpacked(raw, headers, params, ticket)
        refusal = self._refusal(made)
        if refusal is not None:
            return refusal
        self._add(made, cause="api:files")
        if key:
            self._keys[key] = made.id
        return _json(201, {"id": made.id})

    def _take_loose(self, raw: Raw, params: Mapping[str, str]) -> RawAnswer:
        headers = {name.lower(): value for name, value in raw.headers.items()}
        made = self._unpacked(raw, headers, params, "")
        refusal = self._refusal(made)
        if refusal is not None:
            return refusal
        self._kept[made.id] = replace(made, attached=False)
        return _json(201, {"upload": {"token": f"token-{made.id}"}})

    def _attach(self, raw: Raw, _: Mapping[str, str], ticket: str, token: str) -> RawAnswer:
        one = self._kept.get(token.removeprefix("token-"))
        if one is None:
            return _error(422, "no_such_token")
        said = orjson.loads(raw.content) if raw.content else {}
        named = replace(one, name=self.style(said.get("name", one.name)), type=said.get("type", one.type))
        self._kept[one.id] = replace(named, ticket=ticket, attached=True)
        self.system.touch(ticket, cause="api:files")
        return _json(200, {})

    # -- what comes in ------------------------------------------------------------------------------------

    def _unpacked(self, raw: Raw, headers: Mapping[str, str], params: Mapping[str, str], ticket: str) -> Kept:
        kind = headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return self._from_form(raw.content, kind.partition("boundary=")[2], ticket)
        if self._files.in_json:
            return self._from_json(orjson.loads(raw.content), ticket)
        return self._new(ticket, params.get("name", ""), kind, raw.content, by=ACCOUNT)

    def _from_form(self, content: bytes, boundary: str, ticket: str) -> Kept:
        fields: dict[str, bytes] = {}
        name, kind = "", ""
        for part in content.split(b"--" + boundary.encode())[1:-1]:
            head, _, body = part[2:-2].partition(b"\r\n\r\n")
            said = head.decode()
            field = re.search(r'name="([^"]*)"', said)
            fields[field[1] if field else ""] = body
            filename = re.search(r'filename="([^"]*)"', said)
            # The file is the last part.
            name = unquote(filename[1]) if filename else ""
            kind = said.partition("Content-Type: ")[2]
        internal = fields.get("internal", b"") == b"true"
        return self._new(ticket, name, kind, fields.get("content", b""), by=ACCOUNT, internal=internal)

    def _from_json(self, body: Mapping[str, Any], ticket: str) -> Kept:
        content = base64.b64decode(body["body"], validate=True)
        kind, internal = body.get("type", _BINARY), bool(body.get("internal"))
        return self._new(ticket, body["name"], kind, content, by=ACCOUNT, internal=internal)

    def _refusal(self, made: Kept) -> RawAnswer | None:
        if self.largest is not None and len(made.content) > self.largest:
            return _error(413, "too_large")
        if self.types and made.type not in self.types:
            return _error(415, "type_not_taken")
        if self.one_name and any(one.name == made.name for one in self.of(made.ticket)):
            return _error(409, "name_taken")
        return None

    # -- records that show or take files ------------------------------------------------------------------

    def _completed(self, raw: Raw, path: str) -> RawAnswer:
        match = re.fullmatch(r"/tickets/([^/]+)", path)
        ticket, new = unquote(match.group(1)) if match else "", []
        if ticket and raw.method in ("PATCH", "PUT", "POST") and raw.content and self._files.add == "whole_list":
            body = orjson.loads(raw.content)
            new = [self._from_json(one, ticket) for one in body.pop("files", []) if one.get("id") not in self._kept]
            refusal = next((refusal for one in new if (refusal := self._refusal(one)) is not None), None)
            if refusal is not None:
                return refusal
            raw = replace(raw, content=orjson.dumps(body))
        answer = self.app(raw)
        if answer.status >= 300 or not answer.content:
            return answer
        for one in new:
            self._add(one, cause="api:files")
        body, resource = orjson.loads(answer.content), self.api.resource
        rows = look(body, resource.list.records)
        if not isinstance(rows, list) or self._files.in_list:
            for row in rows if isinstance(rows, list) else [body]:
                self._complete(row, resource)
        return RawAnswer(answer.status, answer.headers, orjson.dumps(body))

    def _complete(self, row: Any, resource: Resource) -> None:
        at = self._files.at
        if at is None or not isinstance(row, dict) or not isinstance(look(row, resource.id), str | int):
            return
        files = self.of(str(look(row, resource.id)))
        match self._files.source:
            case "in_record":
                put(row, at, [self._row(one, whole=True) for one in files])
            case "ids":
                put(row, at, [one.id for one in files])
            case "list":
                put(row, at, len(files))

    # -- inside -------------------------------------------------------------------------------------------

    def _add(self, made: Kept, *, cause: str) -> Kept:
        self._kept[made.id] = made
        self.system.touch(made.ticket, cause=cause)
        return made

    def _new(self, ticket: str, name: str, kind: str, content: bytes, *, by: str, internal: bool = False) -> Kept:
        return Kept(f"f{len(self._kept) + 1}", ticket, self.style(name), kind, content, by, internal)

    def _row(self, one: Kept, *, whole: bool = False) -> dict[str, Any]:
        known = {"size": len(one.content), "type": one.type, "sha256": hashlib.sha256(one.content).hexdigest()}
        row = {"id": one.id, "name": one.name, "by": one.by, "internal": one.internal}
        row |= {name: known[name] for name in self.shows}
        row["href"] = f"{self.public}/files/{one.id}/content"
        if whole and self._files.content.base64 is not None:
            row["body"] = base64.b64encode(one.content).decode()
        return row


def _json(status: int, body: Any) -> RawAnswer:
    return RawAnswer(status, {"content-type": "application/json"}, orjson.dumps(body))


def _error(status: int, code: str) -> RawAnswer:
    return _json(status, {"error": {"code": code, "message": code}})


def attaching(preset: Preset, source: Source, add: Add, **changes: Any) -> Preset:
    """Return a kind of system whose records have files, shown and taken in these ways; ``changes`` to its contract."""
    in_json = add in ("base64", "whole_list")
    content = {"base64": "body"} if in_json else {"url": "href"} if source == "ids" else {"path": "/files/{id}/content"}
    files: dict[str, Any] = {
        "resource": FILE, "source": source, "size": "size", "type": "type", "digest": "sha256",
        "internal": {"/internal": True}, "own": {"/by": ACCOUNT},
        "add": "raw" if add == "two_step" else add, "content": content,
    }  # fmt: skip
    if source in ("in_record", "ids"):
        files["at"] = "/files"
    if add == "multipart":
        files["part"] = "content"
    if add in ("multipart", "base64", "whole_list"):
        files["mark_internal"] = {"/internal": True}
    if add == "two_step":
        files["token"] = "/upload/token"
        files["attach"] = {
            "method": "PUT", "path": "/tickets/{id}/files/{file}",
            "constants": {"/name": "{name}", "/type": "{type}"},
        }  # fmt: skip
    resource = preset.resource.model_dump(exclude_unset=True) | {"attachments": {**files, **changes}}
    others = {**preset.others, FILE: _file_resource(add)}
    return replace(preset, resource=Resource.model_validate(resource), others=others)


def _file_resource(add: Add) -> Resource:
    paging = {"kind": "offset", "size": 20, "size_param": "limit", "param": "offset", "total": "/total"}
    creating: dict[str, Any] = {
        "path": "/uploads" if add == "two_step" else "/tickets/{parent}/files",
        "once": {"kind": "none"}, "id": "/id", "returns": "fields",
    }  # fmt: skip
    if add in ("raw", "two_step"):
        creating["params"] = {"name": "{name}"}
    return Resource.model_validate(
        {
            "id": "/id",
            "list": {"path": "/tickets/{parent}/files", "records": "/items", "paging": paging},
            "read": {"path": "/files/{id}"},
            "create": creating,
            "fields": {
                "name": {"path": "/name", "required": True},
                "type": {"path": "/type"},
                "size": {"path": "/size", "type": "number", "write": "never"},
                "sha256": {"path": "/sha256", "write": "never"},
                "href": {"path": "/href", "write": "never"},
                "body": {"path": "/body", "required": True},
            },
        }
    )
