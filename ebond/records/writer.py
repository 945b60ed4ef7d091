"""Creating and changing records: the request, its precondition, and what its answer is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from ebond.definitions.system import Creating, Resource, Updating
from ebond.errors import AnswerError, CallError, ContractError, Exists, FeedError, Gone, Stale
from ebond.gateway.wire import Answer, Request
from ebond.mapping.path import getter
from ebond.records.actions import action_request, by_action
from ebond.records.bodies import Bodies
from ebond.records.feed import Sender
from ebond.records.link import rebase
from ebond.records.place import fill, fill_path, id_in_location
from ebond.records.reader import RowReader
from ebond.records.rows import Seen, Written
from ebond.records.single import SingleReader
from ebond.records.version import header_version, if_match

_ACCEPTED: Final = 202
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "merge_patch": "application/merge-patch+json",
    "json_patch": "application/json-patch+json",
}


class Writer:
    """Writes records of one resource."""

    def __init__(
        self,
        sender: Sender,
        resource: Resource,
        reader: RowReader,
        single: SingleReader,
        *,
        name: str,
        now: Callable[[], datetime],
    ) -> None:
        self._sender = sender
        self._resource = resource
        self._reader = reader
        self._single = single
        self._name = name
        self._bodies = Bodies(resource)
        self._now = now

    # -- create -------------------------------------------------------------------------------------------

    def reserve_once(self) -> str | None:
        """Ask for a URL that creates once, where the contract has them; asking makes nothing yet."""
        once = self._creating().once
        if once.kind != "one_time_url":
            return None
        path = once.url_path or self._creating().path
        answer = self._sender.send(Request("POST", path, json={}, operation="lookup"))
        url = getter(once.url)(answer.json())
        if not isinstance(url, str) or not url:
            raise AnswerError(
                f"{self._name}: no one-time URL at {once.url!r}",
                where=f"request {answer.request_id}",
                todo="Compare 'create.once' of the system definition with a real answer",
            )
        return self._ours(url, path)

    def _ours(self, url: str, path: str) -> str:
        """Lay a one-time URL onto our side; it lies below the path that gave it, or that of the create."""
        for anchor in (path, self._creating().path):
            try:
                target = rebase(url, anchor, below_only=True)
            except FeedError:
                continue
            if target.params or target.path != anchor:
                return target.path + ("?" + urlencode(target.params) if target.params else "")
        raise AnswerError(
            f"{self._name}: the one-time URL leads to a place outside of the resource",
            todo="Set 'create.once.url_path' to the path that the URL lies under",
        )

    def create(self, values: Mapping[str, Any], *, sync_id: str, once_url: str | None) -> Written:
        """Create a record.

        Where the client chooses the id, 'it exists already' means that an earlier try of ours made it, and
        the record is read and returned. An answer that names no id leaves ``id`` None: look it up.
        """
        creating = self._creating()
        headers = dict(fill(creating.headers, sync_id=sync_id))
        if creating.once.kind == "idempotency_key":
            headers.setdefault(creating.once.header, sync_id)
        ours = creating.once.kind == "client_id"
        if ours and creating.method == "PUT" and not _has(headers, "if-none-match"):
            headers["If-None-Match"] = "*"
        path, _, query = (once_url or fill_path(creating.path, sync_id=sync_id)).partition("?")
        request = Request(
            creating.method,
            path,
            params=(*parse_qsl(query, keep_blank_values=True), *fill(creating.params, sync_id=sync_id)),
            headers=_without_type(headers),
            json=self._bodies.create(values, sync_id=sync_id),
            media_type=_media_type(headers, self._plain_type),
            operation="create",
        )
        try:
            answer = self._sender.send(request)
        except (Exists, Stale):
            if not ours:
                raise
            return self._made_before(sync_id)
        return self._created(answer, creating, sync_id if ours else None)

    def _made_before(self, sync_id: str) -> Written:
        try:
            seen = self._single.read(sync_id)
        except Gone:
            raise
        except (CallError, AnswerError, ContractError):
            # A failed read must not look like a failed create: a second record would be made of that.
            return Written(sync_id, None, None)
        return Written(seen.id, seen, seen.version)

    def _created(self, answer: Answer, creating: Creating, chosen: str | None) -> Written:
        body = _body(answer)
        record = _record(creating, body)
        record_id = chosen or self._named(answer, creating, body)
        if record_id is None and creating.returns == "record":
            record_id = self._reader.id_of(record)
        return self._written(answer, record, creating.returns, record_id)

    def _named(self, answer: Answer, creating: Creating, body: Any) -> str | None:
        """Return the id that the answer names, in the body or in a header."""
        told = self._reader.id_text(getter(creating.id)(body)) if creating.id is not None else None
        if told is not None or answer.status == _ACCEPTED:
            # Location of a 202 leads to the job, not to the record.
            return told
        read_path = self._resource.read.path if self._resource.read else None
        return self._reader.id_text(id_in_location(answer.headers.get(creating.id_header.lower()), read_path))

    def _creating(self) -> Creating:
        if self._resource.create is None:
            raise ContractError(f"the contract has no create for {self._name}")
        return self._resource.create

    @property
    def _plain_type(self) -> str:
        """The type of a whole record: a patch type that a resource names is meant for its updates."""
        own = self._resource.media_type
        return "application/json" if own in _MEDIA_TYPES.values() else own

    # -- update -------------------------------------------------------------------------------------------

    def update(
        self,
        record_id: str,
        changes: Mapping[str, Any],
        *,
        version: str | None,
        current: dict[str, Any] | None,
    ) -> Written:
        """Change a record, under the precondition of the contract; raises Stale where it no longer holds.

        Values that are set by actions come after the others, one call each. Where one of them fails, what was changed
        before it stands: the record is read again before anything else is done with it.
        """
        acted, plain = by_action(self._resource, changes)
        written = Written(record_id, None, version)
        if plain or not acted:
            written = self._change(record_id, plain, version=version, current=current)
        for field, value in acted.items():
            answer = self._sender.send(action_request(self._resource, field, value, record_id))
            written = Written(record_id, None, None, answer.request_id)
        return written

    def _change(
        self, record_id: str, changes: Mapping[str, Any], *, version: str | None, current: dict[str, Any] | None
    ) -> Written:
        updating = self._resource.update
        if updating is None:
            raise ContractError(f"the contract has no update for {self._name}")
        headers = dict(fill(updating.headers, id=record_id))
        if updating.precondition == "if_match":
            headers["If-Match"] = if_match(version, quote=updating.quote)
        if current is None and self._bodies.needs_record(changes):
            # What moved since is caught by the precondition: it carries the version that we planned with.
            current = self._single.read(record_id).record
        words = self._words() if updating.remark is not None else None
        body = self._bodies.update(record_id, changes, version=version, current=current, words=words)
        if body is None:
            return Written(record_id, None, version)
        request = Request(
            updating.method,
            fill_path(updating.path, id=record_id),
            params=fill(updating.params, id=record_id),
            headers=_without_type(headers),
            json=body,
            media_type=_media_type(headers, self._media_type(updating)),
            operation="update",
        )
        answer = self._sender.send(request)
        return self._written(answer, _record(updating, _body(answer)), updating.returns, record_id)

    def _words(self) -> dict[str, str]:
        """Return what a remark may name."""
        now = self._now().isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"now": now, "new_id": uuid4().hex}

    def _media_type(self, updating: Updating) -> str:
        own = self._resource.media_type
        return _MEDIA_TYPES.get(updating.style, own) if own == "application/json" else own

    # -- delete -------------------------------------------------------------------------------------------

    def delete(self, record_id: str, *, version: str | None) -> None:
        """Delete a record, under the precondition of the contract; raises Gone where there is none."""
        deleting = self._resource.delete
        if deleting is None:
            raise ContractError(f"the contract has no delete for {self._name}")
        checked = deleting.precondition == "if_match"
        headers = {"If-Match": if_match(version, quote=deleting.quote)} if checked else {}
        path = fill_path(deleting.path, id=record_id)
        self._sender.send(Request(deleting.method, path, headers=headers, operation="delete"))

    # -- answers ------------------------------------------------------------------------------------------

    def _written(self, answer: Answer, record: Any, returns: str, record_id: str | None) -> Written:
        """Take from the answer what the contract lets us trust, and only if it speaks of that record."""
        seen = None
        if returns == "record" and answer.status != _ACCEPTED and isinstance(record, dict):
            seen = self._trusted(answer, record, record_id)
        if seen is not None:
            return Written(record_id, seen, seen.version, answer.request_id)
        version = header_version(answer.headers, self._resource.version_header)
        return Written(record_id, None, version, answer.request_id)

    def _trusted(self, answer: Answer, record: dict[str, Any], record_id: str | None) -> Seen | None:
        if record_id is None or self._reader.id_of(record) != record_id:
            return None
        try:
            return self._single.as_seen(answer, record, record_id)
        except AnswerError:
            return None


def _body(answer: Answer) -> Any:
    """Return the decoded body of an answer to a write; None where it has none or it cannot be read.

    The write was applied all the same: what its answer looks like must not make it look failed.
    """
    try:
        return answer.json()
    except AnswerError:
        return None


def _record(part: Creating | Updating, body: Any) -> Any:
    """Return what lies where the contract says that the record is."""
    found = getter(part.answer)(body)
    if part.keyed and isinstance(found, dict) and len(found) == 1:
        return next(iter(found.values()))
    return found


def _has(headers: Mapping[str, str], name: str) -> bool:
    return any(key.lower() == name for key in headers)


def _media_type(headers: Mapping[str, str], default: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == "content-type"), default)


def _without_type(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() != "content-type"}
