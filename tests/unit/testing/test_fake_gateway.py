"""The fake gateway: tokens, bearer checks, quota and base paths."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson
import pytest

from ebond.gateway.wire import Raw, RawAnswer
from ebond.secrets import SecretRef
from ebond.testing.clock import ManualClock
from ebond.testing.fake_gateway import CLIENT, SECRET, FakeGateway


def echo(raw: Raw) -> RawAnswer:
    body = {"url": raw.url, "authorization": raw.headers.get("Authorization")}
    return RawAnswer(200, {"content-type": "application/json"}, orjson.dumps(body))


Open = Callable[..., FakeGateway]


@pytest.fixture
def gate(clock: ManualClock) -> Open:
    return lambda **options: FakeGateway({"/crm/v1": echo, "/crm/v1/deep": echo}, clock=clock, **options)


def ask(gateway: FakeGateway, secret: str = SECRET, encode: Callable[[str], str] = str) -> RawAnswer:
    form = {"grant_type": "client_credentials"}
    headers = {}
    if gateway.client_auth == "body":
        form |= {"client_id": CLIENT, "client_secret": secret}
    else:
        pair = f"{encode(CLIENT)}:{encode(secret)}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    return gateway(Raw("POST", "https://gateway.test/oauth/token", headers, urlencode(form).encode()))


def token(gateway: FakeGateway) -> str:
    return str(orjson.loads(ask(gateway).content)["access_token"])


def get(gateway: FakeGateway, bearer: str, path: str = "/crm/v1/tickets?a=1") -> RawAnswer:
    headers = {"Authorization": f"Bearer {bearer}"}
    return gateway(Raw("GET", f"https://gateway.test{path}", headers))


@pytest.mark.parametrize(
    ("auth", "encode", "status"),
    [
        ("raw", str, 200),
        ("raw", quote_plus, 401),
        ("rfc6749", quote_plus, 200),
        ("rfc6749", str, 401),
        ("body", str, 200),
    ],
)
def test_the_client_is_known_by_its_encoding(gate: Open, auth: str, encode: Callable[[str], str], status: int) -> None:
    """A secret with odd characters passes only in the spelling that the server reads."""
    assert ask(gate(client_auth=auth), encode=encode).status == status


def test_a_wrong_secret_is_invalid_client(gate: Open) -> None:
    """401 invalid_client, and counted."""
    gateway = gate()
    assert orjson.loads(ask(gateway, "wrong").content) == {"error": "invalid_client"}
    assert gateway.calls == {"token_refused": 1}


@pytest.mark.parametrize(("expires_in", "shown"), [(3600, 3600), ("3600", "3600"), (None, None)])
def test_the_token_answer_names_its_lifetime(gate: Open, expires_in: Any, shown: Any) -> None:
    """As a number, as a text, or not at all."""
    assert orjson.loads(ask(gate(expires_in=expires_in)).content).get("expires_in") == shown


def test_base_paths_lead_to_the_backend(gate: Open) -> None:
    """The longest base path is taken off, the query stays, credentials end here."""
    gateway = gate()
    seen = orjson.loads(get(gateway, token(gateway)).content)
    assert seen == {"url": "http://backend.internal:8080/tickets?a=1", "authorization": None}
    assert get(gateway, token(gateway), "/other").status == 404


def test_tokens_expire_and_are_revoked(gate: Open, clock: ManualClock) -> None:
    """An expired, revoked or missing token → 401."""
    gateway = gate(ttl=60.0)
    first = token(gateway)
    clock.advance(61)
    second = token(gateway)
    before = get(gateway, second).status
    gateway.revoke()
    assert [get(gateway, bearer).status for bearer in (first, second, "")] == [401, 401, 401]
    assert (before, gateway.calls["unauthorised"]) == (200, 3)


def test_a_single_session_gateway_drops_the_older_token(gate: Open) -> None:
    """A new token ends the old one."""
    gateway = gate(single_session=True)
    old, new = token(gateway), token(gateway)
    assert (get(gateway, old).status, get(gateway, new).status) == (401, 200)


def test_the_quota_counts_fixed_windows(gate: Open, clock: ManualClock) -> None:
    """Beyond the quota → 429 with the rest of the window; the next window starts anew."""
    gateway = gate(quota=(2, 60.0))
    bearer = token(gateway)
    answers = [get(gateway, bearer) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    clock.advance(float(answers[2].headers["retry-after"]))
    assert get(gateway, bearer).status == 200
    assert gateway.busiest(60.0) >= 3


@pytest.mark.parametrize("auth", ["raw", "rfc6749", "body"])
def test_it_defines_itself(gate: Open, auth: str) -> None:
    """The definition says how to get a token here, and its secret resolves."""
    gateway = gate(client_auth=auth, quota=(10, 60.0))
    definition = gateway.definition("g")
    assert (definition.gateway, definition.quota[0].calls) == ("g", 10)
    assert gateway.resolve(SecretRef("env", "FAKE_SECRET")).reveal() == SECRET
