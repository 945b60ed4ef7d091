"""What must never be written down is in nothing that a failing run prints."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ebond.errors import EbondError
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import Raw, RawAnswer, Request, TransportFailure
from ebond.secrets import Secret, SecretRef
from tests.unit.gateway.conftest import Desk, Open, reply
from tests.unit.gateway.peer import Peer, answer

SECRET = "hunter2+/very=secret"
TOKEN = "eyJhbGciOi.secret-token"
PAIR = f"me:{SECRET}"
HIDDEN = {
    "secret": SECRET,
    "quoted": quote_plus(SECRET),
    "percent": quote(SECRET),
    "token": TOKEN,
    "basic": base64.b64encode(PAIR.encode()).decode(),
    "basic of the RFC": base64.b64encode(f"me:{quote_plus(SECRET)}".encode()).decode(),
    "secret in base64": base64.b64encode(SECRET.encode()).decode(),
    "token in base64": base64.b64encode(TOKEN.encode()).decode(),
    "a record's text": "Marie Curie",
}
OAUTH = {
    "kind": "oauth2_client_credentials",
    "token_url": "https://gw.test/token",
    "client_id": "me",
    "client_secret": "env:SECRET",
}
REQUEST = Request("POST", "/x?who=Marie%20Curie", params=(("q", "Marie Curie"),), json={"by": "Marie Curie"})


def resolve(_: SecretRef) -> Secret:
    return Secret(SECRET)


def found(text: str) -> list[str]:
    return [name for name, hidden in HIDDEN.items() if hidden in text]


def everything(error: BaseException, caplog: pytest.LogCaptureFixture, logged: list[Any], capsys: Any) -> str:
    """Put together whatever of a failed call may reach a screen, a file or a message."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    lines = [record.getMessage() for record in caplog.records]
    printed = capsys.readouterr()
    return "\n".join(
        [*told, str(error), repr(error), repr(vars(error)), *lines, repr(logged), printed.out, printed.err]
    )


def echo(raw: Raw) -> RawAnswer:
    """Answer as gateways do that repeat what they refuse, headers and body alike."""
    shown = {"message": f"refused: {dict(raw.headers.items())} {raw.content.decode()} {raw.url}"}
    return reply(403, shown, x_request_id=raw.headers.get("Authorization", "").partition(" ")[2])


def gate(calls: Callable[[Raw], RawAnswer]) -> Callable[[Raw], RawAnswer]:
    return lambda raw: reply(200, {"access_token": TOKEN}) if raw.url.endswith("/token") else calls(raw)


def lost(raw: Raw) -> RawAnswer:
    raise TransportFailure("no answer in time", sent=True)


CASES: list[tuple[str, Callable[[Raw], RawAnswer], dict[str, Any]]] = [
    ("a token endpoint that echoes", echo, OAUTH),
    ("the same, with a form", echo, {**OAUTH, "client_auth": "body"}),
    ("the same, with the RFC's encoding", echo, {**OAUTH, "basic_encoding": "rfc6749"}),
    ("a token endpoint that answers nothing", lost, OAUTH),
    ("a gateway that echoes", gate(echo), OAUTH),
    ("a gateway that answers nothing", gate(lost), OAUTH),
    ("a gateway that never takes the token", gate(lambda _: reply(401, {"token": TOKEN})), OAUTH),
    ("a basic gateway", echo, {"kind": "basic", "username": "me", "password": "env:P"}),
    ("a key", echo, {"kind": "api_key", "header": "X-Key", "key": "env:K"}),
    ("a fixed token", echo, {"kind": "bearer", "token": "env:T"}),
]


@pytest.mark.parametrize(("app", "auth"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_failing_call_shows_nothing(
    desk: Open, app: Any, auth: Any, caplog: pytest.LogCaptureFixture, logged: list[Any], capsys: Any
) -> None:
    """Messages, tracebacks with locals, debug logs and kept content hide credentials; messages and logs also data."""
    caplog.set_level(logging.DEBUG)
    one = desk(app=app, auth=auth, resolve=resolve, secret_headers={"X-Own": "env:OWN"}, secret_query={"k": "env:K"})
    with pytest.raises(EbondError) as raised:
        one.client.send(REQUEST)
    told = everything(raised.value, caplog, logged, capsys)
    assert [name for name in found(told) if name != "a record's text"] == []
    assert found(str(raised.value)) == found(repr(logged)) == found(repr(one.records)) == []


def test_failing_call_over_a_real_connection_shows_nothing(
    desk: Open, caplog: pytest.LogCaptureFixture, logged: list[Any], capsys: Any
) -> None:
    """The HTTP library's own debug lines are among what is looked through."""
    caplog.set_level(logging.DEBUG)
    with Peer(answer(b'{"access_token":"%s"}' % TOKEN.encode()), answer(b"{}", status="500 Oops"), None) as peer:
        one = real(desk, peer)
        for _ in range(2):
            with pytest.raises(EbondError) as raised:
                one.client.send(REQUEST)
            told = everything(raised.value, caplog, logged, capsys)
            assert [name for name in found(told) if name != "a record's text"] == []
        one.connection.close()
    assert any("httpcore" in record.name for record in caplog.records)
    assert TOKEN.encode() in peer.requests[1]


def real(desk: Open, peer: Peer) -> Desk:
    """Open a desk whose calls go over the wire."""
    one = desk(auth={**OAUTH, "token_url": f"{peer.url}/token"}, base_url=peer.url, resolve=resolve)
    one.connection = GatewayConnection.open(one.connection.gateway, resolve=resolve, clock=one.clock)
    one.client = SystemClient(one.connection, one.client.system, resolve=resolve)
    return one


@pytest.mark.parametrize("show", [repr, str, lambda one: pickle.dumps(one).decode("latin-1")])
def test_errors_can_be_kept(desk: Open, show: Callable[[object], str]) -> None:
    """An error that a queue carries to another process brings no credential along."""
    one = desk(app=gate(echo), auth=OAUTH, resolve=resolve)
    with pytest.raises(EbondError) as raised:
        one.client.send(Request("GET", "/x"))
    assert found(show(raised.value)) == []


@pytest.mark.parametrize(
    "value",
    [
        Raw("POST", f"https://gw.test/token?k={TOKEN}", {"Authorization": TOKEN}, SECRET.encode()),
        RawAnswer(200, {"x": TOKEN}, SECRET.encode()),
        Request("POST", "/x", json={"a": SECRET}),
    ],
)
def test_values_of_the_wire_hide_their_contents(value: object) -> None:
    """Requests and answers can be logged by accident."""
    assert found(f"{value!r} {value}") == []
