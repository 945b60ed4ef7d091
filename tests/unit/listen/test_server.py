"""The server of ``ebond listen`` over real sockets: limits, odd requests, probes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ebond.definitions.catalogue import Definitions
from ebond.errors import EbondError, SecretError, UsageError
from ebond.secrets import Secret, SecretRef
from ebond.testing.clock import ManualClock
from ebond.testing.presets import plain
from ebond.testing.wiring import fake_bond, fake_end, fake_mapping
from tests.scenarios.world import changed
from workers.listen import server
from workers.listen.inbox import Inbox, routes
from workers.listen.server import Listener
from workers.watch.health import Health

CERTIFICATE = {"kind": "client_certificate", "header": "X-Cert", "certificates": ["AB:CD"]}
TOKEN = {"kind": "bearer", "secrets": ["env:A"], "header": "X-Token", "prefix": ""}
LISTEN = {"path": "/notify/left", "verify": TOKEN, "id": "/id", "answer": 201}
GOOD = {"X-Token": "s3cret"}


class Told:
    """A store that remembers what it was told; every record is known to it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, tuple[str, ...]]] = []
        self.down = False

    def note_told(self, told: Any, *, due: Any) -> None:
        if self.down:
            raise EbondError("the database is away")
        self.told += [(one.bond, str(one.side), tuple(one.ids)) for one in told]

    def known(self, bond: str, side: Any, ids: Any) -> Any:
        return ids


def definitions(**listen: Any) -> Definitions:
    clock = ManualClock()
    left = fake_end(changed("plain", listen=listen or None), name="l", clock=clock)
    right = fake_end(plain(), name="r", clock=clock)
    mapping, bond = fake_mapping(left, right), fake_bond()
    systems = {end.name: end.definition for end in (left, right)}
    return Definitions(Path(), {}, systems, {mapping.mapping: mapping}, {bond.bond: bond})


def secret(_: SecretRef) -> Secret:
    return Secret("s3cret")


@pytest.fixture
def store() -> Told:
    return Told()


@pytest.fixture
def rung() -> list[str]:
    return []


@pytest.fixture
def url(store: Told, rung: list[str]) -> Iterator[str]:
    found = routes(definitions(**LISTEN), secret, behind=False)
    inbox = Inbox(found, store, ManualClock(), ring=lambda bond: not rung.append(bond))  # type: ignore[arg-type]
    health = Health(is_well=lambda: True, needs={"database": lambda: None})
    with Listener(inbox, health, host="127.0.0.1", port=0) as listener:
        yield listener.url


def ask(url: str, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def raw(url: str, text: str) -> str:
    """Send bytes as they are; return the first line of the answer."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(text.encode("latin-1"))
        return connection.makefile().readline().strip()


def post(*headers: str, body: str = '{"id": "1"}', path: str = "/notify/left") -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "", body])


@pytest.mark.parametrize("path", ["/notify/left", "/notify/left/listener/troubleTicketCreateEvent", "/notify/left?a=b"])
def test_a_notification_is_answered_as_the_system_wants_and_kept(
    url: str, store: Told, rung: list[str], path: str
) -> None:
    """Where it is told to come, and below, as TM Forum's events do."""
    assert ask(url, "POST", path, b'{"id": "4711"}', **GOOD) == (201, "")
    assert (store.told, rung) == ([("fake-bond", "left", ("4711",))], ["fake-bond"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/", b"{}", 404),
        ("POST", "/notify/leftover", b"{}", 404),
        ("POST", "/notify/right", b"{}", 404),
        ("GET", "/notify/left", None, 405),
        ("GET", "/metrics", None, 404),
        ("DELETE", "/notify/left", None, 501),
        ("POST", "/notify/left", b"no json", 400),
        ("POST", "/notify/left", b'{"id": null}', 400),
        ("POST", "/notify/left", b'{"id": "\\u0000"}', 400),
    ],
)
def test_what_is_no_notification_is_refused(
    url: str, store: Told, method: str, path: str, body: bytes | None, status: int
) -> None:
    """With the status that says why, and without a trace in the database."""
    assert ask(url, method, path, body, **GOOD)[0] == status
    assert store.told == []


def test_a_handshake_is_answered_as_plain_text_and_nothing_is_kept(store: Told) -> None:
    """By the verb that the definition names; a notification to the same path is one still."""
    found = routes(
        definitions(**LISTEN, challenge={"query": "validationToken", "method": "POST"}), secret, behind=False
    )
    inbox = Inbox(found, store, ManualClock(), ring=lambda _: True)  # type: ignore[arg-type]
    with Listener(inbox, Health(is_well=lambda: True, needs={}), host="127.0.0.1", port=0) as listener:
        assert ask(listener.url, "POST", "/notify/left?validationToken=a%20b", b"") == (200, "a b")
        assert ask(listener.url, "GET", "/notify/left?validationToken=a%20b")[0] == 405
        assert store.told == []
        assert ask(listener.url, "POST", "/notify/left", b'{"id": "1"}', **GOOD)[0] == 201


def test_a_database_that_is_away_has_it_sent_again(url: str, store: Told) -> None:
    """Nothing is acknowledged that was not kept."""
    store.down = True
    assert ask(url, "POST", "/notify/left", b'{"id": "1"}', **GOOD)[0] == 503


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (post("X-Token: s3cret"), "201"),
        (post("x-token:   s3cret "), "201"),
        (post("X-Token: guess"), "401"),
        (post("X_Token: s3cret"), "401"),
        (post("X-Token: guess", "X-Token: s3cret"), "401"),
        (post("X-Token: s3cret", "Transfer-Encoding: chunked"), "411"),
        (post("X-Token: s3cret", "Content-Length: 3"), "411"),
        ("POST /notify/left HTTP/1.1\r\nX-Token: s3cret\r\nContent-Length: -1\r\n\r\n", "411"),
        ("POST /notify/left HTTP/1.1\r\nX-Token: s3cret\r\nContent-Length: 99999999999999999999\r\n\r\n", "413"),
        # Whoever sent so much would meet a closed connection before its end: the answer does not wait for it.
        ("POST /notify/left HTTP/1.1\r\nX-Token: s3cret\r\nContent-Length: 1000001\r\n\r\n", "413"),
        ("POST /notify/left HTTP/1.1\r\nX-Token: s3cret\r\n\r\n", "411"),
        (post("X-Token: s3cret", path="/notify/../notify/left"), "404"),
        (post("X-Token: s3cret", path="http://[bad"), "404"),
        ("GET / HTTP/1.1\r\n" + "A: b\r\n" * 200 + "\r\n", "431"),
        ("GET /" + "a" * 70_000 + " HTTP/1.1\r\n\r\n", "414"),
    ],
)
def test_odd_requests_are_told_apart(url: str, request_text: str, status: str) -> None:
    """No header counts that is there twice, or under a name that a proxy does not take for it."""
    assert raw(url, request_text).split(" ")[1] == status


def test_who_sends_a_byte_now_and_then_is_hung_up_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each caller takes the place of another, so none has it for ever."""
    monkeypatch.setattr(server, "PATIENCE", 0)
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(b"POST /notify/left HTTP/1.1\r\nContent-Length: 10\r\nX-Token: s3cret\r\n\r\n{")
        assert connection.recv(100)[:12] in (b"", b"HTTP/1.0 400")


def test_probes_are_answered(url: str) -> None:
    """As by the other processes of a fleet."""
    assert ask(url, "GET", "/livez") == (200, "process: ok\n")
    assert ask(url, "GET", "/readyz") == (200, "database: ok\n")
    assert ask(url, "HEAD", "/livez") == (200, "")


def test_a_port_that_is_taken_is_named(url: str) -> None:
    """The user can choose another."""
    port = urlsplit(url).port
    with pytest.raises(UsageError, match=str(port)):
        Listener(None, None, host="127.0.0.1", port=port or 0)  # type: ignore[arg-type]


def test_a_certificate_is_believed_behind_a_proxy_only() -> None:
    """Without one anybody could write the header."""
    asked = definitions(**{**LISTEN, "verify": CERTIFICATE})
    assert len(routes(asked, secret, behind=True)) == 1
    with pytest.raises(UsageError, match="--behind"):
        routes(asked, secret, behind=False)


def test_nothing_to_receive_and_a_missing_secret_are_told_at_the_start() -> None:
    """And not when the first notification comes."""

    def missing(_: SecretRef) -> Secret:
        raise SecretError("there is none")

    with pytest.raises(UsageError, match="listen"):
        routes(definitions(), secret, behind=False)
    with pytest.raises(SecretError):
        routes(definitions(**LISTEN), missing, behind=False)
