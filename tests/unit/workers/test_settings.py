"""Where the fleet's settings come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ebond.clock import SystemClock
from ebond.shared.fleet import Fleet
from ebond.shared.vault import new_key


def test_redis_and_key_may_lie_in_files(tmp_path: Path) -> None:
    """``file:PATH`` stands for what the file holds."""
    (tmp_path / "url").write_text("redis://127.0.0.1:1/7\n")
    (tmp_path / "key").write_text(f"{new_key()},{new_key()}\n")
    environ = {"EBOND_REDIS_URL": f"file:{tmp_path / 'url'}", "EBOND_KEY": f"file:{tmp_path / 'key'}"}
    fleet = Fleet.of(environ, clock=SystemClock())
    assert fleet is not None
    assert (fleet.board.client.connection_pool.connection_kwargs["db"], fleet._vault is not None) == (7, True)
    fleet.close()


def test_fleet_without_a_key_says_what_that_costs(logged: list[Any]) -> None:
    """Redis without a key works, but each process asks for tokens of its own: nobody should find out by the bill."""
    fleet = Fleet.of({"EBOND_REDIS_URL": "redis://127.0.0.1:1/7"}, clock=SystemClock())
    assert fleet is not None
    fleet.close()
    assert [(line["log_level"], "EBOND_KEY" in line["todo"]) for line in logged] == [("warning", True)]
