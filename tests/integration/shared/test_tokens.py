"""One token for a whole fleet: each "process" here has connections, threads and a keeper of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.errors import BondStopped, NotSent
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import Raw, RawAnswer, Request
from ebond.secrets import Secret
from ebond.shared.board import Board
from ebond.shared.fleet import Fleet
from ebond.shared.lifeline import LEASE
from ebond.shared.vault import Vault, new_key
from ebond.testing.clock import ManualClock
from ebond.testing.fake_gateway import FakeGateway
from ebond.testing.transport import FakeTransport

GET = Request("GET", "/tickets", operation="list")
SYSTEM = {"version": 1, "system": "desk", "gateway": "fake-gateway", "base_path": "/desk/v1", "resources": {}}
KEY = new_key()


class Site:
    """A gateway, and processes that call a system behind it."""

    def __init__(self, url: str, stack: ExitStack, **options: Any) -> None:
        self._url, self._stack, self.prefix = url, stack, uuid4().hex
        self.clock = ManualClock()
        self.gateway = FakeGateway({"/desk/v1": lambda _: RawAnswer(200, {}, b"{}")}, clock=self.clock, **options)
        self.board = self._board()

    def _board(self) -> Board:
        board = Board(self._url, prefix=self.prefix)
        self._stack.callback(board.close)
        return board

    def process(self, *, key: str = KEY, secret: str | None = None, clock: Any = None, **changes: Any) -> SystemClient:
        """Start a process of the fleet."""
        fleet = Fleet(self._board(), Vault(Secret(key)), clock=clock or self.clock)
        self._stack.callback(fleet.close)
        definition: Gateway = self.gateway.definition(**changes)
        resolve = (lambda _: Secret(secret)) if secret else self.gateway.resolve
        connection = GatewayConnection.open(
            definition, resolve=resolve, clock=clock or self.clock, transport=FakeTransport(self.gateway), sharing=fleet
        )
        return SystemClient(connection, System.model_validate(SYSTEM), resolve=resolve)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Tokens, calls that passed, calls that were refused."""
        calls = self.gateway.calls
        return calls["token"], calls["passed"], calls["unauthorised"]

    def everything(self) -> str:
        """Return all that lies in Redis under this fleet's prefix."""
        found = []
        for key in self.board.client.scan_iter(f"{self.prefix}:*", count=10_000):
            found.append((key, self.board.client.dump(key)))
            if self.board.client.type(key) == b"hash":
                found.append((key, self.board.client.hgetall(key)))
            elif self.board.client.type(key) == b"string":
                found.append((key, self.board.client.get(key)))
        return repr(found)


Start = Callable[..., Site]


@pytest.fixture
def site(redis_url: str) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **options: Site(redis_url, stack, **options)


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(work) for work in works]]


def test_one_token_for_processes_and_threads(site: Start) -> None:
    """Three processes of four threads ask for one token together."""
    one = site()
    calls = [lambda client=client: client.send(GET) for client in [one.process() for _ in range(3)] for _ in range(4)]
    all_at_once(*calls)
    assert one.counts == (1, 12, 0)


def test_real_processes_ask_once(redis_url: str, board: Board) -> None:
    """Real processes that begin together get one token, while its request is under way for a while."""
    program = str(Path(__file__).with_name("renewers.py"))
    command = [sys.executable, program, redis_url, board.key(), KEY, "0.5"]
    fleet = [subprocess.Popen(command) for _ in range(2)]  # noqa: S603
    assert [one.wait(120) for one in fleet] == [0, 0]
    assert board.client.get(board.key("test", "asked")) == b"1"
    assert board.client.smembers(board.key("test", "got")) == {b"token-1"}


def test_revoked_token_is_renewed_once(site: Start) -> None:
    """When every token is revoked, all processes go on with one new one; what comes late drops nothing."""
    one = site()
    fleet = [one.process() for _ in range(3)]
    for client in fleet:
        client.send(GET)
    one.gateway.revoke()
    for client in fleet:
        client.send(GET)
    assert one.counts == (2, 6, 3)


def test_single_session_gateway(site: Start) -> None:
    """Where a new token ends the old one, the processes do not drive each other out."""
    one = site(single_session=True)
    fleet = [one.process() for _ in range(3)]
    for _ in range(5):
        for client in fleet:
            client.send(GET)
    assert one.counts == (1, 15, 0)


@pytest.mark.parametrize(("told", "lifetime"), [(1, 1.0), (None, 3600.0), ("120", 120.0)])
def test_lifetime_is_redis_own(site: Start, told: Any, lifetime: float) -> None:
    """How long a token lives, Redis tells: one that was found is as old as it is, whatever the process's clock."""
    one = site(expires_in=told)
    one.process().send(GET)
    (key,) = one.board.client.scan_iter(f"{one.prefix}:token:*", count=10_000)
    assert 0 < one.board.client.pttl(key) <= lifetime * 1000
    one.board.client.pexpire(key, 1)
    while one.board.client.exists(key):
        pass
    elsewhere = ManualClock()
    elsewhere.advance(10_000_000)
    one.process(clock=elsewhere).send(GET)
    assert one.counts == (2, 2, 0)


def test_token_found_is_renewed_in_time(site: Start) -> None:
    """A process that found a token half used up renews it when its leeway begins, not a whole lifetime later."""
    one = site()
    one.process().send(GET)
    (key,) = one.board.client.scan_iter(f"{one.prefix}:token:*", count=10_000)
    one.board.client.pexpire(key, 600_000)
    late = one.process()
    late.send(GET)
    one.clock.advance(530)
    late.send(GET)
    assert one.counts[0] == 1
    one.clock.advance(15)
    one.board.client.pexpire(key, 55_000)
    late.send(GET)
    assert one.counts[0] == 2


def test_wrong_secret_is_asked_with_once(site: Start) -> None:
    """A refusal is known to all at once: nobody else knocks, and the message is the same."""
    one = site()
    fleet = [one.process(secret="wrong") for _ in range(3)]
    told = []
    for client in fleet:
        with pytest.raises(BondStopped) as raised:
            client.send(GET)
        told.append((raised.value.message, raised.value.todo))
    assert one.gateway.calls["token_refused"] == 1
    assert told == [told[0]] * 3


def test_new_secret_is_asked_with_at_once(site: Start) -> None:
    """A refusal is the old secret's: who has the new one asks, and from then on all are served."""
    one = site()
    old = one.process(secret="wrong")
    with pytest.raises(BondStopped):
        old.send(GET)
    one.process().send(GET)
    one.process(secret="wrong").send(GET)
    assert (one.counts, one.gateway.calls["token_refused"]) == ((1, 2, 0), 1)


def test_nothing_in_redis_tells_a_token_or_a_secret(site: Start) -> None:
    """Neither token, client secret nor key lie in Redis in plain, nor what a refusal is told with."""
    one = site()
    one.process().send(GET)
    with pytest.raises(BondStopped):
        one.process(secret="wr0ng-secret", auth=other_scope(one)).send(GET)
    lies = one.everything()
    assert "token:" in lies
    assert "refused:" in lies
    for secret in ("token-1", one.gateway.secret, "wr0ng-secret", KEY, "no token could be had"):
        assert secret not in lies


def other_scope(one: Site) -> dict[str, Any]:
    return {**one.gateway.definition().auth.model_dump(mode="json", exclude_none=True), "scopes": ["other"]}


def test_keys_are_changed_without_a_gap(site: Start) -> None:
    """Old → old,new → new,old → new, one process at a time: one token all the way."""
    one, new = site(), new_key()
    for key in (KEY, f"{KEY},{new}", KEY, f"{new},{KEY}", f"{KEY},{new}"):
        one.process(key=key).send(GET)
    assert one.counts == (1, 5, 0)
    one.gateway.revoke()
    one.process(key=f"{new},{KEY}").send(GET)
    for key in (f"{new},{KEY}", new):
        one.process(key=key).send(GET)
    assert one.counts[0] == 2


def test_process_with_another_key_helps_itself(site: Start) -> None:
    """What was sealed with a key that is not ours is no token, and no error."""
    one = site()
    one.process().send(GET)
    one.process(key=new_key()).send(GET)
    assert one.counts == (2, 2, 0)


def test_dead_renewer_blocks_for_a_lease(site: Start) -> None:
    """A process that died while it asked for a token holds the others up for a lease, not for ever."""
    one = site()
    # Its clock runs ahead of Redis' own: there have to be looks enough until the lease is over there.
    client = one.process(max_wait="30d")
    lock = lock_of(one)
    one.board.client.set(lock, "somebody", px=50)
    client.send(GET)
    assert one.counts == (1, 1, 0)
    assert LEASE <= 20


def lock_of(one: Site) -> str:
    """Return the key under which the right to renew lies: a token's, by another name."""
    probe = one.process()
    probe.send(GET)
    (key,) = one.board.client.scan_iter(f"{one.prefix}:token:*", count=10_000)
    one.board.client.delete(key)
    one.gateway.calls.clear()
    return str(key.decode().replace(":token:", ":renewing:"))


def test_waiting_for_another_process_has_an_end(site: Start) -> None:
    """A renewal elsewhere that never ends is waited for as long as a call may wait; then the call is for later."""
    one = site()
    client = one.process(max_wait="30s")
    one.board.client.set(lock_of(one), "somebody", px=600_000)
    with pytest.raises(NotSent, match="another process has been asking for a token for 30 s"):
        client.send(GET)
    assert one.counts[0] == 0


def test_old_token_works_while_another_process_renews(site: Start) -> None:
    """In its leeway a token is still good: nobody waits for the next one."""
    one = site()
    client = one.process()
    client.send(GET)
    (key,) = one.board.client.scan_iter(f"{one.prefix}:token:*", count=10_000)
    one.board.client.set(key.decode().replace(":token:", ":renewing:"), "somebody", px=600_000)
    one.board.client.pexpire(key, 30_000)
    one.clock.advance(3570)
    before = len(one.clock.sleeps)
    client.send(GET)
    one.process().send(GET)
    assert (one.counts, len(one.clock.sleeps)) == ((1, 3, 0), before)


def test_redis_away_means_a_token_of_ones_own(site: Start, redis_url: str) -> None:
    """Without Redis each process asks for itself, and goes on."""
    one = site()
    one._url = "redis://127.0.0.1:1/0"
    for _ in range(2):
        one.process().send(GET)
    assert one.counts == (2, 2, 0)


def test_renewal_that_takes_long_keeps_its_right(site: Start) -> None:
    """A token request that takes minutes is not begun by another process as well, while its process lives."""
    one = site()
    client = one.process()
    lock = lock_of(one)

    def slow(raw: Raw) -> RawAnswer:
        if raw.url.endswith("/oauth/token"):
            one.board.client.pexpire(lock, 50)
            client.connection._sharing._lifeline.show_life()
            assert one.board.client.pttl(lock) > 10_000
        return one.gateway(raw)

    client.connection.transport._app = slow
    client.send(GET)
