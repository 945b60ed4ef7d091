"""Fake systems behind other faces: one URL for everything with JSON in a form, and searches that tell ids only.

A mask stands before a fake's own API, takes calls of the other shape, and answers in it; what the system does is its
own. ``one_url`` and ``bare_ids`` are kinds of systems whose definitions say all that those shapes need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from ebond.definitions.system import Resource
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.preset import Preset, ticket_fields
from ebond.testing.presets import plain
from ebond.testing.transport import App

_BASE: Final = "https://backend.test"
_STAMP: Final = {"format": "iso_z", "granularity": "1ms"}


@dataclass(frozen=True, slots=True)
class Mask:
    """The face that is shown instead, and the resource that describes it."""

    app: Callable[[App], App]
    resource: Resource


def one_url() -> Preset:
    """Every call is a POST of a form to one URL; answers are maps, and an empty one has none."""
    own = {name: {**rule, "path": f"/fields{rule['path']}"} for name, rule in ticket_fields().items()}
    kind = {"operation": "get", "class": "Ticket"}
    found = {"records": "/objects", "rows": "map"}
    call = {"method": "POST", "path": "/rest.php"}
    resource = {
        "id": "/key",
        "version": "/fields/version",
        "updated": "/fields/updated",
        "updated_stamp": _STAMP,
        "correlation": "external_ref",
        "encoding": {"kind": "form", "field": "json_data"},
        "list": {
            **call, **found, "body": kind, "absent": "empty",
            "paging": {"kind": "offset", "size": 50, "size_param": "limit", "param": "offset"},
            "since": {"params": {"/where/updated_from": "{since}"}, "stamp": _STAMP},
        },
        "read": {**call, "body": {**kind, "key": "{id}"}, "record": "/objects", "keyed": True, "absent": "gone"},
        "create": {**call, "constants": {"/operation": "create"}, "answer": "/objects", "keyed": True},
        "update": {
            **call, "constants": {"/operation": "update", "/key": "Ticket::{id}"}, "answer": "/objects", "keyed": True,
        },
        "lookup": {**call, **found, "body": {**kind, "/where/external_ref": "{sync_id}"}, "absent": "none"},
        "fields": own,
    }  # fmt: skip
    return _masked("one_url", _one_url, resource)


def bare_ids() -> Preset:
    """A search tells ids, or has no list; a read answers in a list, and writes are lists of one."""
    resource = {
        "id": "/id",
        "version": "/version",
        "updated": "/updated",
        "updated_stamp": _STAMP,
        "correlation": "external_ref",
        "wrap": "Ticket",
        "encoding": {"in_list": True},
        "list": {
            "path": "/search", "records": "/TicketID", "rows": "ids", "absent": "empty", "complete": False,
            "paging": {"kind": "offset", "size": 50, "param": "range", "range": "{first}-{last}"},
            "since": {"params": {"updated_from": "{since}"}, "stamp": _STAMP},
        },
        "read": {"path": "/ticket/{id}", "record": "/Ticket/0"},
        "create": {"path": "/ticket", "id_header": "Entity", "returns": "fields"},
        "update": {"path": "/ticket/{id}", "returns": "nothing"},
        "lookup": {
            "path": "/search", "params": {"external_ref": "{sync_id}"}, "records": "/TicketID", "rows": "ids",
            "none_status": [404],
        },
        "fields": ticket_fields(),
    }  # fmt: skip
    return _masked("bare_ids", _bare_ids, resource)


def _masked(name: str, app: Callable[[App], App], told: Mapping[str, Any]) -> Preset:
    behind = plain()
    inner = behind.resource.model_dump()
    inner["create"]["once"] = {"kind": "none"}
    inner["update"] |= {"precondition": "compare", "quote": False}
    inner["updated_stamp"] = inner["list"]["since"]["stamp"] = _STAMP
    return Preset(
        name=name,
        resource=Resource.model_validate(inner),
        habits=behind.habits,
        manners=behind.manners,
        mask=Mask(app, Resource.model_validate(told)),
    )


# -- one URL ----------------------------------------------------------------------------------------------


def _one_url(api: App) -> App:
    def answer(raw: Raw) -> RawAnswer:
        asked = orjson.loads(parse_qs(raw.content.decode())["json_data"][0])
        key = str(asked.get("key", "")).removeprefix("Ticket::")
        match asked["operation"]:
            case "get" if key:
                inner = _call(api, "GET", f"/tickets/{key}")
            case "get":
                where = {name: asked[name] for name in ("limit", "offset") if name in asked}
                inner = _call(api, "GET", "/tickets", params={**where, **asked.get("where", {})})
            case "create":
                inner = _call(api, "POST", "/tickets", asked["fields"])
            case _:
                inner = _call(api, "PATCH", f"/tickets/{key}", asked["fields"])
        if inner.status not in (200, 201, 404):
            return inner
        body = orjson.loads(inner.content) if inner.status != 404 else {"items": []}
        rows = body.get("items", [body])
        objects = {f"Ticket::{row['id']}": {"key": row["id"], "fields": row} for row in rows}
        return _told(inner, {"code": 0, "message": f"Found: {len(rows)}", "objects": objects or None})

    return answer


# -- bare ids ---------------------------------------------------------------------------------------------


def _bare_ids(api: App) -> App:
    def answer(raw: Raw) -> RawAnswer:
        parts = urlsplit(raw.url)
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = orjson.loads(raw.content)[0]["Ticket"] if raw.content else None
        if parts.path == "/search":
            return _search(api, params)
        inner = _call(api, raw.method, parts.path.replace("/ticket", "/tickets"), body)
        if inner.status == 201:
            made = orjson.loads(inner.content)["id"]
            return _told(inner, None, 201, entity=f"{_BASE}/ticket/{made}")
        if inner.status != 200 or raw.method != "GET":
            return inner if inner.status != 200 else _told(inner, None, 204)
        return _told(inner, {"Ticket": [orjson.loads(inner.content)]})

    return answer


def _search(api: App, params: dict[str, str]) -> RawAnswer:
    first, _, last = params.pop("range", "0-49").partition("-")
    window = {"offset": first, "limit": str(int(last) - int(first) + 1)}
    inner = _call(api, "GET", "/tickets", params={**window, **params})
    if inner.status != 200:
        return inner
    ids = [row["id"] for row in orjson.loads(inner.content)["items"]]
    if not ids and "external_ref" in params:
        return _told(inner, {"message": "nothing found"}, 404)
    return _told(inner, {"TicketID": ids} if ids else {})


def _call(api: App, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> RawAnswer:
    query = urlencode(params) if params else ""
    content = b"" if body is None else orjson.dumps(body)
    headers = {"Content-Type": "application/json"} if content else {}
    return api(Raw(method, f"{_BASE}{path}{'?' + query if query else ''}", headers, content))


def _told(inner: RawAnswer, body: Any, status: int = 200, **headers: str) -> RawAnswer:
    kept = {name: value for name, value in inner.headers.items() if name in ("date", "content-type")}
    return RawAnswer(status, {**kept, **headers}, b"" if body is None else orjson.dumps(body))
