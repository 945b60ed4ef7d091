"""Redis that is away: killed, never there, or silent; and back again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from ebond.definitions.gateway import Quota
from ebond.errors import Away, UsageError
from ebond.gateway.pacer import MARGIN, Pacer
from ebond.gateway.turnstile import Turnstile
from ebond.shared.board import LEFT_ALONE, PATIENCE, Board
from ebond.testing.clock import ManualClock
from ebond.testing.servers import ValkeyServer
from tests.integration.shared.conftest import Gates

NOBODY = "redis://:pa55word@127.0.0.1:1/0"


def is_away(board: Board) -> bool:
    try:
        board.ask(lambda redis: redis.ping())
    except Away:
        return True
    return False


def test_killed_and_back(valkey: ValkeyServer) -> None:
    """A server that was killed is away at once, left alone for a while, and used again when it is back."""
    clock = ManualClock()
    board = Board(valkey.url, monotonic=clock.monotonic)
    assert not is_away(board)
    valkey.kill()
    assert is_away(board)
    valkey.start()
    assert is_away(board)
    clock.advance(LEFT_ALONE)
    assert not is_away(board)
    board.close()


def test_restart_between_two_questions_is_not_noticed(valkey: ValkeyServer) -> None:
    """A connection that was cut meanwhile is made anew: nobody is on their own for that."""
    board = Board(valkey.url)
    assert not is_away(board)
    valkey.stop()
    valkey.start()
    assert not is_away(board)
    board.close()


def test_silent_server_is_asked_once(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that was stopped in its tracks is waited for once, for no longer than our patience, and not again."""
    clock = ManualClock()
    board = Board(valkey.url, monotonic=clock.monotonic)
    board.client.ping()
    (pid,) = (int(board.client.info("server")["process_id"]),)
    asked: list[float] = []

    def ping(client: object) -> None:
        asked.append(time.monotonic())
        board.client.ping()

    signal_to(pid, signal.SIGSTOP)
    try:
        for _ in range(3):
            with pytest.raises(Away):
                board.ask(ping)
    finally:
        signal_to(pid, signal.SIGCONT)
    assert len(asked) == 1
    settings = board.client.connection_pool.connection_kwargs
    assert settings["socket_timeout"] == PATIENCE == 1.0
    # Nor does redis-py try again by itself.
    assert settings["retry"]._supported_errors == (redis.ConnectionError,)
    clock.advance(LEFT_ALONE)
    assert not is_away(board)
    board.close()


def signal_to(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)


def test_one_looks_whether_it_is_back() -> None:
    """While one thread asks again, the others do not wait for what it finds."""
    clock = ManualClock()
    board = Board(NOBODY, monotonic=clock.monotonic)
    assert is_away(board)
    clock.advance(LEFT_ALONE)
    asked: list[str] = []

    def look(client: object) -> None:
        asked.append("one")
        with pytest.raises(Away):
            board.ask(lambda _: asked.append("another"))
        board.client.ping()

    with pytest.raises(Away):
        board.ask(look)
    assert asked == ["one"]
    board.close()


def test_each_process_keeps_to_its_share(gates: Gates) -> None:
    """Without Redis, four processes call at a fourth of the quota and hold a fourth of the room each."""
    clock, board = ManualClock(), Board(NOBODY)
    quota = [Quota.model_validate({"calls": 40, "per": "60s"})]
    turnstile = Turnstile(
        Pacer(quota), clock, room=8, longest=0.5, gate=gates(board, room=8, clock=clock), share=lambda: 4
    )
    with turnstile.turn(), turnstile.turn():
        assert turnstile._here((turnstile._pacer,), 4).wait > 0  # a third one waits for room
    for _ in range(8):
        with turnstile.turn():
            pass
    assert 59 < turnstile._here((turnstile._pacer,), 4).wait <= 60 + MARGIN
    board.close()


def test_short_window_is_waited_out_when_the_count_is_lost(gates: Gates) -> None:
    """Others may just have used up the second's quota; only after that our share of it is ours."""
    clock, board = ManualClock(), Board(NOBODY)
    quota = [Quota.model_validate({"calls": 50, "per": "1s"}), Quota.model_validate({"calls": 900, "per": "60s"})]
    turnstile = Turnstile(Pacer(quota), clock, gate=gates(board, clock=clock), share=lambda: 4)
    with turnstile.turn():
        assert clock.monotonic() == 1.0
    board.close()


@pytest.mark.parametrize(
    "url", ["redis://:pa55word@127.0.0.1:no-port/0", "http://:pa55word@127.0.0.1/0", "pa55word", "redis://[pa55word"]
)
def test_bad_url_is_not_repeated(url: str) -> None:
    """A URL that cannot be read is said to be so, without the password in it, nor in what caused the error."""
    with pytest.raises(UsageError, match="the URL of Redis cannot be read") as raised:
        Board(url)
    assert "pa55word" not in f"{raised.value!r} {raised.value} {raised.value.todo}"
    assert raised.value.__cause__ is None


def test_password_is_in_no_log(logged: Callable[[], str]) -> None:
    """What is logged of a server that is away names neither its URL nor its password."""
    board = Board(NOBODY)
    with pytest.raises(Away) as raised:
        board.run("left", [], [])
    assert "redis is away" in logged()
    assert "pa55word" not in f"{logged()} {raised.value!r} {raised.value} {raised.value.__cause__}"
    board.close()


def test_scripts_are_shipped() -> None:
    """Every script that is run lies in the package, with what its keys and arguments are."""
    scripts = Path(__file__).parents[3] / "ebond" / "shared" / "scripts"
    for script in scripts.glob("*.lua"):
        head = script.read_text().split("\n\n")[0]
        assert "-- KEYS: " in head, script.name
