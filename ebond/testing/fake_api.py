"""The HTTP face of a fake system: an application ``(Raw) -> RawAnswer`` that keeps a ``Resource`` definition.

The definition that ebond reads as a client is served here as a server, so that a definition can be tested
without the system that it describes; ``Manners`` and ``Habits`` add what real systems do besides.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from ebond.definitions.system import Resource
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.face import Face
from ebond.testing.fake_system import FakeSystem
from ebond.testing.feed import Feed
from ebond.testing.manners import Manners
from ebond.testing.moves import routes as move_routes
from ebond.testing.pages import Pages
from ebond.testing.pointers import put
from ebond.testing.revision import Refusal, Revision
from ebond.testing.templates import match_params, match_path, path_pattern
from ebond.testing.writing import Call, Reply, Writing


class FakeApi:
    """Serves one resource of a fake system.

    ``calls`` counts calls by kind (list, read, lookup, create, update, delete, once); ``hidden`` holds ids
    that access rules hide after a page was cut, which makes pages short and reads 404.
    """

    def __init__(self, system: FakeSystem, resource: Resource, *, manners: Manners | None = None) -> None:
        self.system = system
        self.resource = resource
        self.manners = manners or Manners()
        self.face = Face(system, resource, self.manners)
        self.calls: Counter[str] = Counter()
        self.hidden: set[str] = set()
        self._feed = Feed(self.face)
        self._pages = Pages(resource.list.paging, self.manners, system.now)
        self.writing = Writing(self.face)
        self._numbers = itertools.count(1)
        self._routes = self._compile()

    def __call__(self, raw: Raw) -> RawAnswer:
        """Answer one call, whose URL is the backend's own: no gateway base path."""
        call = self._read_call(raw)
        try:
            reply = self._route(call)
        except Refusal as refusal:
            reply = self._refused(refusal)
        headers = {"date": format_datetime(self.system.now(), usegmt=True), **_lower(reply.headers)}
        if reply.body is None:
            return RawAnswer(reply.status, headers, b"")
        headers["content-type"] = "application/json"
        return RawAnswer(reply.status, headers, orjson.dumps(reply.body))

    # routing

    def _compile(self) -> list[tuple[str, str, re.Pattern[str], Callable[[Call], Reply]]]:
        resource, writing = self.resource, self.writing
        routes: list[tuple[str, str, str, Callable[[Call], Reply]]] = []
        if resource.create:
            once = resource.create.once.url_path
            if once:
                routes.append(("once", "POST", once, writing.give_once_url))
                routes.append(("create", "POST", once + "/{once}", writing.create_once))
            routes.append(("create", resource.create.method, resource.create.path, writing.create))
        if resource.lookup:
            routes.append(("lookup", "GET", resource.lookup.path, self._lookup))
        routes.append(("list", resource.list.method, resource.list.path, self._list))
        if resource.read:
            routes.append(("read", "GET", resource.read.path, self._read))
        if resource.update:
            routes.append(("update", resource.update.method, resource.update.path, writing.update))
        routes += move_routes(self.face)
        if resource.delete:
            routes.append(("delete", "DELETE", resource.delete.path, writing.delete))
        return [(kind, method, path_pattern(path.partition("?")[0]), do) for kind, method, path, do in routes]

    def _route(self, call: Call) -> Reply:
        for name, needed in self.manners.required_headers.items():
            if not re.search(needed, call.headers.get(name.lower(), "")):
                self.calls["refused"] += 1
                raise Refusal(400, "missing_header", f"{name} is required")
        allowed = False
        for kind, method, pattern, do in self._routes:
            holes = match_path(pattern, call.path)
            if holes is None or (kind == "lookup" and not self._is_lookup(call)):
                continue
            if kind == "create" and self._is_replacement(call, holes):
                continue
            allowed = True
            if method == call.method:
                self.calls[kind] += 1
                call.holes = holes
                return do(call)
        self.calls["refused"] += 1
        raise Refusal(405, "method_not_allowed") if allowed else Refusal(404, "no_such_path", call.path)

    def _is_lookup(self, call: Call) -> bool:
        lookup = self.resource.lookup
        return lookup is not None and match_params(lookup.params, call.params) is not None

    def _is_replacement(self, call: Call, holes: Mapping[str, str]) -> bool:
        """Tell a PUT on a known id from a create by client id: the latter says ``If-None-Match: *``."""
        updating, creating = self.resource.update, self.resource.create
        if creating is not None and creating.once.kind == "upsert":
            return False
        by_put = updating is not None and "sync_id" in holes and updating.method == call.method
        return by_put and "if-none-match" not in call.headers

    def _read_call(self, raw: Raw) -> Call:
        url = urlsplit(raw.url)
        headers = _lower(raw.headers)
        params = dict(parse_qsl(url.query, keep_blank_values=True))
        cause = f"api:{headers.get('x-request-id') or next(self._numbers)}"
        origin = self.manners.links if self.manners.links is not None else f"{url.scheme}://{url.netloc}"
        return Call(raw.method, url.path, params, headers, raw.content, cause=cause, origin=origin)

    def _refused(self, refusal: Refusal) -> Reply:
        body: dict[str, Any] = {"error": {"code": refusal.code, "message": refusal.message}}
        if refusal.current is not None and refusal.code == "exists":
            body["existing"] = self.face.row(refusal.current)
        return Reply(refusal.status, body)

    # reading

    def _list(self, call: Call) -> Reply:
        listing = self.resource.list
        params: Mapping[str, str] = call.params
        if listing.method == "POST" and call.content:
            params = {**params, **{name: str(value) for name, value in call.json().items()}}
        rows = self._feed.rows(params)
        cut = self._pages.cut(rows, params, call.origin + call.path)
        shown = [self._row(revision) for revision in cut.rows if revision.id not in self.hidden]
        return Reply(200, cut.dress(put({}, listing.records, shown)), cut.headers)

    def _row(self, revision: Revision) -> dict[str, Any]:
        if revision.deleted:
            return self.face.tombstone(revision, self.resource.list.deleted)
        return self.face.row(revision, stub=not self.resource.list.complete)

    def _lookup(self, call: Call) -> Reply:
        lookup = self.resource.lookup
        found = match_params(lookup.params, call.params) if lookup else None
        sync_id = ({**found, **call.holes} if found is not None else {}).get("sync_id")
        rows = self._feed.found(sync_id) if sync_id else []
        shown = [self.face.row(revision) for revision in rows if revision.id not in self.hidden]
        if lookup and "{sync_id}" in lookup.path:
            if len(shown) == 1:
                return Reply(200, put({}, lookup.records, shown[0]))
            raise Refusal(300 if shown else 404, "not_one")
        return Reply(200, put({}, lookup.records if lookup else "", shown))

    def _read(self, call: Call) -> Reply:
        reading, record_id = self.resource.read, call.holes["id"]
        revision = self.system.get(record_id)
        if reading is None or record_id in self.hidden:
            raise Refusal(404, "not_found")
        row = self.face.row(revision)
        if revision.deleted:
            for pointer, mark in reading.deleted.items():
                put(row, pointer, mark)
        return Reply(200, put({}, reading.record, row), self.writing.version_header(revision))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
