"""Creates, updates and deletes on a fake system's HTTP face, with preconditions and create-once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from ebond.testing.face import Face
from ebond.testing.pointers import ABSENT, look, put
from ebond.testing.revision import Refusal, Revision


@dataclass(slots=True)
class Call:
    """One call as the API reads it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    content: bytes
    cause: str
    origin: str
    holes: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body. Raises Refusal (400) where it is no JSON."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            raise Refusal(400, "bad_json", "the body is no JSON") from None


@dataclass(slots=True)
class Reply:
    """What the API answers: a JSON body, or None for none."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Writing:
    """The writing half of a fake API."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.system = face.system
        self.resource = face.resource
        self.late: list[Call] | None = None
        """Creates that were taken and are not done yet; while this is a list, none is done (``finish``)."""
        self._once: dict[str, str | None] = {}

    # create

    def create(self, call: Call) -> Reply:
        """Create a record; with a known idempotency key answer for the record it made before."""
        creating = self.resource.create
        if creating is None:
            raise Refusal(405, "read_only")
        if self.late is not None:
            self.late.append(call)
            raise Refusal(504, "late", "the system is still at work on it")
        if creating.once.kind == "upsert":
            return self._upsert(call)
        by_key = creating.once.kind == "idempotency_key"
        key = call.headers.get(creating.once.header.lower()) if by_key else None
        with self.system.lock:
            known = self.system.keys.recall(key) if key else None
            if known is not None:
                replayed = self.system.habits.idempotency_replays
                return self._created(known if replayed else self.system.get(known.id), call)
            values = self.face.values(self.face.body(call.json()), new=True)
            own_id = call.holes.get("sync_id")
            revision = self.system.create(values, cause=call.cause, record_id=own_id)
            if key:
                self.system.keys.remember(key, revision)
        return self._created(revision, call)

    def finish(self, late: Iterable[Call]) -> None:
        """Do creates that were taken earlier; whoever sent them hears nothing of it."""
        for call in late:
            with suppress(Refusal):
                self.create(call)

    def _upsert(self, call: Call) -> Reply:
        """Create a record by its correlation, or change the one that has it; 300 where several have it."""
        name, sync_id = self.resource.correlation or "", call.holes["sync_id"]
        with self.system.lock:
            values = {**self.face.values(self.face.body(call.json())), name: sync_id}
            known = [one for one in self.system.ids() if self.system.values(one).get(name) == sync_id]
            if len(known) > 1:
                raise Refusal(300, "several", "more than one record has this id")
            if not known:
                return self._created(self.system.create(values, cause=call.cause), call)
            return self._created(self.system.update(known[0], values, cause=call.cause), call)

    def give_once_url(self, call: Call) -> Reply:
        """Hand out an address that creates one record, once."""
        creating = self.resource.create
        with self.system.lock:
            token = f"once-{len(self._once) + 1}"
            self._once[token] = None
        url = f"{call.origin}{call.path}/{token}"
        return Reply(201, put({}, creating.once.url if creating else "/link", url))

    def create_once(self, call: Call) -> Reply:
        """Create by a one-time address. Raises Refusal (400) for one that was used or never given out."""
        token = call.holes.pop("once")
        with self.system.lock:
            if self._once.get(token, "never given out") is not None:
                raise Refusal(400, "used", "this address was used")
            # As Roundup does it (rest.py): the address is used when the call arrives, whatever comes of it.
            self._once[token] = "used"
            return self.create(call)

    def _created(self, revision: Revision, call: Call) -> Reply:
        creating = self.resource.create
        headers: dict[str, str] = {}
        if self.face.manners.location:
            path = self.resource.read.path if self.resource.read else "/{id}"
            headers["Location"] = call.origin + path.replace("{id}", revision.id)
        if creating is None or creating.returns != "nothing":
            whole = creating is None or creating.returns == "record"
            body = put({}, creating.answer if creating else "", self.face.row(revision, stub=not whole))
            headers |= self.version_header(revision) if whole else {}
        else:
            body = None
        if creating and creating.id and (body is None or look(body, creating.id) is ABSENT):
            number = self.resource.id_type == "number"
            body = put(body or {}, creating.id, int(revision.id) if number else revision.id)
        return Reply(201, body, headers)

    # update

    def update(self, call: Call) -> Reply:
        """Change a record under the contract's precondition, all under one lock."""
        updating = self.resource.update
        if updating is None:
            raise Refusal(405, "read_only")
        with self.system.lock:
            current = self.system.get(call.holes["id"])
            document = call.json()
            body = {} if updating.style == "json_patch" else self.face.body(document)
            self._check(call, body, current)
            values = self.face.patched(document, current) if updating.style == "json_patch" else self.face.values(body)
            whole = updating.style == "put_full"
            revision = self.system.update(current.id, values, cause=call.cause, whole=whole)
        if updating.returns == "nothing":
            return Reply(204)
        row = self.face.row(revision, stub=updating.returns == "fields")
        return Reply(200, put({}, updating.answer, row), self.version_header(revision))

    def _check(self, call: Call, body: Mapping[str, Any], current: Revision) -> None:
        updating, expected = self.resource.update, None
        if updating and updating.precondition == "if_match":
            expected = self._if_match(call.headers.get("if-match"))
        elif updating and updating.precondition == "body_version" and updating.version_at:
            held = look(body, updating.version_at)
            expected = None if held is ABSENT else str(held)
        if expected is None and not self.system.habits.version_required:
            return
        if expected is None or expected != self.face.version(current):
            raise Refusal(self.system.habits.stale_status, "stale", "the version changed", current=current)

    def _if_match(self, header: str | None) -> str | None:
        """Read an If-Match header; one without quotes matches nothing."""
        if header is None or (header == "" and self.face.manners.empty_if_match == "ignored"):
            return None
        text = header.removeprefix("W/")
        if len(text) < 2 or text[0] != '"' or text[-1] != '"':
            return ""
        return text[1:-1].removesuffix("-gzip")

    def version_header(self, revision: Revision) -> dict[str, str]:
        """Return the version as a header, where the contract has one."""
        name, version = self.resource.version_header, self.face.header_version(revision)
        return {name: version} if name and version is not None else {}

    # delete

    def delete(self, call: Call) -> Reply:
        """Delete a record in the system's style."""
        current, deleting = self.system.get(call.holes["id"]), self.resource.delete
        if deleting and deleting.precondition == "if_match":
            expected = self._if_match(call.headers.get("if-match"))
            if expected != self.face.version(current):
                raise Refusal(self.system.habits.stale_status, "stale", "the version changed", current=current)
        self.system.delete(call.holes["id"], cause=call.cause)
        return Reply(204)
