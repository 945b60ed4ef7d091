"""What the faithful fakes share: an HTTP API in memory, with routes, JSON, a Date, and a note of each write.

Unlike ``FakeApi``, which serves whatever a definition says, each of these is written from what is known of one
system's API, so that a definition of it can be tried for being right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from threading import RLock
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ebond.clock import Clock
from ebond.gateway.wire import Raw, RawAnswer

_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, taken apart."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes
    origin: str
    """Scheme and host that the caller used."""

    @property
    def media_type(self) -> str:
        """The type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the body; None where it is no JSON."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    status: int
    body: Any = _NOTHING
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    """What is sent as it is, in place of a JSON body; ``headers`` say what it is."""


class Refused(Exception):
    """The system says no, in its own words."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.told = Told(status, body, headers)


#: (method, regular expression of the path, what answers it: the call, then the groups of the path).
Route = tuple[str, str, Callable[..., Told]]


class RestApp:
    """An application ``(Raw) -> RawAnswer``; its calls are answered one after the other.

    ``writes`` are the calls that changed something, as ``METHOD path``, in their order.
    """

    media_type = "application/json"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.writes: list[str] = []
        self._lock = RLock()
        self._count = 0

    def routes(self) -> Sequence[Route]:
        """Return the calls that are known."""
        raise NotImplementedError

    def lost(self, asked: Asked, *, known: bool) -> Told:
        """Answer a call that no route is for; ``known`` is whether its path is, with another verb."""
        raise NotImplementedError

    def __call__(self, raw: Raw) -> RawAnswer:
        """Answer one call, whose URL is the system's own."""
        asked = _asked(raw)
        with self._lock:
            try:
                told = self._answer(asked)
            except Refused as refused:
                told = refused.told
        headers = {"date": format_datetime(self.clock.now(), usegmt=True)}
        headers |= {name.lower(): value for name, value in (told.headers or {}).items()}
        if told.content is not None:
            return RawAnswer(told.status, headers, told.content)
        if told.body is _NOTHING:
            return RawAnswer(told.status, headers, b"")
        headers["content-type"] = self.media_type
        return RawAnswer(told.status, headers, orjson.dumps(told.body))

    def _answer(self, asked: Asked) -> Told:
        known = False
        for method, pattern, answer in self.routes():
            match = re.fullmatch(pattern, asked.path)
            if match is None:
                continue
            known = True
            if method == asked.method:
                return answer(asked, *(unquote(part) for part in match.groups()))
        return self.lost(asked, known=known)

    def wrote(self, asked: Asked) -> None:
        """Note that a call changed something."""
        self.writes.append(f"{asked.method} {asked.path}")

    def number(self) -> int:
        """Return a number that was not given before, from 1."""
        self._count += 1
        return self._count

    def now(self) -> datetime:
        """Return the system's time."""
        return self.clock.now()


def _asked(raw: Raw) -> Asked:
    url = urlsplit(raw.url)
    return Asked(
        raw.method,
        url.path,
        dict(parse_qsl(url.query, keep_blank_values=True)),
        {name.lower(): value for name, value in raw.headers.items()},
        raw.content,
        f"{url.scheme}://{url.netloc}",
    )
