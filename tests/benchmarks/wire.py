"""What ebond adds to the time that its calls take on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ebond.testing.bulk_server import BulkServer
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.pairs import Pairs, alternate, timed
from tests.benchmarks.recorder import Recorder
from tests.benchmarks.stage import WORKERS, Stage, run

_GOALS: Final = {0: 1.5, 20: 1.10, 80: 1.05}


def measure(scale: Scale) -> Iterator[Figure]:
    """``wire.Nms``: a sync / making its very HTTP calls again, with N ms of latency for each call.

    Most of the sync are updates, a quarter creates, on a bond that is at rest otherwise. Both begin without a
    connection and a token, on the same state of both systems; the calls are made again by the client that ebond uses,
    as many at a time. Planning, and the transactions before and after each write, are ebond's own.
    """
    with TemporaryDirectory() as folder, BulkServer(scale.writes * 2) as left, BulkServer() as right:
        stage = Stage(Path(folder) / "ebond.db", left, right)
        stage.sync()
        stage.sync()
        kept = stage.keep()
        _people_work(left, scale.writes)
        right.save()
        for latency, goal in _GOALS.items():
            found = _measured(stage, kept, (left, right), latency, pairs=scale.pairs)
            note = f"{found.per(scale.writes)} per write of {scale.writes}"
            yield Figure(f"wire.{latency}ms", found.ratio, goal, note)


def _people_work(left: BulkServer, writes: int) -> None:
    """Open a quarter of the tickets anew, edit three quarters."""
    opened = writes // 4
    left.open(opened)
    left.touch(writes - opened)
    left.save()


def _measured(stage: Stage, kept: Path, servers: tuple[BulkServer, BulkServer], latency: int, *, pairs: int) -> Pairs:
    made = Recorder()

    def begin(milliseconds: float) -> None:
        for server in servers:
            server.restore()
            server.latency(milliseconds)

    def sync() -> float:
        stage.go_back(kept)
        begin(latency)
        nonlocal made
        made = Recorder()
        with stage.opened(made.transport_for) as bench:
            return timed(lambda: run(bench))

    def bare() -> float:
        begin(latency)
        return timed(lambda: made.replay(workers=WORKERS))

    found = alternate(sync, bare, pairs=pairs)
    begin(0)
    return found
