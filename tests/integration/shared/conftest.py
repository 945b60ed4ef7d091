"""Boards on a real server, with a clock of Redis that a test may set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from typing import Any
from uuid import uuid4

import pytest
import structlog

from ebond.gateway.pacer import Limit
from ebond.gateway.sharing import Turn
from ebond.shared.board import Board
from ebond.shared.gate import SharedGate
from ebond.shared.lifeline import Lifeline
from ebond.testing.clock import ManualClock
from ebond.testing.servers import ValkeyServer

#: Some moment, in microseconds.
NOON = 1_790_000_000_000_000


class TimedBoard(Board):
    """A board whose scripts read the time from a key: days pass at once. What expires does so by the real clock."""

    now = NOON

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes | int | float] = ()) -> Any:
        text = (resources.files("ebond.shared") / "scripts" / f"{script}.lua").read_text(encoding="utf-8")
        clock = self.key("clock")
        timed = text.replace("redis.call('TIME')", f"redis.call('HMGET', '{clock}', 's', 'us')")
        self.client.hset(clock, mapping={"s": self.now // 10**6, "us": self.now % 10**6})
        return self.ask(lambda redis: redis.eval(timed, len(keys), *keys, *arguments))

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 10**6)


@pytest.fixture
def board(redis_url: str) -> Iterator[Board]:
    """A board of this test's own."""
    with_prefix = Board(redis_url, prefix=uuid4().hex)
    yield with_prefix
    with_prefix.close()


@pytest.fixture
def timed(redis_url: str) -> Iterator[TimedBoard]:
    """The same, with a clock that the test sets."""
    own = TimedBoard(redis_url, prefix=uuid4().hex)
    yield own
    own.close()


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A server that this test may stop, kill and empty."""
    with ValkeyServer() as server:
        yield server


Gates = Callable[..., SharedGate]


@pytest.fixture
def gates() -> Iterator[Gates]:
    """A factory of gates, as one process has them."""
    lifeline = Lifeline()

    def build(board: Board, *, room: int = 100, clock: Any = None, lifeline: Lifeline = lifeline) -> SharedGate:
        return SharedGate(board, "gw", room=room, clock=clock or ManualClock(), lifeline=lifeline)

    yield build
    lifeline.close()


def through(gate: SharedGate, *limits: Limit) -> Turn:
    """Take a turn and give its room back at once."""
    turn = gate.enter(limits)
    if turn.call:
        gate.leave(turn, limits, late=0.0)
    return turn


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """Everything that is logged meanwhile, as text."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        yield lambda: repr(lines)
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)
