"""How one page leads to the next: one small state machine for each kind, without any I/O.

A walk is begun once for a scan. It is told the facts of each answer and says what to ask next, or that the
list has ended, or (FeedError) that it cannot be trusted: a link that comes again, a page twice, no end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ebond.definitions.system import Paging
from ebond.errors import ContractError, FeedError
from ebond.mapping.path import getter
from ebond.records.link import next_link
from ebond.records.marks import same_value

_STEPS_BACK: Final = 3


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What to ask for: parameters besides the listing's own, or a link in place of all of them."""

    params: tuple[tuple[str, str | int], ...] = ()
    url: str | None = None
    alone: bool = False
    """The parameters stand for the whole question: the listing's own are left out."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a walk has to know of an answer."""

    rows: int
    """How many rows it held, readable or not, ours or not."""
    body: Any
    headers: Mapping[str, str]
    status: int = 200
    fingerprint: int | None = None
    """Tells two pages apart; None where there is nothing to tell."""


class Walk:
    """The way through one list; ``kind: single`` as it stands, the base of the others."""

    def __init__(self, paging: Paging, *, size: int | None = None) -> None:
        self.paging = paging
        self.size = size or paging.size
        self._pages = 0
        self._met: set[str | int] = set()
        self._fingerprint: int | None = None
        self._more = _maybe(paging.more)

    def first(self) -> PageRequest:
        """Return what to ask first."""
        return PageRequest(self._sized())

    def after(self, facts: PageFacts) -> PageRequest | None:
        """Return what to ask after an answer; None at the end. Raises FeedError."""
        self._pages += 1
        if facts.fingerprint is not None and facts.fingerprint == self._fingerprint:
            raise FeedError(
                "the list shows the same page again",
                todo="Look at 'paging': the system seems to ignore the parameter that leads to the next page",
            )
        self._fingerprint = facts.fingerprint
        following = None if self.flag(facts) is False else self._next(facts)
        if following is not None and self._pages >= self.paging.max_pages:
            raise FeedError(
                f"the list has no end after {self._pages} pages",
                todo="Raise 'max_pages' if it is really that long",
            )
        return following

    def flag(self, facts: PageFacts) -> bool | None:
        """Return what the answer itself says on whether more follows; None where it says nothing."""
        told = self._more(facts.body) if self._more is not None else None
        if told is None and self.paging.more_header is not None:
            told = facts.headers.get(self.paging.more_header.lower())
        return None if told is None else same_value(told, self.paging.more_when)

    def _next(self, _facts: PageFacts) -> PageRequest | None:
        return None

    def _sized(self) -> tuple[tuple[str, str | int], ...]:
        return ((self.paging.size_param, self.size),) if self.paging.size_param else ()

    def _once(self, token: str | int) -> None:
        """Raise FeedError where a cursor or link comes a second time."""
        if token in self._met:
            raise FeedError(
                "the list leads in a circle: the same next page came a second time",
                where=f"page {self._pages}",
                todo="Look at 'paging' of the resource; what was read until here is kept",
            )
        self._met.add(token)

    def _token(self, told: Any, facts: PageFacts) -> str | int | None:
        if isinstance(told, (str, int)) and not isinstance(told, bool) and told != "":
            self._once(told)
            return told
        if self.flag(facts):
            raise FeedError("more is said to follow, and no next page is named", where=f"page {self._pages}")
        return None


class CountedWalk(Walk):
    """``offset`` and ``page``: we count.

    Where short pages are normal (access rules applied after the limit) the offset moves by whole pages; where
    they are not, a short page before the known total means a server that caps the size, and it moves by rows.
    """

    def __init__(self, paging: Paging, *, size: int | None = None) -> None:
        super().__init__(paging, size=size)
        if paging.param is None:
            raise ContractError(f"paging of kind {paging.kind} needs 'param'")
        self._param = paging.param
        self._position = 0
        self._index = 0
        self._known_total: int | None = None
        self._steps_back = 0
        self._total_at = _maybe(paging.total)

    def first(self) -> PageRequest:
        return self._request()

    def _request(self) -> PageRequest:
        count = self._position if self.paging.kind == "offset" else self._index
        return PageRequest((*self._sized(), (self._param, self._written(self.paging.first + count))))

    def _written(self, first: int) -> str | int:
        """Return the parameter's value: a number, or a range of so many records."""
        if self.paging.range is None:
            return first
        return self.paging.range.replace("{first}", str(first)).replace("{last}", str(first + self.size - 1))

    def _next(self, facts: PageFacts) -> PageRequest | None:
        rows, total = facts.rows, self._total(facts)
        capped = self.paging.short_page_ends and rows > 0
        reached = self._position + (rows if capped else max(rows, self.size))
        slid = self._slid(total)
        if not self._follows(facts, reached, total) and not slid:
            return None
        if slid:
            back = slid if self.paging.kind == "offset" else self.size
            self._position = max(0, self._position - back)
            self._index = max(0, self._index - 1)
        else:
            self._position = reached
            self._index += 1
        return self._request()

    def _follows(self, facts: PageFacts, reached: int, total: int | None) -> bool:
        if self.flag(facts):
            return True
        if facts.rows == 0 and self.paging.short_page_ends:
            return False
        if total is not None and total >= facts.rows:
            return reached < total
        if next_link(facts.headers.get("link")):
            return True
        if facts.rows == 0:
            return False
        # 206 says that this page is not the whole (TMF630), however short it is.
        return facts.status == 206 or not self.paging.short_page_ends or facts.rows >= self.size

    def _total(self, facts: PageFacts) -> int | None:
        told = self._total_at(facts.body) if self._total_at else None
        if told is None and self.paging.total_header:
            told = facts.headers.get(self.paging.total_header.lower())
        # A range ends with the number of all: ``0-49/200``.
        text = str(told).rpartition("/")[2].strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def _slid(self, total: int | None) -> int:
        """Return by how many rows the list has become shorter while we read: so many slid past us.

        They are read again. Only a few times in a scan: a total that flickers must not keep us here.
        """
        before, self._known_total = self._known_total, total
        if before is None or total is None or total >= before or self._steps_back >= _STEPS_BACK:
            return 0
        self._steps_back += 1
        return min(before - total, self._position)


class TokenWalk(Walk):
    """``cursor`` and ``header_token``: the answer names a token that we send back."""

    def __init__(self, paging: Paging, *, size: int | None = None) -> None:
        super().__init__(paging, size=size)
        if paging.param is None or (paging.cursor if paging.kind == "cursor" else paging.header) is None:
            where = "cursor" if paging.kind == "cursor" else "header"
            raise ContractError(f"paging of kind {paging.kind} needs 'param' and '{where}'")
        self._param = paging.param
        self._told = _source(paging)

    def _next(self, facts: PageFacts) -> PageRequest | None:
        token = self._token(self._told(facts), facts)
        if token is None:
            return None
        return PageRequest((*self._sized(), (self._param, token)), alone=self.paging.token_alone)


class LinkedWalk(Walk):
    """``link``, ``next_url`` and ``header_url``: the answer holds a link to the next page."""

    def __init__(self, paging: Paging, *, size: int | None = None) -> None:
        super().__init__(paging, size=size)
        if (paging.kind == "next_url" and paging.cursor is None) or (
            paging.kind == "header_url" and paging.header is None
        ):
            where = "cursor" if paging.kind == "next_url" else "header"
            raise ContractError(f"paging of kind {paging.kind} needs '{where}'")
        self._told = _source(paging)

    def _next(self, facts: PageFacts) -> PageRequest | None:
        url = self._token(self._told(facts), facts)
        return None if url is None else PageRequest(url=str(url))


_KINDS: Final[Mapping[str, type[Walk]]] = {
    "single": Walk,
    "offset": CountedWalk,
    "page": CountedWalk,
    "cursor": TokenWalk,
    "header_token": TokenWalk,
    "link": LinkedWalk,
    "next_url": LinkedWalk,
    "header_url": LinkedWalk,
}


def begin(paging: Paging, *, size: int | None = None) -> Walk:
    """Begin a walk through a list; raises ContractError where the definition lacks what its kind needs."""
    return _KINDS[paging.kind](paging, size=size)


def _maybe(pointer: str | None) -> Callable[[Any], Any] | None:
    return None if pointer is None else getter(pointer)


def _source(paging: Paging) -> Callable[[PageFacts], Any]:
    """Return where the next token or link is found."""
    if paging.kind == "link":
        name = (paging.header or "link").lower()
        return lambda facts: next_link(facts.headers.get(name))
    if paging.kind in ("header_token", "header_url"):
        header = (paging.header or "").lower()
        return lambda facts: (facts.headers.get(header) or "").strip()
    at = getter(paging.cursor or "")
    return lambda facts: at(facts.body)
