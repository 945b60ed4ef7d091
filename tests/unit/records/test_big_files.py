"""A file of 60 MB goes down and up, in every kind of body, with bounded memory: a process of its own, real sockets."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

SIZE = 60 * 1024 * 1024
PIECE = bytes(range(256)) * 1024
CARRIER = Path(__file__).with_name("big_files.py")


class Place(BaseHTTPRequestHandler):
    """Gives one big file, and digests whatever comes."""

    protocol_version = "HTTP/1.1"
    came: dict[str, tuple[int, str]]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for _ in range(SIZE // len(PIECE)):
            self.wfile.write(PIECE)

    def do_POST(self) -> None:
        left, digest = int(self.headers["Content-Length"]), hashlib.sha256()
        size = left
        while left:
            piece = self.rfile.read(min(left, 1 << 16))
            digest.update(piece)
            left -= len(piece)
        self.came[self.path] = (size, digest.hexdigest())
        body = b'{"id": "1"}'
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def place() -> Iterator[ThreadingHTTPServer]:
    """A server on loopback."""
    Place.came = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_60_mb_with_bounded_memory(place: ThreadingHTTPServer) -> None:
    """Neither the download nor any of the uploads holds more than a few pieces in memory, and each arrives whole."""
    url = f"http://127.0.0.1:{place.server_address[1]}"
    done = subprocess.run([sys.executable, str(CARRIER), url], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    told = json.loads(done.stdout)
    file = PIECE * (SIZE // len(PIECE))
    form = (
        b'--ebond-5\r\nContent-Disposition: form-data; name="file"; filename="v.mp4"\r\n'
        b"Content-Type: video/mp4\r\n\r\n" + file + b"\r\n--ebond-5--\r\n"
    )
    texts = {"/raw": file, "/multipart": form, "/base64": b'{"body":"' + base64.b64encode(file) + b'"}'}
    assert Place.came == {path: (len(text), hashlib.sha256(text).hexdigest()) for path, text in texts.items()}
    assert told["digest"] == f"sha256:{hashlib.sha256(file).hexdigest()}"
    assert told["grown"] < 12 * 1024 * 1024, told
