"""Comments of a fake system's records, shown and taken in every way that real systems have.

It stands before a ``FakeApi`` as one more application: what is about comments is answered here, and what that shows
of its records is completed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ebond.definitions.system import Resource
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.fake_api import FakeApi
from ebond.testing.pointers import look, put
from ebond.testing.preset import Preset
from ebond.testing.stamping import shown

Source = Literal["in_record", "ids", "list", "feed"]
Add = Literal["create", "attach", "append", "whole_list", "none"]
COMMENT: Final = "comment"
#: Who the API's calls are made by.
ACCOUNT: Final = "ebond"


@dataclass(frozen=True, slots=True)
class Said:
    """One comment, as it stands there."""

    id: str
    ticket: str
    text: str
    author: str
    made: datetime
    changed: datetime
    internal: bool = False
    attached: bool = True


class FakeTalk:
    """Serves the comments of a fake system; ``style`` bends each text that it takes."""

    def __init__(self, api: FakeApi, *, style: Callable[[str], str] = str) -> None:
        self.api, self.system, self.style = api, api.system, style
        comments = api.resource.comments
        assert comments is not None
        self._comments = comments
        self._said: dict[str, Said] = {}
        self._keys: dict[str, str] = {}
        self.calls: list[str] = []

    # -- people -------------------------------------------------------------------------------------------

    def person_says(self, ticket: str, text: str, *, author: str = "Ann", internal: bool = False) -> str:
        """Add a comment as a person does; return its id."""
        return self._add(ticket, text, author=author, internal=internal, cause="person").id

    def person_changes(self, comment_id: str, text: str, *, internal: bool | None = None) -> None:
        """Edit a comment as a person does."""
        old = self._said[comment_id]
        now = self.system.time.stamp()
        kept = old.internal if internal is None else internal
        self._said[comment_id] = replace(old, text=text, changed=now, internal=kept)
        self.system.touch(old.ticket, cause="person")

    def person_deletes(self, comment_id: str) -> None:
        """Delete a comment as a person does."""
        self.system.touch(self._said.pop(comment_id).ticket, cause="person")

    def back_dated(self, ticket: str, text: str, *, author: str = "Ann") -> str:
        """Add a comment that claims to be older than all others; return its id."""
        made = self._add(ticket, text, author=author, internal=False, cause="person")
        first = min(one.made for one in self._of(ticket))
        self._said[made.id] = replace(made, made=first - timedelta(hours=1))
        return made.id

    def texts(self, ticket: str) -> list[str]:
        """Return what stands under a record, in the order it was made."""
        return [one.text for one in self._of(ticket)]

    def of(self, ticket: str) -> list[Said]:
        """Return the comments of a record."""
        return self._of(ticket)

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
            ("GET", r"/tickets/([^/]+)/comments", self._list),
            ("POST", r"/tickets/([^/]+)/comments", self._create),
            ("PUT", r"/tickets/([^/]+)/comments/([^/]+)", self._attach),
            ("GET", r"/comments", self._feed),
            ("POST", r"/comments", self._create_loose),
            ("GET", r"/comments/([^/]+)", self._read),
        ]

    def _list(self, _: Raw, params: Mapping[str, str], ticket: str) -> RawAnswer:
        first, most = int(params.get("offset", 0)), int(params.get("limit", 100))
        rows = [self._row(one) for one in self._of(ticket)]
        return _json(200, {"items": rows[first : first + most], "total": len(rows)})

    def _feed(self, _: Raw, params: Mapping[str, str]) -> RawAnswer:
        since = params.get("since", "")
        rows = [self._row(one) for one in sorted(self._said.values(), key=lambda one: one.changed)]
        rows = [row for row in rows if row["changed"] >= since]
        first, most = int(params.get("offset", 0)), int(params.get("limit", 100))
        return _json(200, {"items": rows[first : first + most], "total": len(rows)})

    def _read(self, _: Raw, __: Mapping[str, str], comment_id: str) -> RawAnswer:
        one = self._said.get(comment_id)
        return _json(200, self._row(one)) if one else _json(404, {"error": {"code": "not_found"}})

    def _create(self, raw: Raw, _: Mapping[str, str], ticket: str) -> RawAnswer:
        body = orjson.loads(raw.content)
        key = {name.lower(): value for name, value in raw.headers.items()}.get("idempotency-key", "")
        if key and key in self._keys:
            return _json(201, self._row(self._said[self._keys[key]]))
        if not body.get("text"):
            return _json(422, {"error": {"code": "empty", "message": "text is required"}})
        made = self._add(ticket, body["text"], author=ACCOUNT, internal=bool(body.get("internal")), cause="api:talk")
        if key:
            self._keys[key] = made.id
        return _json(201, self._row(made))

    def _create_loose(self, raw: Raw, _: Mapping[str, str]) -> RawAnswer:
        body = orjson.loads(raw.content)
        if "ticket" in body:
            return self._create(raw, _, str(body["ticket"]))
        made = self._new("", body["text"], author=ACCOUNT, internal=bool(body.get("internal")))
        self._said[made.id] = replace(made, attached=False)
        return _json(201, {"id": made.id})

    def _attach(self, _: Raw, __: Mapping[str, str], ticket: str, comment_id: str) -> RawAnswer:
        self._said[comment_id] = replace(self._said[comment_id], ticket=ticket, attached=True)
        self.system.touch(ticket, cause="api:talk")
        return _json(200, {})

    # -- records that show or take comments ---------------------------------------------------------------

    def _completed(self, raw: Raw, path: str) -> RawAnswer:
        match = re.fullmatch(r"/tickets/([^/]+)", path)
        ticket = unquote(match.group(1)) if match else ""
        said: list[tuple[str, bool]] = []
        if ticket and raw.method in ("PATCH", "PUT", "POST") and raw.content:
            raw, said = self._taken(raw)
        answer = self.api(raw)
        if answer.status >= 300 or not answer.content:
            return answer
        for text, internal in said:
            self._add(ticket, text, author=ACCOUNT, internal=internal, cause="api:talk")
        body, resource = orjson.loads(answer.content), self.api.resource
        rows = look(body, resource.list.records)
        for row in rows if isinstance(rows, list) else [body]:
            self._complete(row, resource)
        return RawAnswer(answer.status, answer.headers, orjson.dumps(body))

    def _complete(self, row: Any, resource: Resource) -> None:
        at = self._comments.at
        if at is None or not isinstance(row, dict) or not isinstance(look(row, resource.id), str | int):
            return
        said = self._of(str(look(row, resource.id)))
        match self._comments.source:
            case "in_record":
                put(row, at, [self._row(one) for one in said])
            case "ids":
                put(row, at, [one.id for one in said])
            case "list":
                put(row, at, len(said))

    def _taken(self, raw: Raw) -> tuple[Raw, list[tuple[str, bool]]]:
        """Take out of an update what makes a comment; return (text, whether it is internal) of each."""
        body = orjson.loads(raw.content)
        if not isinstance(body, dict):
            return raw, []
        said = [(body.pop(name, None), internal) for name, internal in (("comment", False), ("work_note", True))]
        new = [item for item in body.pop("comments", []) if item.get("id") not in self._said]
        said += [(item["text"], bool(item.get("internal"))) for item in new]
        return replace(raw, content=orjson.dumps(body)), [(text, internal) for text, internal in said if text]

    # -- inside -------------------------------------------------------------------------------------------

    def _of(self, ticket: str) -> list[Said]:
        return [one for one in self._said.values() if one.ticket == ticket and one.attached]

    def _add(self, ticket: str, text: str, *, author: str, internal: bool, cause: str) -> Said:
        made = self._new(ticket, text, author=author, internal=internal)
        self._said[made.id] = made
        self.system.touch(ticket, cause=cause)
        return made

    def _new(self, ticket: str, text: str, *, author: str, internal: bool) -> Said:
        now = self.system.time.stamp()
        return Said(f"c{len(self._said) + 1}", ticket, self.style(text), author, now, now, internal)

    def _row(self, one: Said) -> dict[str, Any]:
        made, changed = (shown(at, self.api.resource.updated_stamp) for at in (one.made, one.changed))
        said = {"id": one.id, "ticket": one.ticket, "text": one.text, "author": one.author}
        return {**said, "made": made, "changed": changed, "internal": one.internal}


def _json(status: int, body: Any) -> RawAnswer:
    return RawAnswer(status, {"content-type": "application/json"}, orjson.dumps(body))


def talking(preset: Preset, source: Source, add: Add) -> Preset:
    """Return a kind of system whose records have comments, shown and taken in these ways."""
    comments: dict[str, Any] = {
        "resource": COMMENT, "source": source, "author": "author", "made": "made",
        "internal": {"/internal": True}, "own": {"/author": ACCOUNT},
        "add": "create" if add == "attach" else add,
    }  # fmt: skip
    if source in ("in_record", "ids"):
        comments["at"] = "/comments"
    if source == "feed":
        comments["parent"] = "ticket"
    if add in ("create", "attach", "whole_list"):
        comments["mark_internal"] = {"/internal": True}
    if add == "attach":
        comments["attach"] = {"method": "PUT", "path": "/tickets/{id}/comments/{comment}"}
    fields = preset.resource.model_dump()["fields"]
    if add == "append":
        comments["append"] = {"public": "comment", "internal": "work_note"}
        fields |= {"comment": {"path": "/comment"}, "work_note": {"path": "/work_note"}}
    resource = preset.resource.model_dump(exclude_unset=True) | {"comments": comments, "fields": fields}
    return replace(
        preset,
        resource=Resource.model_validate(resource),
        others={**preset.others, COMMENT: _comment_resource(preset, source, add)},
    )


def _comment_resource(preset: Preset, source: Source, add: Add) -> Resource:
    stamp = preset.resource.updated_stamp.model_dump(exclude_unset=True)
    paging = {"kind": "offset", "size": 20, "size_param": "limit", "param": "offset", "total": "/total"}
    feed = source == "feed"
    listing: dict[str, Any] = {
        "path": "/comments" if feed else "/tickets/{parent}/comments", "records": "/items", "paging": paging,
    }  # fmt: skip
    if feed:
        listing["since"] = {"params": {"since": "{since}"}, "stamp": stamp}
    loose = feed or add == "attach"
    once = {"kind": "none"}
    return Resource.model_validate(
        {
            "id": "/id",
            "updated": "/changed",
            "updated_stamp": stamp,
            "list": listing,
            "read": {"path": "/comments/{id}"},
            "create": {
                "path": "/comments" if loose else "/tickets/{parent}/comments",
                "once": once, "id": "/id", "returns": "fields",
            },
            "fields": {
                "text": {"path": "/text", "required": True},
                "author": {"path": "/author", "write": "never"},
                "made": {"path": "/made", "type": "instant", "stamp": stamp, "write": "never"},
                "ticket": {"path": "/ticket", "write": "always" if feed else "never"},
            },
        }
    )  # fmt: skip
