"""How memory and the cost of a record grow with the bond."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from ebond.testing.bulk_server import BulkServer
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.pairs import timed
from tests.benchmarks.stage import Stage, link_all, run

#: What is compared is no ratio of two runs, and the largest size takes its time.
_REPEATS: Final = 3


def measure(scale: Scale) -> Iterator[Figure]:
    """``memory.mb.N`` and ``scan.us_per_record.N``: a process of its own that reads both sides whole, N records each.

    The peak of its memory, interpreter and libraries included; the median time of a whole run, divided by the
    records that it read. Nothing is compared but the sizes with each other: both should stay flat.
    """
    found = {name: _child(records, min(scale.pairs, _REPEATS)) for name, records in scale.sizes}
    for name, one in found.items():
        yield Figure(f"memory.mb.{name}", one["mb"], note="peak of a process that runs the bond")
    for name, one in found.items():
        yield Figure(f"scan.us_per_record.{name}", one["us"], note="nothing changed, both sides read whole")


def _child(records: int, repeats: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, BulkServer(records) as server:
        database = Path(folder) / "ebond.db"
        link_all(database, server)
        options = {"database": str(database), "port": server.port, "repeats": repeats, "records": records}
        command = [sys.executable, "-m", "tests.benchmarks.memory", orjson.dumps(options).decode()]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environ).stdout  # noqa: S603  # our own
    outcome: dict[str, Any] = orjson.loads(told)
    return outcome


def _peak_mb() -> float:
    # Not getrusage where it can be helped: on Linux it counts what the parent had when it forked.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text(encoding="ascii").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _main(options: dict[str, Any]) -> None:
    server = BulkServer()
    server.port = options["port"]
    stage = Stage(Path(options["database"]), server, server, whole=True)
    with stage.opened() as bench:
        times = [timed(lambda: run(bench)) for _ in range(options["repeats"] + 1)]
    microseconds = median(times[1:]) / (2 * options["records"]) * 1e6
    print(orjson.dumps({"mb": _peak_mb(), "us": microseconds}).decode())


if __name__ == "__main__":
    _main(orjson.loads(sys.argv[1]))
