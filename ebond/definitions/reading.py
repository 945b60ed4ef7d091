"""The read side of a resource: list, page by page and since a point in time; one record by id; look-up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from ebond.definitions.answers import Status
from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds, Seconds
from ebond.definitions.fields import StampFormat
from ebond.definitions.texts import HeaderName, InnerPointer, Path, Pointer

Json = str | int | float | bool | None | list[Any] | dict[str, Any]
"""What a JSON body may hold."""
Marks = dict[Pointer, str | int | bool]


class Paging(Definition):
    """How one page leads to the next."""

    kind: Literal["single", "offset", "page", "cursor", "header_token", "link", "next_url", "header_url"]
    """``single``: one page holds all; ``offset``, ``page``: we count; ``cursor``, ``header_token``: the answer names
    what to send as ``param``; ``link``, ``next_url``, ``header_url``: it holds a link to the next page."""
    size: Annotated[int, Field(gt=0)] = 100
    """Records asked for with one call."""
    size_param: str | None = None
    """Parameter that carries the page size; None where it can't be chosen."""
    param: str | None = None
    """Parameter that carries offset, page number or cursor."""
    first: Annotated[int, Field(ge=0)] = 0
    """The first offset or page number."""
    range: str | None = None
    """How ``param`` of an ``offset`` is written where it is a range: ``"{first}-{last}"``, counted from ``first``."""
    cursor: Pointer | None = None
    """Body path of the next cursor (``cursor``) or URL (``next_url``)."""
    header: HeaderName | None = None
    """Header of the next token (``header_token``) or URL (``header_url``, ``link``)."""
    token_alone: bool = False
    """True where the token stands for the whole question: the listing's other parameters are left out with it."""
    more: Pointer | None = None
    """Body path of a flag that says whether more follows; without it the kind's own end rule holds."""
    more_header: HeaderName | None = None
    """Header with such a flag."""
    more_when: str | int | bool = True
    """The flag's value where more follows."""
    total: Pointer | None = None
    """Body path of the number of all records (``offset``, ``page``)."""
    total_header: HeaderName | None = None
    """Header of the number of all records (``offset``, ``page``)."""
    short_page_ends: bool = True
    """False where pages may be short although more follow (access rules applied after the limit)."""
    end_status: tuple[Status, ...] = ()
    """Statuses that mean 'past the last page'."""
    max_pages: Annotated[int, Field(gt=0)] = 100_000
    """More pages than this are taken for a list without end."""


class Since(Definition):
    """How to ask for records changed since a point in time."""

    params: dict[str, str]
    """Parameters of the question; ``{since}`` stands for the stamp: ``{"activity": "{since};"}``. ``{extra}`` stands
    for the bond's own filter of the same name, where one parameter carries both: an encoded query."""
    stamp: StampFormat = StampFormat()
    """How the filter writes the stamp."""
    overlap: Seconds = 60.0
    """Ask this much before the floor, for records that were committed late."""
    inclusive: bool = True
    """False where the filter means strictly after; then one granularity more is asked for."""
    initial: dict[str, str] = {}
    """Parameters of a scan from the beginning, instead of ``params``; ``{extra}`` as there."""
    retention: PositiveSeconds | None = None
    """How far back the feed reaches; a longer gap means a full scan."""


class Listing(Definition):
    """How to read the records of a resource, page by page."""

    method: Literal["GET", "POST"] = "GET"
    """The verb; POST for a search whose filter travels in the body."""
    path: Path
    """Path under the system's base path."""
    params: dict[str, str] = {}
    """Query parameters of every page; ``{extra}`` stands for the bond's own filter of the same name."""
    json_param: str | None = None
    """Query parameter of a GET that carries the whole question as one JSON text: ``input_data``. What it holds is said
    as for a POST: by ``body``, paging and since."""
    body: dict[str, Json] = {}
    """JSON body of a POST listing. Paging and since parameters are merged in, and so is the bond's filter; a name that
    begins with '/' is a place inside: ``/filters/0/value``."""
    records: Pointer = ""
    """Where the rows are in an answer; empty where the answer is the list itself."""
    rows: Literal["records", "map", "ids"] = "records"
    """``map``: an object whose values are the records; ``ids``: bare ids, and each that may have changed is read."""
    absent: Literal["error", "empty"] = "error"
    """What an answer means in which there is no list at all: an error, or that it is empty."""
    paging: Paging
    """How one page leads to the next."""
    since: Since | None = None
    """None: the system has no change feed, every scan is a snapshot."""
    complete: bool = True
    """False where the list holds stubs only: each new or changed record is read by id."""
    stub: dict[Literal["id", "version", "updated"], InnerPointer] = {}
    """Where rows of a list of stubs show what a record shows elsewhere: ``{id: /2, updated: /19}``."""
    ended: dict[Pointer, tuple[str, ...]] = {}
    """Where a record says that nothing will change it any more: pointer → texts. A list of stubs without versions and
    stamps does not have such a record read again: ``{/status: [closed, cancelled]}``."""
    skip: Marks = {}
    """Rows that are no records of ours: pointer → value."""
    deleted: Marks = {}
    """What marks a tombstone in the feed."""

    @property
    def asks_by_body(self) -> bool:
        """Is the question an object, and no list of parameters?"""
        return self.method == "POST" or self.json_param is not None


class Reading(Definition):
    """How to read one record by id."""

    method: Literal["GET", "POST"] = "GET"
    """The verb; POST where the id travels in the body."""
    path: Path
    """``{id}`` stands for the record's id."""
    params: dict[str, str] = {}
    """Query parameters; ``{id}`` stands for the record's id."""
    body: dict[str, Json] = {}
    """JSON body of a POST; ``{id}`` stands for the record's id. A name that begins with '/' is a place inside."""
    record: Pointer = ""
    """Where the record is in the answer."""
    keyed: bool = False
    """True where an object lies there, and the record is its only member: ``{"objects": {"Ticket::7": {…}}}``."""
    absent: Literal["error", "gone"] = "error"
    """What an answer without a record there means: an error, or that there is no such record."""
    deleted: Marks = {}
    """What marks a deleted record that still answers 200."""


class Lookup(Definition):
    """How to find our own record by its correlation field after an answer was lost."""

    method: Literal["GET", "POST"] = "GET"
    """The verb; POST where the correlation id travels in the body."""
    path: Path
    """Path under the system's base path; ``{sync_id}`` stands for the correlation id."""
    params: dict[str, str] = {}
    """Query parameters; ``{sync_id}`` stands for the correlation id."""
    body: dict[str, Json] = {}
    """JSON body of a POST; ``{sync_id}`` stands for the correlation id. A name with '/' before is a place inside."""
    records: Pointer = ""
    """Where the rows are in the answer."""
    rows: Literal["records", "map", "ids"] = "records"
    """``map``: an object whose values are the records; ``ids``: bare ids, which are read, a few at most."""
    absent: Literal["error", "none"] = "error"
    """What an answer means in which there is nothing at that place: an error, or that there is no such record."""
    none_status: tuple[Status, ...] = ()
    """Statuses that mean that there is no such record: ``[404]`` where an empty search answers so."""
    lag: Seconds = 0.0
    """How long the search may trail behind writes."""
