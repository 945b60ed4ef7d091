"""Files over real sockets: piece by piece, made anew for another try, and nothing taken for a file that is none."""

from __future__ import annotations

import errno
import hashlib
import ssl
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from ebond.definitions.gateway import Timeouts
from ebond.errors import NoRoom, Refused, TooLarge
from ebond.gateway.stream import PIECE, Outflow, Spool, allowance
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.wire import Raw, Request, TransportFailure
from tests.unit.gateway.conftest import reply
from tests.unit.gateway.peer import Peer, answer

AUTH = {
    "kind": "oauth2_client_credentials",
    "token_url": "https://gw.test/token",
    "client_id": "us",
    "client_secret": "env:S",
}
FILE = bytes(range(256)) * 4096


@pytest.fixture
def carrier() -> Iterator[HttpxTransport]:
    """Return a transport without a proxy."""
    made = HttpxTransport(timeouts=Timeouts(), context=ssl.create_default_context())
    yield made
    made.close()


class Hasty(Peer):
    """Answers before it has read the body, and reads the rest for manners."""

    def _converse(self, connection: Any) -> None:
        connection.recv(1024)
        connection.sendall(answer(b"{}", "Connection: close", status="413 Too Large"))
        while connection.recv(1 << 20):
            pass


def outflow(content: bytes = FILE) -> Outflow:
    return Outflow(len(content), lambda: iter([content[at : at + PIECE] for at in range(0, len(content), PIECE)]))


def sent(peer: Peer, content: bytes = FILE) -> Raw:
    return Raw("POST", peer.url + "/f", {"Content-Length": str(len(content))}, upload=outflow(content))


def test_a_body_is_sent_with_its_length(carrier: HttpxTransport) -> None:
    """What is sent piece by piece arrives as it is, under its length and not in chunks, however often."""
    with Peer(answer()) as peer:
        for _ in range(2):
            assert carrier.send(sent(peer)).status == 200
    for request in peer.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        assert (body == FILE, b"chunked" in head.lower()) == (True, False)


def test_a_file_that_is_refused_early(carrier: HttpxTransport) -> None:
    """A server may refuse a file before it has read it: its word counts, and no broken connection."""

    with Hasty(None) as peer:
        assert carrier.send(sent(peer, bytes(8_000_000))).status == 413


def test_a_file_is_measured_on_the_way(carrier: HttpxTransport) -> None:
    """The body of a good answer lies in the file, with its size and digests, and nowhere else."""
    with Peer(answer(FILE)) as peer, Spool(media_type="application/json", algorithms=("md5",)) as spool:
        came = carrier.send(Raw("GET", peer.url, spool=spool))
        assert (came.content, spool.size, b"".join(spool.pieces())) == (b"", len(FILE), FILE)
        assert spool.digest() == f"sha256:{hashlib.sha256(FILE).hexdigest()}"
        assert spool.digest("md5") == f"md5:{hashlib.md5(FILE, usedforsecurity=False).hexdigest()}"


def test_a_full_disk_is_told() -> None:
    """Where a file cannot be kept, it is said where, and what to do."""
    with Spool() as spool:
        full = mock.Mock(write=mock.Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        with mock.patch.object(spool, "_file", full), pytest.raises(NoRoom, match=r"No space left.*TMPDIR"):
            spool.write(b"x")


def test_a_second_try_begins_anew() -> None:
    """What an earlier try brought is forgotten."""
    with Spool() as spool:
        spool.write(b"half of")
        spool.begin()
        spool.write(b"all")
        assert (b"".join(spool.pieces()), spool.size) == (b"all", 3)
        assert spool.digest() == f"sha256:{hashlib.sha256(b'all').hexdigest()}"


def test_a_file_that_breaks_off(carrier: HttpxTransport) -> None:
    """Less than was announced is no file."""
    half = answer(FILE)[: len(FILE) // 2]
    with Peer(lambda connection: connection.sendall(half)) as peer, Spool(media_type="application/json") as spool:
        raw = Raw("GET", peer.url, spool=spool)
        with pytest.raises(TransportFailure):
            carrier.send(raw)


def test_more_than_may_be_carried(carrier: HttpxTransport) -> None:
    """A file is given up as soon as it is too large, and the next call goes on another connection."""
    with Peer(answer(FILE)) as peer:
        with Spool(limit=1000, media_type="application/json") as spool, pytest.raises(TooLarge):
            carrier.send(Raw("GET", peer.url, spool=spool))
        assert len(carrier.send(Raw("GET", peer.url)).content) == len(FILE)
    assert peer.connections == 2


@pytest.mark.parametrize(("status", "wanted"), [("200 OK", "image/png"), ("404 Not Found", "application/json")])
def test_what_is_no_file(carrier: HttpxTransport, status: str, wanted: str) -> None:
    """An error, or JSON where a picture was announced, is told as the answer's content."""
    with Peer(answer(b'{"error":"x"}', status=status)) as peer, Spool(media_type=wanted) as spool:
        came = carrier.send(Raw("GET", peer.url, spool=spool))
        assert (came.content, spool.size) == (b'{"error":"x"}', 0)


def test_a_large_body_has_more_time() -> None:
    """A body has the time that the slowest line takes for it."""
    assert allowance(64 * 1024 * 60) == 60


def test_an_expired_token_has_the_file_sent_again(desk: Any) -> None:
    """The token is renewed and the whole file goes with the new one."""
    token = reply(200, {"access_token": "t", "token_type": "Bearer"})
    expired = reply(401, {"code": 42, "message": "Expired credentials"})
    at = desk(token, expired, token, reply(201, {"id": "7"}), auth=AUTH)
    request = Request("POST", "/files", operation="create", media_type="image/png", upload=outflow())
    assert at.client.send(request).json() == {"id": "7"}
    first, second = (raw for raw in at.calls if "/files" in raw.url)
    assert (first.content == FILE, second.content == FILE) == (True, True)
    assert (second.headers["Content-Type"], second.headers["Content-Length"]) == ("image/png", str(len(FILE)))


@pytest.mark.parametrize(("method", "status"), [("GET", 302), ("GET", 303), ("POST", 415), ("POST", 413)])
def test_a_refusal_is_about_the_file(desk: Any, method: str, status: int) -> None:
    """What a system says of one file does not stop the bond; redirects are not followed."""
    at = desk(reply(status, {"message": "no"}, location="https://elsewhere.test/f"))
    with Spool() as spool:
        sent = Request(method, "/f", operation="create", upload=outflow())
        asked = Request(method, "/f", operation="download", spool=spool)
        with pytest.raises(Refused):
            at.client.send(sent if method == "POST" else asked)
    assert all("elsewhere" not in raw.url for raw in at.calls)
