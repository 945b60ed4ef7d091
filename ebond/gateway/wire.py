"""What goes over the wire: requests and answers as plain values, and what a transport is.

``Request`` is what the rest of ebond asks for; ``Raw`` is what a transport sends, credentials included, and
never shows its headers or its body in ``repr``. ``Answer`` is what the rest of ebond gets back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

from ebond.errors import AnswerError
from ebond.gateway.body import decode
from ebond.gateway.outcome import Outcome
from ebond.gateway.stream import Outflow, Spool

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
SAFE_OPERATIONS: Final = frozenset({"list", "read", "lookup"})


def _no_headers() -> Mapping[str, str]:
    """Return the one empty mapping: dataclasses take no unhashable default."""
    return _NO_HEADERS


class Headers(dict[str, str]):
    """Header fields whose ``repr`` shows the names only: some values are credentials."""

    __slots__ = ()

    def set(self, name: str, value: str) -> None:
        """Set a field in place of what it was, however its name was spelled then."""
        if name not in self:
            low = name.lower()
            for other in [one for one in self if one.lower() == low]:
                del self[other]
        self[name] = value

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


@dataclass(frozen=True, slots=True)
class Request:
    """One call as the rest of ebond asks for it.

    ``path`` is relative to the system's base path and already percent-encoded where needed, or an absolute
    URL (an opaque next link). ``params`` are plain: they arrive exactly so after decoding. ``json`` None means
    no body; ``upload`` is a body that is sent piece by piece instead, ``spool`` the file that the answer goes to.
    ``operation`` is one of list, read, lookup, create, update, delete, token, probe, download.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=_no_headers)
    json: Any = field(default=None, repr=False)
    media_type: str = "application/json"
    form: str | None = None
    """Not None: the body goes as a form, all of it as JSON in the field of this name; in fields of its own where it is
    empty."""
    operation: str = ""
    upload: Outflow | None = field(default=None, repr=False)
    spool: Spool | None = field(default=None, repr=False)

    @property
    def safe(self) -> bool:
        """Whether repeating it can do no harm: reads by GET, and the lists and look-ups that go by POST."""
        return self.method in SAFE_METHODS or self.operation in SAFE_OPERATIONS


@dataclass(frozen=True, slots=True, repr=False)
class Raw:
    """One call as it goes on the wire."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=_no_headers, repr=False)
    content: bytes = field(default=b"", repr=False)
    upload: Outflow | None = field(default=None, repr=False)
    """Sent piece by piece in place of ``content``."""
    spool: Spool | None = field(default=None, repr=False)
    """Where the body of a good answer goes, in place of the answer's ``content``."""

    def __repr__(self) -> str:
        # A query may hold a key, too.
        return f"Raw({self.method} {self.url.partition('?')[0]})"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer as it came off the wire; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=_no_headers, repr=False)
    content: bytes = field(default=b"", repr=False)
    sent_after: float = 0.0
    """Seconds from the beginning of the call until the last byte of it had left."""


class TransportFailure(Exception):
    """No complete answer came.

    ``sent`` is False where certainly nothing reached the other side; ``lasting`` is True where trying again
    at once is pointless (a certificate that does not verify). The message holds no header and no body.
    """

    def __init__(self, message: str, *, sent: bool, lasting: bool = False, todo: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.sent = sent
        self.lasting = lasting
        self.todo = todo


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One try of one call as an observer sees it: for logs and measurements; no header, no body, no query."""

    system: str
    """The system's name; the gateway's for a token."""
    operation: str
    method: str
    path: str
    attempt: int
    status: int | None
    outcome: Outcome
    seconds: float
    request_id: str
    gateway_id: str


class Transport(Protocol):
    """What carries one call; threads share it."""

    def send(self, raw: Raw) -> RawAnswer:
        """Carry one call; raise TransportFailure where no complete answer came."""

    def close(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that did what was asked; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    request_id: str
    gateway_id: str
    outcome: Outcome
    decoded: Any = field(default=None, repr=False)
    """The body where the verdict had to read it; large pages are not read twice."""

    def json(self) -> Any:
        """Return the decoded body; None where the body is blank. Raises AnswerError for anything but JSON."""
        if self.decoded is not None:
            return self.decoded
        try:
            return decode(self.content, self.headers.get("content-type", ""))
        except ValueError as error:
            fault = str(error)
        raise AnswerError(
            f"the answer is no JSON: {_shape(self.headers, self.content, fault)}",
            where=f"request {self.request_id}",
            todo="Ask the gateway's team what this request got; the body is a fault of theirs",
        )

    @property
    def server_now(self) -> datetime | None:
        """The server's own time when it answered, from its Date header."""
        return http_date(self.headers.get("date", ""))


def http_date(text: str) -> datetime | None:
    """Read an HTTP date in any of its three forms; None where it is none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _shape(headers: Mapping[str, str], content: bytes, fault: str) -> str:
    """Describe a body without quoting it: it may hold personal data."""
    kind = headers.get("content-type", "no content type")[:60]
    looks = "a web page or XML" if content.lstrip()[:1] == b"<" else fault[:80]
    return f"{len(content)} bytes of {kind}, {looks}"
