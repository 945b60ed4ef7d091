"""Secrets that contracts want in queries, token parameters and token headers: given by reference, sent revealed."""

from __future__ import annotations

from urllib.parse import parse_qsl

from ebond.definitions.gateway import Gateway, OAuth2
from ebond.definitions.system import System
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.token_request import token_request
from ebond.gateway.wire import Raw, RawAnswer, Request
from ebond.secrets import Secret, SecretRef
from ebond.testing.clock import ManualClock


def resolve(reference: SecretRef) -> Secret:
    return Secret(f"<{reference.name}>")


class Recorder:
    def __init__(self) -> None:
        self.sent: list[Raw] = []

    def send(self, raw: Raw) -> RawAnswer:
        self.sent.append(raw)
        return RawAnswer(200, {"content-type": "application/json"}, b"{}")

    def close(self) -> None:
        pass


def oauth(**changes: object) -> OAuth2:
    document = {"kind": "oauth2_client_credentials", "token_url": "https://g.test/token", "client_id": "me"}
    return OAuth2.model_validate({**document, **changes})


def test_query_secrets_of_gateway_and_system_travel_with_every_call() -> None:
    """A key that the gateway takes in the query only is looked up and sent, the system's own winning."""
    gateway = Gateway.model_validate(
        {
            "version": 1,
            "gateway": "g",
            "base_url": "https://g.test",
            "auth": {"kind": "none"},
            "query": {"plain": "a b"},
            "secret_query": {"key": "env:OUTER", "shared": "env:OUTER"},
        }
    )
    system = System.model_validate(
        {"version": 1, "system": "s", "gateway": "g", "secret_query": {"key": "env:INNER"}, "resources": {}}
    )
    wire = Recorder()
    connection = GatewayConnection.open(gateway, resolve=resolve, clock=ManualClock(), transport=wire)
    SystemClient(connection, system, resolve=resolve).send(Request("GET", "/x"))
    query = dict(parse_qsl(wire.sent[0].url.partition("?")[2]))
    assert query == {"plain": "a b", "key": "<INNER>", "shared": "<OUTER>"}


def test_token_request_carries_secret_parameters_and_headers() -> None:
    """What a token endpoint wants besides the client's own secret is looked up when the token is asked for."""
    auth = oauth(
        client_secret="env:SECRET",
        client_auth="body",
        secret_params={"pin": "env:PIN"},
        secret_headers={"X-Key": "file:key"},
    )
    raw = token_request(auth, resolve, now=0, nonce="n")
    assert raw.headers["X-Key"] == "<key>"
    assert dict(parse_qsl(raw.content.decode())) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "<SECRET>",
        "pin": "<PIN>",
    }


def test_client_certificate_alone_sends_the_id_only() -> None:
    """With client_auth tls (RFC 8705) the connection proves the client; the form names it."""
    raw = token_request(oauth(client_auth="tls"), resolve, now=0, nonce="n")
    assert "Authorization" not in raw.headers
    assert dict(parse_qsl(raw.content.decode())) == {"grant_type": "client_credentials", "client_id": "me"}
