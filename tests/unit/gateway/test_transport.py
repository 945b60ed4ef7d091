"""Calls over real sockets: what comes back, what does not, and whether anything was sent."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import Mock

import pytest

from ebond.definitions.gateway import Timeouts
from ebond.gateway.line import Line, _Stream
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.wire import Headers, Raw, TransportFailure
from ebond.testing.clock import ManualClock
from tests.unit.gateway.peer import HOST, Peer, Turn, answer

JSON = b'{"result":[1,2]}'


@pytest.fixture(scope="module")
def context() -> Any:
    """Return a context that no plain call uses; loading the system's authorities takes a while."""
    return ssl.create_default_context()


@pytest.fixture
def carrier(context: Any) -> Iterator[Any]:
    """Return a factory of transports, which are closed in the end."""
    made: list[HttpxTransport] = []

    def make(*, patience: float = 10, largest: int = 1 << 20, proxy: str | None = None, **milliseconds: int) -> Any:
        limits = Timeouts.model_validate({name: f"{one}ms" for name, one in milliseconds.items()})
        made.append(HttpxTransport(timeouts=limits, context=context, proxy=proxy, patience=patience, largest=largest))
        return made[-1]

    yield make
    for one in made:
        one.close()


def post(peer: Peer, path: str = "/x", content: bytes = b"{}", **headers: str) -> Raw:
    return Raw(
        "POST", peer.url + path, Headers({name.replace("_", "-"): one for name, one in headers.items()}), content
    )


def failure(transport: HttpxTransport, raw: Raw) -> TransportFailure:
    with pytest.raises(TransportFailure) as raised:
        transport.send(raw)
    return raised.value


def chunked(*pieces: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


ANSWERS: list[tuple[str, bytes, int, bytes]] = [
    ("plain", answer(JSON), 200, JSON),
    ("chunked", chunked(JSON[:3], JSON[3:]), 200, JSON),
    ("gzip", answer(gzip.compress(JSON), "Content-Encoding: gzip"), 200, JSON),
    ("deflate", answer(zlib.compress(JSON), "Content-Encoding: deflate"), 200, JSON),
    ("empty", answer(b"", status="201 Created"), 201, b""),
    ("no content", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    ("HTTP/1.0, ended by the end", b"HTTP/1.0 200 OK\r\n\r\n" + JSON, 200, JSON),
    ("early hints first", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(JSON), 200, JSON),
    ("continue first", b"HTTP/1.1 100 Continue\r\n\r\n" + answer(JSON), 200, JSON),
    ("no reason", b"HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n", 429, b""),
    ("a status of its own", answer(JSON, status="599 Odd"), 599, JSON),
    ("an encoding that nobody asked for", answer(JSON, "Content-Encoding: identity"), 200, JSON),
    ("a redirect", answer(b"", "Location: http://127.0.0.1:1/y", status="302 Found"), 302, b""),
]


@pytest.mark.parametrize(("sent", "status", "content"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_answer_arrives(carrier: Any, sent: bytes, status: int, content: bytes) -> None:
    """However an answer is framed and packed, status and body come out; redirects are not followed."""
    with Peer(sent) as peer:
        came = carrier().send(post(peer))
    assert (came.status, came.content, len(peer.requests)) == (status, content, 1)


def test_line_knows_when_the_last_byte_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time until a call was sent is known, and the wait for its answer is no part of it."""
    clock, line = ManualClock(), Line()
    monkeypatch.setattr("ebond.gateway.line.time", clock)
    line.begin(100)
    stream = _Stream(Mock(), line)
    for seconds, piece in ((1, b"head"), (2, b"body"), (4, b"")):  # httpcore ends every request with nothing
        clock.advance(seconds)
        stream.write(piece)
    assert (line.sent, line.sent_after) == (True, 3)


def test_answer_says_when_its_call_had_left(carrier: Any) -> None:
    """What a line knows comes with the answer."""
    with Peer(answer(JSON)) as peer:
        assert carrier().send(post(peer)).sent_after > 0


BROKEN: list[tuple[str, Turn, str]] = [
    ("no answer", None, "the answer broke off"),
    ("half a head", b"HTTP/1.1 200 OK\r\nContent-Le", "the answer broke off"),
    ("half a body", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "the answer broke off"),
    ("half a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", "the answer broke off"),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n", "the answer broke off"),
    ("no packed data", answer(JSON, "Content-Encoding: gzip"), "the answer cannot be unpacked"),
    ("a length that is none", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "the answer broke off"),
    ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "the answer broke off"),
]


@pytest.mark.parametrize(("turn", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_no_whole_answer(carrier: Any, turn: Turn, words: str) -> None:
    """What came of the call is unknown; a part of an answer is never taken for the whole."""

    def once(connection: socket.socket) -> None:
        if isinstance(turn, bytes):
            connection.sendall(turn)

    with Peer(once) as peer:
        failed = failure(carrier(), post(peer))
    assert (failed.sent, failed.lasting, len(peer.requests)) == (True, False, 1)
    assert failed.message.startswith(words)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_reset_after_the_call_was_sent(carrier: Any) -> None:
    """A connection that is reset before the answer leaves the outcome unknown."""
    with Peer(reset) as peer:
        failed = failure(carrier(), post(peer))
    assert (failed.sent, failed.message.partition(" (")[0]) == (True, "the connection broke")


def test_nobody_listens(carrier: Any) -> None:
    """A connection that is refused sent nothing."""
    with Peer(answer()) as peer:
        gone = post(peer)
    failed = failure(carrier(), gone)
    assert (failed.sent, failed.lasting, failed.message.partition(" (")[0]) == (False, False, "no connection")


def test_unknown_host(carrier: Any) -> None:
    """A name that leads nowhere sent nothing."""
    failed = failure(carrier(), Raw("POST", "http://nowhere.invalid/x", {}, b"{}"))
    assert (failed.sent, failed.lasting) == (False, False)


def test_no_connection_in_time(carrier: Any) -> None:
    """A server that does not take connections ends the call after the connect time-out, with nothing sent."""
    with socket.socket() as full:
        full.bind((HOST, 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            url = f"http://{HOST}:{full.getsockname()[1]}/x"
            failed = failure(carrier(connect=50), Raw("POST", url, {}, b"{}"))
    assert (failed.sent, failed.message.partition(" (")[0]) == (False, "no connection in time")


def test_no_answer_in_time(carrier: Any) -> None:
    """A server that takes the call and says nothing leaves its outcome unknown."""
    with Peer(lambda _: peer.over.wait(10) and None) as peer:
        failed = failure(carrier(read=50), post(peer))
    assert (failed.sent, failed.message.partition(" (")[0]) == (True, "no answer in time")


def test_not_sent_in_time(carrier: Any) -> None:
    """A server that stops reading ends the call after the write time-out; a part of it was sent."""
    with socket.create_server((HOST, 0)) as deaf:
        raw = Raw("POST", f"http://{HOST}:{deaf.getsockname()[1]}/x", {}, bytes(30_000_000))
        failed = failure(carrier(write=50), raw)
    assert (failed.sent, failed.message.partition(" (")[0]) == (True, "the call could not be sent in time")


def test_trickle_ends(carrier: Any) -> None:
    """A server that sends a byte now and then, always within the read time-out, does not hold its caller."""

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(300):
            peer.over.wait(0.01)
            connection.sendall(b"x")

    with Peer(trickle) as peer:
        failed = failure(carrier(connect=50, write=50, read=200, patience=0.5), post(peer))
    assert (failed.sent, failed.message.partition(" (")[0]) == (True, "no answer in time")


@pytest.mark.parametrize("packed", [False, True])
def test_answer_that_is_too_large(carrier: Any, packed: bool) -> None:
    """An answer beyond the limit is not taken in, also where it is small as long as it is packed."""
    body = bytes(3 << 20)
    sent = answer(gzip.compress(body), "Content-Encoding: gzip") if packed else answer(body)
    transport = carrier(largest=1 << 20)
    with Peer(sent, answer(JSON)) as peer:
        failed = failure(transport, post(peer))
        after = transport.send(post(peer)).content
    assert (failed.message, failed.lasting, after) == ("the answer is larger than 1 MB", True, JSON)


def test_connection_is_kept(carrier: Any) -> None:
    """Calls one after the other share a connection, also after an error; a web page or no body changes nothing."""
    transport = carrier()
    with Peer(answer(), answer(b"<html>", status="503 Busy"), b"HTTP/1.1 204 -\r\n\r\n", answer()) as peer:
        statuses = [transport.send(post(peer)).status for _ in range(4)]
    assert (statuses, peer.connections) == ([200, 503, 204, 200], 1)


def test_connection_that_was_closed_meanwhile_is_replaced(carrier: Any) -> None:
    """A POST never goes out on a connection that the server closed while it was idle."""
    transport = carrier()
    with Peer(answer(b"{}", "Connection: keep-alive"), answer()) as peer:
        transport.send(post(peer))
        peer.hang_up()
        assert transport.send(post(peer)).status == 200
    assert (peer.connections, len(peer.requests)) == (2, 2)


def test_answer_is_not_taken_for_the_next(carrier: Any) -> None:
    """What follows an answer on its connection is no answer to the next call."""
    transport = carrier()
    with Peer(answer(b'"first"') + answer(b'"smuggled"'), answer(b'"second"')) as peer:
        assert [transport.send(post(peer)).content for _ in range(2)] == [b'"first"', b'"second"']


def test_threads_do_not_wait_for_each_other(carrier: Any) -> None:
    """As many calls are under way as there are threads; afterwards their connections are shared."""
    transport, barrier = carrier(), Barrier(6)

    def all_together(connection: socket.socket) -> None:
        barrier.wait(10)
        connection.sendall(answer())

    with Peer(all_together) as peer, ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: transport.send(post(peer)).status, range(6)))
    assert (statuses, peer.connections) == ([200] * 6, 6)


def test_interrupted_call_leaves_no_connection(carrier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is interrupted in the middle of a call does not leave its answer to the next one."""
    transport = carrier()

    def interrupt(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        peer.over.wait(10)

    with Peer(interrupt, answer(JSON)) as peer:
        monkeypatch.setattr("ebond.gateway.transport._Lane._content", _stop)
        with pytest.raises(KeyboardInterrupt):
            transport.send(post(peer))
        monkeypatch.undo()
        assert (transport.send(post(peer)).content, peer.connections) == (JSON, 2)


def _stop(*_: object) -> bytes:
    raise KeyboardInterrupt


def test_request_goes_out_as_it_is(carrier: Any) -> None:
    """Path, query, headers and body arrive byte by byte; nothing is added but host, length and encodings."""
    with Peer(answer()) as peer:
        carrier().send(post(peer, "/a%2Fb/c%20d?e=%2B&f=a,b", b'{"a":1}', X_Key="a b", If_Match='"1"'))
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert (first, body) == ("POST /a%2Fb/c%20d?e=%2B&f=a,b HTTP/1.1", b'{"a":1}')
    known = ["accept-encoding: gzip, deflate", "content-length: 7", 'if-match: "1"', "x-key: a b"]
    assert sorted(header.lower() for header in headers) == sorted([*known, f"host: {HOST}:{peer.port}"])


def test_answers_may_be_wanted_unpacked(carrier: Any) -> None:
    """A definition that names the encodings itself is obeyed; the header does not go twice."""
    with Peer(answer()) as peer:
        carrier().send(post(peer, accept_encoding="identity"))
    lines = peer.requests[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(b"accept-encoding")] == [b"accept-encoding: identity"]


def test_header_of_two_lines_is_not_sent(carrier: Any) -> None:
    """A secret with a line break in it cannot smuggle a header, and is not repeated in the message."""
    with Peer(answer()) as peer:
        failed = failure(carrier(), post(peer, X_Key="s3cret\r\nX: y"))
    assert (failed.sent, failed.lasting, peer.connections) == (False, True, 0)
    assert str(failed) == "the header X-Key cannot carry its value"


def test_headers_that_come_twice(carrier: Any) -> None:
    """Headers are known by their names in lower case; those that come twice stand one after the other."""
    lines = ("Link: </a>; rel=prev", "LINK: </b>; rel=next", "X-Odd: caf\xe9")
    with Peer(answer(b"{}", *lines)) as peer:
        headers = carrier().send(post(peer)).headers
    assert (headers["link"], headers["x-odd"]) == ("</a>; rel=prev, </b>; rel=next", "caf\xe9")


def test_cookies_are_not_kept(carrier: Any) -> None:
    """A cookie would be a credential that no definition names."""
    transport = carrier()
    with Peer(answer(b"{}", "Set-Cookie: JSESSIONID=1; Path=/")) as peer:
        for _ in range(2):
            transport.send(post(peer))
    assert [b"cookie" in one.lower() for one in peer.requests] == [False, False]


def test_environment_names_no_proxy(carrier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that happens to stand in the environment does not get to see credentials."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Peer(answer()) as peer:
        assert carrier().send(post(peer)).status == 200


def test_proxy_carries_plain_calls(carrier: Any) -> None:
    """Over a proxy the whole URL is asked for."""
    with Peer(answer(JSON)) as proxy:
        came = carrier(proxy=proxy.url).send(Raw("GET", "http://gw.internal/a?b=c"))
    assert (came.content, proxy.requests[0].partition(b"\r\n")[0]) == (JSON, b"GET http://gw.internal/a?b=c HTTP/1.1")


def test_proxy_that_lets_nobody_through(carrier: Any) -> None:
    """Where the proxy refuses the tunnel, nothing of the call was sent."""
    with Peer(answer(b"", status="407 Proxy Authentication Required")) as proxy:
        failed = failure(carrier(proxy=proxy.url), Raw("POST", "https://gw.internal/a", {"X-Key": "s"}, b"{}"))
    assert (failed.sent, failed.message) == (
        False,
        "the proxy does not let us through (407 Proxy Authentication Required)",
    )
    assert b"X-Key" not in proxy.requests[0]


def test_closed_transport_closes_what_comes_back(carrier: Any) -> None:
    """Connections of calls under way are closed when those end."""
    transport = carrier()

    def close_first(connection: socket.socket) -> None:
        transport.close()
        connection.sendall(answer())
        assert connection.recv(1) == b""

    with Peer(close_first) as peer:
        assert transport.send(post(peer)).status == 200
        assert peer.hung_up.wait(10)
