"""Any fake application over real TCP, served by a thread of this process."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from threading import Event, Thread
from types import TracebackType

from ebond.gateway.wire import Raw, TransportFailure
from ebond.testing.faults import App
from ebond.testing.tcp import HOST, Line, listen


class FakeServer:
    """Serves ``app`` on loopback while the ``with`` block runs; ``url`` is its address.

    A TransportFailure that the application raises hangs up on the client. Calls are answered one after
    the other, in one thread; for load use BulkServer, which is a process of its own.
    """

    def __init__(self, app: App, *, latency_ms: float = 0.0, port: int = 0) -> None:
        self.app = app
        self.line = Line(latency_ms / 1000)
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._thread = Thread(target=self._run, name="fake-server", daemon=True)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> FakeServer:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server, self.port = self._loop.run_until_complete(listen(self._handle, self.line, self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self.line.hang_up()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _handle(self, method: bytes, target: bytes, head: bytes, body: bytes) -> bytes | None:
        lines = head.decode("latin-1").split("\r\n")[1:]
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        text = target.decode("latin-1")
        url = text if "://" in text else f"http://{headers.get('Host', headers.get('host', HOST))}{text}"
        try:
            real = self.app(Raw(method.decode(), url, headers, body))
        except TransportFailure:
            return None
        fields = {**real.headers, "content-length": str(len(real.content))}
        if real.status == HTTPStatus.NO_CONTENT:
            del fields["content-length"]
        status = f"HTTP/1.1 {real.status} {HTTPStatus(real.status).phrase}\r\n"
        start = status + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return start.encode("latin-1") + b"\r\n" + real.content
