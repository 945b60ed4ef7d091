"""Real processes before one gate."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import redis

from ebond.gateway.pacer import Limit
from ebond.shared.board import Board
from ebond.shared.gate import SharedGate
from ebond.testing.servers import ValkeyServer
from tests.integration.shared.callers import Orders
from tests.integration.shared.conftest import Gates

PROGRAM = Path(__file__).with_name("callers.py")


def start(orders: Orders) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(PROGRAM), orjson.dumps(asdict(orders)).decode()])  # noqa: S603


@contextmanager
def processes(board: Board, count: int, **orders: Any) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start so many processes with the same orders; they are gone at the end."""
    url = f"unix://{board.client.connection_pool.connection_kwargs['path']}"
    started = [start(Orders(url, board.key(), **orders)) for _ in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()


class Watch:
    """Reads along what a server does, and when by its own clock."""

    def __init__(self, server: ValkeyServer) -> None:
        self.lines: list[str] = []
        self._client = redis.Redis.from_url(server.url, socket_timeout=None)
        self._monitor = self._client.monitor()
        self._thread = Thread(target=self._read, daemon=True)

    def __enter__(self) -> Watch:
        self._monitor.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.ping()
        self._thread.join(0.2)
        with suppress(redis.RedisError, OSError, ValueError):
            self._monitor.connection.disconnect()
        self._client.close()

    def _read(self) -> None:
        with suppress(redis.RedisError, OSError, ValueError, AttributeError):
            while True:
                told = self._monitor.next_command()
                self.lines.append(f"{told['time']:.6f} {told['command']}")

    def turns(self, limit: Limit) -> list[float]:
        """Return when each turn was taken under a window."""
        taken = re.compile(rf"^(\S+) HINCRBY \S+:window:gw:{limit.owner}:{limit.per:g} \S+ 1$")
        return [float(found[1]) for line in self.lines if (found := taken.match(line))]


def test_many_processes_never_break_a_window(valkey: ValkeyServer) -> None:
    """Three processes of four threads keep two windows at once, by the server's own clock."""
    short, long = Limit("gateway", 10, 0.5), Limit("gateway", 30, 2.0)
    quota = [{"calls": one.calls, "per": f"{one.per:g}s"} for one in (short, long)]
    board = Board(valkey.url, prefix="ebond")
    with Watch(valkey) as watch, processes(board, 3, quota=quota, calls=4) as fleet:
        assert [one.wait(60) for one in fleet] == [0, 0, 0]
    board.close()
    for limit in (short, long):
        turns = watch.turns(limit)
        assert len(turns) == 48
        assert min(b - a for a, b in zip(turns, turns[limit.calls :], strict=False)) >= limit.per


def test_room_over_all_processes(board: Board) -> None:
    """Never more calls are under way than the gateway allows, and as many as that really are."""
    with processes(board, 3, quota=[], room=3, calls=10, long=0.01) as fleet:
        assert [one.wait(60) for one in fleet] == [0, 0, 0]
    seen = sorted(int(one) for one in board.client.zrange(board.key("test", "most"), 0, -1))
    assert seen == [1, 2, 3]
    assert board.client.zcard(board.key("room", "gw")) == 0


def test_killed_process_leaves_its_room_to_others(board: Board, gates: Gates) -> None:
    """What a killed process had under way counts as over when the lease is, though its calls would take hours."""
    held = board.key("room", "gw")
    with processes(board, 1, quota=[], room=2, threads=2, long=3600) as (victim,):
        while board.client.zcard(held) < 2:
            assert victim.poll() is None
        victim.kill()
        victim.wait()
    seconds = board.client.time()[0]
    latest = max(score for _, score in board.client.zrange(held, 0, -1, withscores=True)) / 10**6
    assert latest <= seconds + 16
    board.client.zadd(held, dict.fromkeys(board.client.zrange(held, 0, -1), 1))  # as if the lease were over
    assert gates(board, room=2).enter([]).wait == 0


def test_pause_holds_all_processes(board: Board, gates: Gates) -> None:
    """A pause that one process learnt holds the others, and a shorter one never shortens it."""
    one, other = gates(board), gates(board)
    one.pause(60)
    other.pause(2)
    one.pause(0)
    assert 58 < other.enter([]).wait <= 60.01
    other.pause(90)
    assert 88 < one.enter([]).wait <= 90.01


def test_flush_in_the_middle_stops_nobody(board: Board, gates: Gates) -> None:
    """When Redis has lost everything, calls go on, leaving is harmless, and calls under way are counted again."""
    limit, gate = Limit("gateway", 3, 3600.0), gates(board, room=3)
    calls = [gate.enter([limit]) for _ in range(2)]
    forget(board)
    assert gate.enter([limit]).wait == 0
    gate.leave(calls[0], [limit], late=0.0)
    gate.prolong()
    assert board.client.zcard(board.key("room", "gw")) == 2


def forget(board: Board) -> None:
    board.client.delete(*board.client.scan_iter(board.key("*"), count=10_000))
    board.client.script_flush()


def test_calls_that_left_are_not_prolonged(board: Board, gates: Gates) -> None:
    """A call that is over is not put back by the next sign of life."""
    gate: SharedGate = gates(board)
    call = gate.enter([])
    gate.leave(call, [], late=0.0)
    gate.prolong()
    assert board.client.zcard(board.key("room", "gw")) == 0
