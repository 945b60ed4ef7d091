"""Bodies that carry a file, never whole in memory: as it is, as the last part of a form, in base64 inside of JSON."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol
from urllib.parse import quote

import orjson

from ebond.attachments import File
from ebond.gateway.stream import Outflow
from ebond.gateway.wire import Answer, Request
from ebond.records.feed import Sender

Way = Literal["raw", "multipart", "base64"]
#: Stands in a JSON body where the content of the file goes.
MARK: Final = "\x00the content of the file\x00"
_QUOTED_MARK: Final = orjson.dumps(MARK)[1:-1]
_CRLF: Final = b"\r\n"


class Contents(Protocol):
    """What holds the content of a file: a spool."""

    size: int

    def pieces(self) -> Iterator[bytes]:
        """Yield it from its beginning, in pieces whose lengths can be divided by 3."""


@dataclass(slots=True)
class Parcel:
    """Sends what the records' own machinery writes, with a file in it; keeps the answer to what carried the file."""

    sender: Sender
    way: Way
    file: File
    media_type: str
    contents: Contents
    part: str
    boundary: str
    """What separates the parts of a form: nothing that a file is likely to hold."""
    answer: Answer | None = None

    def send(self, request: Request) -> Answer:
        """Send a request; one that writes carries the file."""
        carrying = self._carrying(request)
        answer = self.sender.send(carrying)
        if carrying is not request:
            self.answer = answer
        return answer

    def _carrying(self, request: Request) -> Request:
        if self.way == "base64":
            return self._in_json(request)
        if request.operation != "create":
            return request
        if self.way == "raw":
            upload = Outflow(self.contents.size, self.contents.pieces)
            return replace(request, json=None, upload=upload, media_type=self.media_type)
        return self._in_form(request)

    def _in_json(self, request: Request) -> Request:
        if request.json is None:
            return request
        before, mark, after = orjson.dumps(request.json).partition(_QUOTED_MARK)
        if not mark:
            return request
        size = len(before) + 4 * -(-self.contents.size // 3) + len(after)
        return replace(request, json=None, upload=Outflow(size, lambda: self._encoded(before, after)))

    def _encoded(self, before: bytes, after: bytes) -> Iterator[bytes]:
        yield before
        for piece in self.contents.pieces():
            yield base64.b64encode(piece)
        yield after

    def _in_form(self, request: Request) -> Request:
        line = b"--" + self.boundary.encode()
        fields = request.json if isinstance(request.json, Mapping) else {}
        before = b"".join(
            line + _CRLF + _disposition(name) + _CRLF * 2 + _text(value) + _CRLF for name, value in fields.items()
        )
        before += line + _CRLF + _disposition(self.part, self.file.name) + _CRLF
        before += b"Content-Type: " + self.media_type.encode() + _CRLF * 2
        after = _CRLF + line + b"--" + _CRLF
        size = len(before) + self.contents.size + len(after)

        def pieces() -> Iterator[bytes]:
            yield before
            yield from self.contents.pieces()
            yield after

        kind = f"multipart/form-data; boundary={self.boundary}"
        return replace(request, json=None, upload=Outflow(size, pieces), media_type=kind)


def _disposition(name: str, filename: str | None = None) -> bytes:
    """Write the header of a part; browsers percent-encode what would end a quoted name, and so do we."""
    text = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    return (text if filename is None else f'{text}; filename="{_quoted(filename)}"').encode()


def _quoted(text: str) -> str:
    return re.sub(r'[\r\n"]', lambda match: quote(match[0]), text)


def _text(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return value.encode() if isinstance(value, str) else orjson.dumps(value)
