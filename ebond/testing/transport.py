"""A transport that calls a function instead of a server."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

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
        with self._lock:
            self.calls.append(raw)
        return self._app(raw)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
