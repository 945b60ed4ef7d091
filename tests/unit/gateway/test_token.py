"""The life of a token over threads and failures."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import pytest

from ebond.definitions.auth import OAuth2
from ebond.errors import BondStopped, CallError, NotSent, RateLimited
from ebond.gateway.token import COOL, STOPPED, TokenKeeper
from ebond.gateway.wire import RawAnswer, TransportFailure
from ebond.secrets import Secret
from ebond.testing.clock import ManualClock
from ebond.testing.transport import FakeTransport
from tests.unit.gateway.conftest import Reply, Script, reply

REFUSED = reply(401, {"error": "invalid_client"})
BUSY = reply(503, b"<html>busy</html>", content_type="text/html")


@dataclass
class Server:
    """A token endpoint: token-1, token-2, … unless ``instead`` has something else to say."""

    lifetime: float = 3600
    instead: list[Reply] = field(default_factory=list)
    given: int = 0

    def __call__(self, raw: Any) -> RawAnswer:
        if self.instead:
            return Script(self.instead)(raw)
        self.given += 1
        return reply(200, {"access_token": f"token-{self.given}", "expires_in": self.lifetime})


@dataclass
class Bench:
    """A keeper before a server."""

    keeper: TokenKeeper
    server: Server
    clock: ManualClock
    wire: FakeTransport
    secrets: list[str]

    @property
    def asked(self) -> int:
        return len(self.wire.calls)

    def token(self) -> str:
        return self.keeper.current().reveal()

    def fails(self) -> CallError:
        with pytest.raises(CallError) as raised:
            self.keeper.current()
        return raised.value


Make = Callable[..., Bench]


@pytest.fixture
def bench() -> Make:
    def build(*instead: Reply, lifetime: float = 3600, known: str = "s", **auth: Any) -> Bench:
        document = {"kind": "oauth2_client_credentials", "token_url": "https://gw.test/token?x=1", "client_id": "me"}
        server, clock, secrets = Server(lifetime, list(instead)), ManualClock(), [known]
        wire = FakeTransport(server)
        keeper = TokenKeeper(
            OAuth2.model_validate({**document, "client_secret": "env:SECRET", **auth}),
            resolve=lambda _: Secret(secrets[-1]),
            transport=wire,
            clock=clock,
        )
        return Bench(keeper, server, clock, wire, secrets)

    return build


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """Do the same in so many threads that begin together; return results and errors alike."""
    barrier = Barrier(count)

    def begin(_: int) -> Any:
        barrier.wait(10)
        try:
            return work()
        except CallError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_one_token_for_many_calls(bench: Make) -> None:
    """A token is asked for once and used until its leeway begins."""
    one = bench()
    assert [one.token() for _ in range(5)] == ["token-1"] * 5
    one.clock.advance(3539)
    assert (one.token(), one.asked) == ("token-1", 1)
    one.clock.advance(1)
    assert (one.token(), one.asked) == ("token-2", 2)


def test_short_token_is_used_for_most_of_its_life(bench: Make) -> None:
    """A token of 30 seconds with a leeway of 60 does not mean a request with every call."""
    one = bench(lifetime=30)
    for _ in range(60):
        one.token()
        one.clock.advance(1)
    assert one.asked == 3


def test_one_renewal_however_many_threads_ask(bench: Make) -> None:
    """Sixteen threads at the start, and again when the token expires, ask once each time."""
    one = bench()
    assert in_threads(16, one.token) == ["token-1"] * 16
    one.clock.advance(3600)
    assert in_threads(16, one.token) == ["token-2"] * 16
    assert one.asked == 2


def test_one_renewal_however_many_threads_are_refused(bench: Make) -> None:
    """Sixteen threads whose token was revoked get one new token together."""
    one = bench()
    old = one.keeper.current()
    assert in_threads(16, lambda: (one.keeper.reject(old), one.token())) == [(True, "token-2")] * 16
    assert one.asked == 2


def test_late_refusal_of_an_old_token_costs_nothing(bench: Make) -> None:
    """A 401 that comes in when another token is there already drops nothing."""
    one = bench()
    old = one.keeper.current()
    one.keeper.reject(old)
    assert one.token() == "token-2"
    assert [one.keeper.reject(old) for _ in range(3)] == [True] * 3
    assert (one.token(), one.asked) == ("token-2", 2)


def test_refused_fresh_token_is_not_renewed_again(bench: Make) -> None:
    """Where even a fresh token is refused nobody asks for more, and other systems go on with it."""
    one = bench()
    one.keeper.reject(one.keeper.current())
    fresh = one.keeper.current()
    assert [one.keeper.reject(fresh) for _ in range(5)] == [False] * 5
    assert (one.token(), one.asked) == ("token-2", 2)


def test_refusals_are_tried_again_after_longer_and_longer_pauses(bench: Make) -> None:
    """A gateway that refuses every token is asked for another one less and less often."""
    one, renewals = bench(), []
    for _ in range(40):
        if one.keeper.reject(one.keeper.current()):
            renewals.append(one.clock.monotonic())
        one.clock.advance(100)
    assert renewals == [0, STOPPED, STOPPED * 3, STOPPED * 7]


def test_taken_token_may_be_refused_later(bench: Make) -> None:
    """Once a gateway has taken the fresh token, a later refusal is news, and renewed at once."""
    one = bench()
    for number in range(1, 6):
        token = one.keeper.current()
        one.keeper.accept(token)
        assert (token.reveal(), one.keeper.reject(token)) == (f"token-{number}", True)


def test_accepted_old_token_says_nothing_of_the_fresh_one(bench: Make) -> None:
    """A late success with the old token does not clear the fresh one."""
    one = bench()
    old = one.keeper.current()
    one.keeper.reject(old)
    fresh = one.keeper.current()
    one.keeper.accept(old)
    assert one.keeper.reject(fresh) is False


def test_failure_is_shared(bench: Make) -> None:
    """Sixteen threads that wait for a token that cannot be had all get the same error from one request."""
    one = bench(REFUSED)
    errors = in_threads(16, one.token)
    assert {(type(error), str(error)) for error in errors} == {(BondStopped, str(errors[0]))}
    assert len({id(error) for error in errors}) == 16
    assert one.asked == 1


def test_wrong_client_stops_without_hammering(bench: Make) -> None:
    """A wrong client is asked about less and less often: servers lock accounts that hammer."""
    one, times = bench(REFUSED), []
    for _ in range(40):
        before = one.asked
        one.fails()
        if one.asked > before:
            times.append(one.clock.monotonic())
        one.clock.advance(100)
    assert times == [0, STOPPED, STOPPED * 3, STOPPED * 7]


def test_wrong_client_says_what_to_check(bench: Make) -> None:
    """The message names the endpoint without its query, the error and what to look at."""
    assert str(bench(REFUSED).fails()) == (
        "no token could be had from https://gw.test/token: status 401, invalid_client. "
        "Check token_url, the client id, the secret and the scopes of this gateway"
    )


@pytest.mark.parametrize("encoding", ["raw", "rfc6749"])
def test_wrong_client_names_both_encodings(bench: Make, encoding: str) -> None:
    """With characters that the two encodings treat differently the message says to try the other one."""
    error = bench(REFUSED, known="a+b/c", basic_encoding=encoding).fails()
    assert f"basic_encoding is '{encoding}', try the other of 'raw' and 'rfc6749'" in str(error)
    assert "a+b/c" not in str(error)


def test_corrected_secret_is_tried_at_once(bench: Make) -> None:
    """Whoever corrects the secret's file does not wait for a pause to end, nor for a restart."""
    one = bench(REFUSED)
    one.fails()
    one.server.instead.clear()
    one.fails()
    one.secrets.append("right")
    assert (one.token(), one.asked) == ("token-1", 2)


def test_endpoint_in_trouble_is_asked_again(bench: Make) -> None:
    """A page for people under 503 is waited out, longer each time."""
    one = bench(BUSY, TransportFailure("no connection", sent=False), reply(200, {"access_token": "t"}))
    assert (one.token(), one.clock.sleeps) == ("t", [0.25, 0.5])


def test_endpoint_down_is_left_alone_for_a_while(bench: Make) -> None:
    """After four tries the call was not sent, and for some seconds nobody asks again."""
    one = bench(BUSY)
    error = one.fails()
    assert (type(error), one.asked) == (NotSent, 4)
    one.fails()
    one.clock.advance(COOL)
    one.server.instead.clear()
    assert (one.token(), one.asked) == ("token-1", 5)


def test_quota_of_the_endpoint_is_obeyed(bench: Make) -> None:
    """Orange allows 50 token requests a minute: what the answer asks for is waited, in header or text."""
    text = reply(429, {"message": "Try again in 30 seconds."})
    one = bench(reply(429, retry_after="7"), text, reply(200, {"access_token": "t"}))
    assert (one.token(), one.clock.sleeps) == ("t", [7, 30])


def test_quota_that_lasts_too_long_is_remembered(bench: Make) -> None:
    """A wait beyond max_wait ends the run, and nobody asks before it is over."""
    one = bench(reply(429, retry_after="1000"))
    error = one.fails()
    assert (type(error), error.retry_after, one.asked, one.clock.sleeps) == (RateLimited, 1000, 1, [])
    one.clock.advance(999)
    one.fails()
    assert one.asked == 1


def test_broken_connection_of_the_endpoint_stops(bench: Make) -> None:
    """A certificate that does not verify is no matter of trying again."""
    one = bench(TransportFailure("not trusted", sent=False, lasting=True, todo="Name its authority"))
    assert str(one.fails()) == "no token could be had from https://gw.test/token: not trusted. Name its authority"
    assert one.asked == 1


@pytest.mark.parametrize("trouble", [BUSY, reply(429, retry_after="5"), TransportFailure("x", sent=True)])
def test_failed_renewal_hurts_nobody_while_the_token_is_good(bench: Make, trouble: Reply) -> None:
    """In the leeway an endpoint in trouble is asked once in a while, without waiting, and the old token is used."""
    one = bench()
    one.token()
    one.clock.advance(3550)
    one.server.instead.append(trouble)
    assert (one.token(), one.token(), one.asked, one.clock.sleeps) == ("token-1", "token-1", 2, [])
    one.clock.advance(50)
    assert one.fails().retry_after in (None, 5)


def test_refused_renewal_stops_at_once(bench: Make) -> None:
    """A client that is not known any more is told so although its token is still good."""
    one = bench()
    one.token()
    one.clock.advance(3550)
    one.server.instead.append(REFUSED)
    assert type(one.fails()) is BondStopped


def test_wall_clock_that_jumps_changes_nothing(bench: Make) -> None:
    """A clock that is set back or forward neither renews a token nor keeps it."""
    one = bench()
    one.token()
    for jump in (-86400, 86400):
        one.clock.jump(jump)
        assert (one.token(), one.asked) == ("token-1", 1)
