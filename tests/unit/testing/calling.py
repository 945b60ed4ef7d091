"""Calling a faithful fake by hand."""

from __future__ import annotations

from typing import Any

import orjson

from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.rest import RestApp

ADDRESS = "https://there.example"


class Caller:
    """Speaks JSON to an application."""

    def __init__(self, app: RestApp, media_type: str = "application/json") -> None:
        self.app, self.media_type = app, media_type

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> RawAnswer:
        content = b"" if body is None else orjson.dumps(body)
        named = {"Content-Type": self.media_type, **headers}
        return self.app(Raw(method, ADDRESS + path, named, content))

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and body of a call."""
        answer = self.raw(method, path, body)
        return answer.status, orjson.loads(answer.content) if answer.content else None
