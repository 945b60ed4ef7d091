"""How a fake system cuts a list into pages and says where the next one is, in every kind of paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from ebond.definitions.system import Paging
from ebond.testing.manners import Manners
from ebond.testing.pointers import put
from ebond.testing.revision import Refusal, Revision

KEYSET: Final = ("cursor", "header_token", "next_url", "header_url")
"""Kinds whose place is a record, not a number: their pages do not shift."""


@dataclass(slots=True)
class Cut:
    """One page: its rows, headers, and what stands in the body beside the rows."""

    rows: Sequence[Revision]
    headers: dict[str, str] = field(default_factory=dict)
    beside: list[tuple[str, Any]] = field(default_factory=list)

    def dress(self, body: Any) -> Any:
        """Add to a body what stands beside the rows."""
        for pointer, value in self.beside:
            body = put(body, pointer, value)
        return body


class Pages:
    """Cuts lists by one paging definition; remembers the cursors that it gave out."""

    def __init__(self, paging: Paging, manners: Manners, now: Callable[[], datetime]) -> None:
        self.paging = paging
        self.manners = manners
        self._now = now
        self._cursors: dict[str, tuple[datetime, tuple[Any, ...]]] = {}

    def cut(self, rows: Sequence[Revision], params: Mapping[str, str], address: str) -> Cut:
        """Return the page that ``params`` ask for. Raises Refusal past the end and for old cursors."""
        kind = self.paging.kind
        if kind == "single":
            return self._counted(Cut(rows), len(rows))
        size = self._size(params)
        if kind in KEYSET:
            page, more = self._after(rows, params, size)
        else:
            page, more = self._numbered(rows, params, size)
        cut = self._counted(Cut(page), len(rows))
        self._point(cut, params, address, more=more, size=size)
        return cut

    def _size(self, params: Mapping[str, str]) -> int:
        asked = params.get(self.paging.size_param or "")
        size = int(asked) if asked and asked.isdigit() and int(asked) else self.paging.size
        return min(size, self.manners.max_page or size)

    def _numbered(
        self, rows: Sequence[Revision], params: Mapping[str, str], size: int
    ) -> tuple[Sequence[Revision], bool]:
        start = self._number(params)
        if self.paging.kind != "offset":
            start *= size
        if start and start >= len(rows) and self.paging.end_status:
            raise Refusal(self.paging.end_status[0], "no_such_page")
        return rows[start : start + size], start + size < len(rows)

    def _number(self, params: Mapping[str, str]) -> int:
        text = params.get(self.paging.param or "page", str(self.paging.first))
        if not text.isdigit():
            raise Refusal(400, "bad_page", "the page is no number")
        return max(0, int(text) - self.paging.first)

    def _after(self, rows: Sequence[Revision], params: Mapping[str, str], size: int) -> tuple[Sequence[Revision], bool]:
        token = params.get(self.paging.param or "cursor")
        if token:
            place = self._place(token)
            rows = [revision for revision in rows if self._key(revision) > place]
        return rows[:size], len(rows) > size

    def _place(self, token: str) -> tuple[Any, ...]:
        if token not in self._cursors:
            raise Refusal(400, "bad_cursor")
        given, place = self._cursors[token]
        life = self.manners.cursor_life
        if life is not None and (self._now() - given).total_seconds() > life:
            raise Refusal(410, "cursor_expired")
        return place

    def _key(self, revision: Revision) -> tuple[Any, ...]:
        return (len(revision.id), revision.id) if self.manners.sort == "id" else revision.place

    def _counted(self, cut: Cut, total: int) -> Cut:
        if self.paging.total:
            cut.beside.append((self.paging.total, total))
        if self.paging.total_header:
            cut.headers[self.paging.total_header] = str(total)
        return cut

    def _point(self, cut: Cut, params: Mapping[str, str], address: str, *, more: bool, size: int) -> None:
        paging, when = self.paging, self.paging.more_when
        if paging.more:
            over = (not when) if isinstance(when, bool) else None
            cut.beside.append((paging.more, when if more else over))
        if paging.kind in KEYSET:
            token = self._token(cut.rows) if more or (paging.more and cut.rows) else None
        else:
            step = size if paging.kind == "offset" else 1
            token = str(self._number(params) + paging.first + step) if more else None
        param = paging.param or ("cursor" if paging.kind in KEYSET else "page")
        url = f"{address}?{urlencode({**params, param: token})}" if token else None
        match paging.kind:
            case "cursor" if paging.cursor:
                cut.beside.append((paging.cursor, token))
            case "next_url" if paging.cursor:
                cut.beside.append((paging.cursor, url))
            case "header_token" if paging.header and token:
                cut.headers[paging.header] = token
            case "header_url" if paging.header and url:
                cut.headers[paging.header] = url
            case "link" if url:
                cut.headers["Link"] = f'<{address}>; rel="first", <{url}>; rel="next"'

    def _token(self, rows: Sequence[Revision]) -> str:
        token = f"t{len(self._cursors) + 1}"
        self._cursors[token] = (self._now(), self._key(rows[-1]))
        return token
