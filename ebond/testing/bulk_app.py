"""The HTTP calls of a BulkStore, written for speed: bytes in, bytes out."""

from __future__ import annotations

import time
from collections import Counter
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson

from ebond.testing.bulk_store import BulkStore
from ebond.testing.strict import Strict
from ebond.testing.tcp import Line

PATH: Final = b"/bulk/v1/tickets"
_LINES: Final = {
    200: b"200 OK", 201: b"201 Created", 204: b"204 No Content", 404: b"404 Not Found",
    412: b"412 Precondition Failed", 429: b"429 Too Many Requests",
}  # fmt: skip


class BulkApp:
    """Answers list, look-up, read, create and update, a token request, and the test's own ``/-/`` calls."""

    def __init__(self, store: BulkStore, line: Line) -> None:
        self.store = store
        self.line = line
        self.bodies = True
        """Do answers to writes hold the record?"""
        self.strict = Strict()
        self.calls: Counter[str] = Counter()
        self.api_calls = 0
        """Calls to the API itself; requests for tokens and the test's own are none."""
        self._second = 0
        self._date = b""
        self._pages: dict[tuple[int, int, int], bytes] = {}
        self._pages_at = -1
        self.warm()

    def warm(self, limit: int = 500) -> None:
        """Build the pages of a whole scan before anyone measures how long they take."""
        for offset in range(0, len(self.store.rows), limit):
            self._page(0, offset, limit)

    def __call__(self, method: bytes, target: bytes, head: bytes, body: bytes) -> bytes:
        path, _, query = target.partition(b"?")
        self.calls[method.decode()] += 1
        if path.startswith(PATH):
            self.api_calls += 1
            now = time.monotonic()
            if not self.strict.admits(now):
                return self._answer(429, b"{}", b"\r\nretry-after: %d" % self.strict.retry_after(now))
        if path == PATH:
            return self._list(query) if method == b"GET" else self._created(body)
        if path.startswith(PATH):
            return self._one(method, path[len(PATH) + 1 :].decode(), head, body)
        if path == b"/oauth/token":
            return self._token()
        return self._control(path, query) if path.startswith(b"/-/") else self._answer(404, b"{}")

    def _token(self) -> bytes:
        self.strict.token(time.monotonic())
        told = {"access_token": "bulk", "token_type": "Bearer", "expires_in": self.strict.lifetime}
        return self._answer(200, orjson.dumps(told))

    def _list(self, query: bytes) -> bytes:
        since, offset, limit = 0, 0, 500
        for pair in query.split(b"&"):
            name, _, value = pair.partition(b"=")
            if name == b"offset":
                offset = int(value)
            elif name == b"limit":
                limit = int(value)
            elif name == b"updated_from":
                since = int(value)
            elif name == b"external_ref":
                return self._answer(200, self.store.find(unquote_to_bytes(value).decode()))
        return self._page(since, offset, limit)

    def _page(self, since: int, offset: int, limit: int) -> bytes:
        """Whole answers are kept until the next write, their Date too: it only grows old, never wrong."""
        if self._pages_at != self.store.changes:
            self._pages, self._pages_at = {}, self.store.changes
        key = (since, offset, limit)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = self._answer(200, self.store.page(since, offset, limit))
        return page

    def _one(self, method: bytes, name: str, head: bytes, body: bytes) -> bytes:
        row = self.store.rows.get(name)
        if row is None:
            return self._answer(404, b"{}")
        if method == b"GET":
            return self._answer(200, row)
        changed = self.store.update(name, body, _if_match(head))
        if changed is None:
            return self._answer(412, b"{}")
        return self._answer(200, changed) if self.bodies else self._answer(204, b"")

    def _created(self, body: bytes) -> bytes:
        row = self.store.create(body)
        if self.bodies:
            return self._answer(201, row)
        location = b"\r\nlocation: %b/%b" % (PATH, self.store.latest(1)[0].encode())
        return self._answer(201, b"", location)

    def _control(self, path: bytes, query: bytes) -> bytes:
        params = dict(parse_qsl(query.decode()))
        match path:
            case b"/-/reset":
                self.store.reset()
                self.calls.clear()
                self.warm()
            case b"/-/touch":
                self.store.touch(int(params["count"]))
            case b"/-/open":
                self.store.open(int(params["count"]))
            case b"/-/save":
                self.store.save()
            case b"/-/restore":
                self.store.restore()
                self.calls.clear()
            case b"/-/bodies":
                self.bodies = params["sent"] == "1"
            case b"/-/latency":
                self.line.latency = float(params["ms"]) / 1000
            case b"/-/strict":
                lifetime = int(params["lifetime"])
                self.strict = Strict(int(params["calls"]), float(params["per"]), lifetime=lifetime)
            case b"/-/log":
                return self._answer(200, orjson.dumps(self.strict.log()))
        return self._answer(200, orjson.dumps(self._stats()))

    def _stats(self) -> dict[str, Any]:
        return {
            "calls": dict(self.calls),
            "api_calls": self.api_calls,
            "cpu": time.process_time(),
            "records": len(self.store.rows),
            "changes": self.store.changes,
        }

    def _answer(self, status: int, body: bytes, more: bytes = b"") -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, formatdate(now, usegmt=True).encode()
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ndate: %b%b\r\ncontent-length: %d\r\n\r\n"
        return b"".join((head % (_LINES[status], self._date, more, len(body)), body))


def _if_match(head: bytes) -> bytes | None:
    at = head.lower().find(b"\r\nif-match:")
    return head[at + 11 :].split(b"\r\n", 1)[0].strip(b' "') if at >= 0 else None
