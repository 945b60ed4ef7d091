"""Reading a list from its first page to its last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

from ebond.definitions.system import Resource
from ebond.errors import CallError, FeedError, Refused
from ebond.gateway.wire import Answer, Request
from ebond.mapping.path import setter
from ebond.records.envelope import Envelope
from ebond.records.link import rebase
from ebond.records.paging import PageFacts, PageRequest, Walk, begin
from ebond.records.reader import RowReader
from ebond.records.rows import Page, Seen
from ebond.records.since import merge_params, since_params

_TOKENS: Final = frozenset({"cursor", "header_token", "link", "next_url", "header_url"})


class Sender(Protocol):
    """What sends requests: the gateway's client, or a test."""

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer, or raise a CallError."""


class Feed:
    """The list of one resource."""

    def __init__(self, sender: Sender, resource: Resource, reader: RowReader, *, name: str) -> None:
        self._sender = sender
        self._listing = resource.list
        self._reader = reader
        self._name = name
        listing = resource.list
        self._envelope = Envelope(
            listing.records,
            name=f"the list of {name}",
            kind=listing.rows,
            absent=listing.absent == "empty",
            id_at=resource.id,
            moves={shown: getattr(resource, name) for name, shown in listing.stub.items()},
        )

    def pages(
        self, since: datetime | None, extra: Mapping[str, str] | None = None, *, size: int | None = None
    ) -> Iterator[Page]:
        """Yield the pages of a scan, from a floor or from the start.

        Raises FeedError where the list cannot be trusted, AnswerError where an answer cannot be read,
        CallError from below. A cursor that expires in the middle makes the scan start over, once, from the
        same floor.
        """
        asked = merge_params(self._listing, since_params(self._listing.since, since), extra or {})
        scan = _Scan(self, asked, size)
        yield from scan.run()

    def ask(self, page: PageRequest, asked: Mapping[str, Any]) -> Answer:
        """Send the request for one page."""
        return self._sender.send(self._request(page, asked))

    def _request(self, page: PageRequest, asked: Mapping[str, Any]) -> Request:
        listing = self._listing
        if listing.method == "POST":
            return self._search(page, asked)
        if page.url is not None:
            target = rebase(page.url, listing.path)
            return Request("GET", target.path, params=target.params, operation="list")
        if listing.json_param is not None:
            question = orjson.dumps(self._question(page, asked)).decode()
            params = (*listing.params.items(), (listing.json_param, question))
            return Request("GET", listing.path, params=params, operation="list")
        own = {name for name, _ in page.params}
        others = {} if page.alone else asked
        params = (*((k, str(v)) for k, v in others.items() if k not in own), *((k, str(v)) for k, v in page.params))
        return Request("GET", listing.path, params=params, operation="list")

    def _search(self, page: PageRequest, asked: Mapping[str, Any]) -> Request:
        """Ask by POST: all but the listing's own parameters travels in the body, numbers as numbers."""
        listing = self._listing
        path, params = listing.path, tuple(listing.params.items())
        if page.url is not None:
            target = rebase(page.url, listing.path)
            path, params = target.path, target.params or params
        return Request("POST", path, params=params, json=self._question(page, asked), operation="list")

    @staticmethod
    def _question(page: PageRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, value in {**({} if page.alone else asked), **dict(page.params)}.items():
            if name.startswith("/"):
                setter(name)(body, value)
            else:
                body[name] = deepcopy(value)
        return body

    def page(self, answer: Answer, walk: Walk) -> tuple[Page, PageRequest | None]:
        """Read an answer and find out what follows it."""
        body = answer.json()
        rows = self._envelope.rows(answer, body)
        seen, faults = self._reader.rows(rows)
        following = walk.after(PageFacts(len(rows), body, answer.headers, answer.status, _fingerprint(seen)))
        return Page(seen, faults, answer.server_now, following is None), following

    def begin(self, size: int | None) -> Walk:
        """Begin a walk through the pages."""
        return begin(self._listing.paging, size=size)

    def ends(self, status: int | None) -> bool:
        """Tell whether a status means 'past the last page'."""
        return status in self._listing.paging.end_status

    @property
    def restartable(self) -> bool:
        """True where pages hang on tokens, which may expire while we read."""
        return self._listing.paging.kind in _TOKENS

    @property
    def name(self) -> str:
        return self._name


class _Scan:
    """One way through the list."""

    def __init__(self, feed: Feed, asked: Mapping[str, Any], size: int | None) -> None:
        self._feed, self._asked, self._size = feed, asked, size
        self._number = 0
        self._restarted = False
        self._walk = feed.begin(size)

    def run(self) -> Iterator[Page]:
        following: PageRequest | None = self._walk.first()
        while following is not None:
            page, following = self._step(following)
            if page is not None:
                self._number += 1
                yield page

    def _step(self, request: PageRequest) -> tuple[Page | None, PageRequest | None]:
        """Read one page; no page where the scan starts over."""
        try:
            answer = self._feed.ask(request, self._asked)
            # An answer without content ends a list only where the definition says so.
            if self._feed.ends(answer.status):
                return _end(answer.server_now), None
            return self._feed.page(answer, self._walk)
        except CallError as error:
            return self._refused(error)
        except FeedError as error:
            where = error.where or f"page {self._number + 1}"
            raise FeedError(f"{self._feed.name}: {error.message}", where=where, todo=error.todo) from error

    def _refused(self, error: CallError) -> tuple[Page | None, PageRequest | None]:
        # On the first page no status means 'past the last': a wrong path must not look like an empty list.
        if self._number and self._feed.ends(error.status):
            return _end(None), None
        if self._number and self._feed.restartable and isinstance(error, Refused) and not self._restarted:
            self._restarted, self._number = True, 0
            self._walk = self._feed.begin(self._size)
            return None, self._walk.first()
        raise error


def _end(server_now: datetime | None) -> Page:
    return Page((), (), server_now, last=True)


def _fingerprint(rows: tuple[Seen, ...]) -> int | None:
    return hash(tuple([(row.id, row.version or row.updated) for row in rows])) if rows else None
