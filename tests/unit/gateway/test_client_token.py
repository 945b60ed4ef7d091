"""Tokens with calls: over real connections, with many threads, against servers that read secrets their own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest

from ebond.definitions.auth import TokenAnswer
from ebond.definitions.system import System
from ebond.errors import BondStopped, CallError, SecretError
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import Raw, RawAnswer, Request
from ebond.secrets import Secret
from ebond.testing.clock import ManualClock
from ebond.testing.fake_gateway import FakeGateway
from ebond.testing.fake_server import FakeServer
from tests.unit.gateway.conftest import Open, Reply, reply

GET = Request("GET", "/tickets", operation="list")
POST = Request("POST", "/tickets", json={}, operation="create")
SYSTEM = {"version": 1, "system": "desk", "gateway": "fake-gateway", "base_path": "/desk/v1", "resources": {}}


@dataclass
class Site:
    """A gateway of real connections, and a client of the system behind it."""

    gateway: FakeGateway
    client: SystemClient
    clock: ManualClock
    writes: list[Raw]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Tokens, calls that passed, calls that were refused."""
        calls = self.gateway.calls
        return calls["token"], calls["passed"], calls["unauthorised"]


Start = Callable[..., Site]


@pytest.fixture
def site() -> Iterator[Start]:
    """Return a factory of sites: options of the fake gateway, changes of how ebond asks it for tokens."""
    with ExitStack() as stack:

        def start(*, auth: dict[str, Any] | None = None, **options: Any) -> Site:
            clock, writes = ManualClock(), []

            def desk(raw: Raw) -> RawAnswer:
                writes.append(raw)
                return reply(200, {})

            gateway = FakeGateway({"/desk/v1": desk}, clock=clock, **options)
            gateway.base_url = stack.enter_context(FakeServer(gateway)).url
            known = gateway.definition(concurrency=16)
            definition = known.model_copy(update={"auth": known.auth.model_copy(update=auth)})
            connection = GatewayConnection.open(definition, resolve=gateway.resolve, clock=clock)
            stack.callback(connection.close)
            client = SystemClient(connection, System.model_validate(SYSTEM), resolve=gateway.resolve)
            return Site(gateway, client, clock, writes)

        yield start


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(count)

    def begin(_: int) -> Any:
        barrier.wait(10)
        try:
            return work()
        except CallError as error:
            return type(error)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def call(site: Site, request: Request = GET) -> Callable[[], int]:
    return lambda: site.client.send(request).status


@pytest.mark.parametrize("auth", ["raw", "rfc6749", "body"])
def test_odd_secret_is_known(site: Start, auth: str) -> None:
    """A secret full of odd characters is known to a server that decodes it, to one that does not, and in a form."""
    one = site(client_auth=auth)
    assert (one.client.send(GET).status, one.counts) == (200, (1, 1, 0))


@pytest.mark.parametrize(("server", "ours"), [("raw", "rfc6749"), ("rfc6749", "raw")])
def test_other_encoding_is_not_known(site: Start, server: str, ours: str) -> None:
    """With the wrong encoding the bond stops after one request, and the message says to try the other."""
    one = site(client_auth=server, auth={"basic_encoding": ours})
    with pytest.raises(BondStopped, match=rf"basic_encoding is '{ours}', try the other of 'raw' and 'rfc6749'"):
        one.client.send(GET)
    assert one.gateway.calls == {"token_refused": 1}


def test_sixteen_threads_ask_for_one_token(site: Start) -> None:
    """However many threads begin together, one token request is made."""
    one = site()
    assert in_threads(16, call(one)) == [200] * 16
    assert one.counts == (1, 16, 0)


@pytest.mark.parametrize("request_", [GET, POST])
def test_revoked_token_is_renewed_once_for_all(site: Start, request_: Request) -> None:
    """A token that is revoked while sixteen threads use it costs one token request and one more try each."""
    one = site()
    one.client.send(GET)
    one.gateway.revoke()
    assert in_threads(16, call(one, request_)) == [200] * 16
    tokens, passed, refused = one.counts
    assert (tokens, passed) == (2, 17)
    assert 1 <= refused <= 16


def test_token_that_dies_sooner_than_it_says(site: Start) -> None:
    """Where tokens live shorter than announced, each dead one costs one refused call."""
    one = site(expires_in=3600, ttl=100)
    for _ in range(10):
        assert one.client.send(POST).status == 200
        one.clock.advance(50)
    tokens, passed, refused = one.counts
    assert (tokens, passed, refused) == (5, 10, 4)


@pytest.mark.parametrize("expires_in", [100, "100", None])
def test_token_is_renewed_before_it_dies(site: Start, expires_in: Any) -> None:
    """A lifetime as a number, as text or by the definition's default: no call meets a dead token."""
    one = site(expires_in=expires_in, ttl=100, auth={"answer": TokenAnswer.model_validate({"default_ttl": "100s"})})
    for _ in range(20):
        assert one.client.send(POST).status == 200
        one.clock.advance(20)
    assert one.counts == (5, 20, 0)


def test_single_session_is_shared(site: Start) -> None:
    """Where a new token ends the old one, threads of one process do not take it from each other."""
    one = site(single_session=True, expires_in=100, ttl=100)
    for _ in range(4):
        assert in_threads(8, call(one, POST)) == [200] * 8
        one.clock.advance(100)
    assert (one.counts[0], one.counts[1]) == (4, 32)


# -- gateways that refuse -------------------------------------------------------------------------------------


TOKEN = {"kind": "oauth2_client_credentials", "token_url": "https://gw.test/token", "client_id": "me"}


def behind(desk: Open, *replies: Reply, **auth: Any) -> Any:
    """Open a system behind a gateway that gives out tokens, and answers calls by the script."""
    script, given = list(replies), []

    def gateway(raw: Raw) -> RawAnswer:
        if raw.url.endswith("/token"):
            given.append(raw)
            return reply(200, {"access_token": f"token-{len(given)}", "expires_in": 3600})
        following = script.pop(0) if len(script) > 1 else script[0]
        assert isinstance(following, RawAnswer)
        return following

    return desk(app=gateway, auth={**TOKEN, "client_secret": "env:SECRET", **auth})


REFUSALS = [
    reply(401, {"code": 42, "message": "Expired credentials"}),
    reply(401, b"<html>no</html>", content_type="text/html"),
    reply(410, {"code": 42, "message": "Expired credentials"}),
    reply(403, {"errors": [{"extensions": {"code": "INVALID_TOKEN"}}]}),
    reply(400, www_authenticate='Bearer realm="null",error=\'invalid_token"'),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_one_renewal_one_repetition_then_stop(desk: Open, refusal: RawAnswer) -> None:
    """Where even the fresh token is refused the bond stops: two calls, two tokens, and no more tokens later."""
    one = behind(desk, refusal)
    for _ in range(3):
        with pytest.raises(BondStopped, match="The gateway does not take our credentials"):
            one.client.send(POST)
    assert (len(one.calls), one.tokens) == (4, 2)
    assert [raw.headers["Authorization"] for raw in one.calls[:2]] == ["Bearer token-1", "Bearer token-2"]


def test_renewal_counts_as_no_try(desk: Open) -> None:
    """The same call is made again with another token and, after that, as often as any."""
    one = behind(desk, REFUSALS[0], *[reply(503)] * 3, reply(200, {}))
    assert (one.client.send(GET).status, len(one.calls)) == (200, 5)


OTHERS: list[tuple[str, RawAnswer]] = [
    ("Orange 41: a wrong client", reply(401, {"code": 41, "message": "Invalid credentials"})),
    ("Mule: a wrong client", reply(401, {"error": "Invalid client id or secret"})),
    ("insufficient scope", reply(403, www_authenticate='Bearer error="insufficient_scope"')),
    ("Orange 51: blocked", reply(403, {"code": 51, "message": "Application blocked"})),
    ("the backend's own 403", reply(403, {"error": {"message": "no rights on this record"}})),
    ("AWS: a wrong path", reply(403, {"message": "Missing Authentication Token"})),
]


@pytest.mark.parametrize("answer", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_other_refusals_cost_no_token(desk: Open, answer: RawAnswer) -> None:
    """What another token would not help with is not tried with another token."""
    one = behind(desk, answer)
    with pytest.raises(CallError):
        one.client.send(POST)
    assert (len(one.calls), one.tokens) == (1, 1)


def test_backend_that_refuses_does_not_stop_others(desk: Open) -> None:
    """One system that says 401 to every token takes it from no other system behind the gateway."""
    one = behind(desk, reply(401), reply(401), reply(200, {}))
    with pytest.raises(BondStopped):
        one.client.send(GET)
    assert [one.client.send(GET).status for _ in range(3)] == [200] * 3
    assert one.tokens == 2


def test_words_of_their_own_before_the_token(desk: Open) -> None:
    """Some systems want another word than Bearer, or a header of their own."""
    one = behind(desk, REFUSALS[0], reply(200, {}), header="X-Auth", prefix="Zoho-oauthtoken")
    one.client.send(GET)
    assert [raw.headers["X-Auth"] for raw in one.calls] == ["Zoho-oauthtoken token-1", "Zoho-oauthtoken token-2"]
    bare = behind(desk, REFUSALS[0], reply(200, {}), prefix="")
    bare.client.send(GET)
    assert [raw.headers["Authorization"] for raw in bare.calls] == ["token-1", "token-2"]


def test_token_goes_to_the_token_endpoint_never(desk: Open) -> None:
    """The token request carries the client's proof and nothing of the calls."""
    one = behind(desk, reply(200, {}))
    one.client.send(GET)
    asked = next(raw for raw in one.wire.calls if raw not in one.calls)
    assert asked.headers["Authorization"].startswith("Basic ")
    assert one.connection.token_calls == 1


FIXED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    (
        {"kind": "basic", "username": "me/token", "password": "env:P"},
        ("Authorization", "Basic bWUvdG9rZW46UC01ZWNyZXQ="),
    ),
    ({"kind": "bearer", "token": "env:T"}, ("Authorization", "Bearer T-5ecret")),
    ({"kind": "bearer", "token": "env:T", "prefix": "token"}, ("Authorization", "token T-5ecret")),
    ({"kind": "bearer", "token": "env:T", "prefix": ""}, ("Authorization", "T-5ecret")),
    ({"kind": "api_key", "header": "PRIVATE-TOKEN", "key": "env:K"}, ("PRIVATE-TOKEN", "K-5ecret")),
]


@pytest.mark.parametrize(("auth", "header"), FIXED)
def test_fixed_credentials(desk: Open, auth: dict[str, Any], header: tuple[str, str]) -> None:
    """Every other mode sends its one header, and a refusal ends the bond with the first call."""
    one = desk(reply(200, {}), reply(401), auth=auth)
    one.client.send(GET)
    with pytest.raises(BondStopped):
        one.client.send(GET)
    assert [raw.headers[header[0]] for raw in one.calls] == [header[1]] * 2


@pytest.mark.parametrize(
    "auth", [{"kind": "bearer", "token": "env:T", "prefix": ""}, {"kind": "api_key", "header": "X-Key", "key": "env:T"}]
)
def test_changed_secret_is_looked_up_when_the_old_one_is_refused(desk: Open, auth: dict[str, Any]) -> None:
    """A key that is changed while ebond runs is taken from its place when the old one is refused, for all calls."""
    kept = ["old", "new"]
    one = desk(reply(401), reply(200, {}), auth=auth, resolve=lambda _: Secret(kept.pop(0) if kept[1:] else kept[0]))
    assert [one.client.send(POST).status for _ in range(2)] == [200, 200]
    header = auth.get("header", "Authorization")
    assert [raw.headers[header] for raw in one.calls] == ["old", "new", "new"]


def test_key_that_cannot_sign_is_said_before_any_call(desk: Open) -> None:
    """A signing key is tried when the gateway is opened, not when the first token is wanted."""
    auth = {**TOKEN, "client_auth": "private_key_jwt", "key": {"private_key": "file:key.pem"}}
    with pytest.raises(SecretError, match=r"the private key file:key\.pem cannot be read"):
        desk(auth=auth)
