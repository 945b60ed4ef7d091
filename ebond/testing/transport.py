"""A transport that calls a function instead of a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from ebond.gateway.stream import Spool
from ebond.gateway.wire import Raw, RawAnswer

App = Callable[[Raw], RawAnswer]


class FakeTransport:
    """Hands each call to ``app`` and remembers it; ``app`` may raise TransportFailure."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = Lock()
        self.calls: list[Raw] = []
        self.closed = False

    def send(self, raw: Raw) -> RawAnswer:
        """Carry one call."""
        if raw.upload is not None:
            raw = replace(raw, content=b"".join(raw.upload.pieces()), upload=None)
        with self._lock:
            self.calls.append(raw)
        answer = self._app(raw)
        if raw.spool is None or not 200 <= answer.status < 300:
            return answer
        return self._spooled(answer, raw.spool)

    def _spooled(self, answer: RawAnswer, into: Spool) -> RawAnswer:
        into.begin()
        if not into.takes(answer.headers):
            return answer
        into.write(answer.content)
        return replace(answer, content=b"")

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
