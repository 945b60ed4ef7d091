"""The proxy that lets things go wrong on the wire, seen by ebond's own transport."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from ebond.definitions.gateway import Timeouts
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.wire import Raw, RawAnswer, TransportFailure
from ebond.testing.fake_server import FakeServer
from ebond.testing.fault_proxy import FaultProxy, tear
from ebond.testing.faults import Fault, answer_after, drop, login_page, lose_answer


class Backend:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []

    def __call__(self, raw: Raw) -> RawAnswer:
        self.seen.append((raw.method, raw.url.partition("://")[2].partition("/")[2], raw.content))
        return RawAnswer(201, {"content-type": "application/json", "location": "/7"}, b'{"id": 7, "title": "new"}')


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def proxy(backend: Backend) -> Iterator[FaultProxy]:
    with FakeServer(backend) as server, FaultProxy(server.url) as wire:
        yield wire


@pytest.fixture
def transport() -> Iterator[HttpxTransport]:
    made = HttpxTransport(timeouts=Timeouts(), context=ssl.create_default_context())
    yield made
    made.close()


def post(transport: HttpxTransport, proxy: FaultProxy) -> RawAnswer:
    return transport.send(Raw("POST", f"{proxy.url}/a%20b?c=1%3B", {"Host": "gateway.test"}, b"body"))


def test_without_faults_it_is_not_there(backend: Backend, proxy: FaultProxy, transport: HttpxTransport) -> None:
    """Path, query and body arrive as sent; status, headers and body come back."""
    answer = post(transport, proxy)
    assert backend.seen == [("POST", "a%20b?c=1%3B", b"body")]
    assert (answer.status, answer.headers["location"], answer.content) == (201, "/7", b'{"id": 7, "title": "new"}')
    assert [(call.line, call.status) for call in proxy.calls] == [("POST /a%20b", 201)]


@pytest.mark.parametrize(
    ("fault", "said", "reached"),
    [(lose_answer, "connection broke", 1), (tear, "broke off", 1), (drop, "connection broke", 0)],
)
def test_faults_happen_on_the_wire(
    backend: Backend, proxy: FaultProxy, transport: HttpxTransport, fault: Fault, said: str, reached: int
) -> None:
    """A lost answer is a reset connection, a torn one ends in the middle of its body; the system has done its part."""
    proxy.faults.next(fault)
    with pytest.raises(TransportFailure, match=said) as failure:
        post(transport, proxy)
    assert (failure.value.sent, len(backend.seen)) == (True, reached)


@pytest.mark.parametrize(("fault", "status", "reached"), [(answer_after(502), 502, 1), (login_page, 200, 0)])
def test_others_may_answer(
    backend: Backend, proxy: FaultProxy, transport: HttpxTransport, fault: Fault, status: int, reached: int
) -> None:
    """A gateway fails after the commit, or a login page answers in the system's stead."""
    proxy.faults.next(fault)
    answer = post(transport, proxy)
    assert (answer.status, b"<html" in answer.content, len(backend.seen)) == (status, True, reached)


def test_nobody_behind_is_a_bad_gateway(transport: HttpxTransport) -> None:
    """A server that is not there is answered for."""
    with FakeServer(Backend()) as server:
        gone = server.url
    with FaultProxy(gone) as proxy:
        assert post(transport, proxy).status == 502
