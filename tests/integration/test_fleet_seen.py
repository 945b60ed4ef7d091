"""A small fleet as operators see it: its metrics over HTTP, and what its processes log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from ebond.definitions.bond import Bond
from ebond.definitions.mapping import Mapping
from ebond.testing.bulk_server import BulkServer

BOND, RECORDS = "acme", 30
SECRET = "s3cret-of-the-gateway"  # on loopback only
#: An edit of the bulk server's people changes this field.
FIELDS = ("title", "description", "urgency")


class Process:
    """One process of the fleet, and the lines that it wrote so far."""

    def __init__(self, kind: str, folder: Path, redis: str) -> None:
        self.lines: list[dict[str, Any]] = []
        options = ["--folder", str(folder), "--redis", redis, "--metrics-port", "0", "--verbose"]
        self._process = subprocess.Popen(  # noqa: S603  # what we ship
            [sys.executable, "-m", "ebond", kind, *options],
            env={**os.environ, "FAKE_SECRET": SECRET},
            stderr=subprocess.PIPE,
        )
        self.url: str = self.until("metrics are served")["url"]

    def until(self, event: str) -> dict[str, Any]:
        """Read lines until one tells of an event, and return that; fails where the process ends before."""
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            line: dict[str, Any] = orjson.loads(raw)
            self.lines.append(line)
            if line["event"] == event:
                return line
        pytest.fail(f"the process ended before {event!r}; it said {self.lines[-3:]}")

    def get(self, path: str) -> tuple[int, str]:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found

    def metrics(self) -> dict[tuple[str, frozenset[str]], float]:
        """Return the samples by name and the values of their labels."""
        return {
            (sample.name, frozenset(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(self.get("/metrics")[1])
            for sample in family.samples
        }

    def kill(self) -> None:
        """See to it that nothing is left of it."""
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def end(self) -> int:
        """End it as an orchestrator does; its lines are read to the end."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stderr is not None
        self.lines += [orjson.loads(raw) for raw in self._process.stderr]
        return self._process.wait()


def write(path: Path, definition: BaseModel) -> None:
    """JSON is YAML, too."""
    path.write_bytes(orjson.dumps(definition.model_dump(mode="json", by_alias=True, exclude_unset=True)))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Definitions of a bond between a full system and an empty one, run every second."""
    with ExitStack() as stack:
        for name, records in (("left", RECORDS), ("right", 0)):
            server = stack.enter_context(BulkServer(records))
            write(tmp_path / f"{name}-gateway.yaml", server.gateway(name, quota=[{"calls": 1000, "per": "1m"}]))
            write(tmp_path / f"{name}.yaml", server.system(name, name))
        rules = [{"left": field, "right": field} for field in FIELDS]
        ends = {"left": "left/ticket", "right": "right/ticket"}
        mapping = Mapping.model_validate({"version": 1, "mapping": "m", **ends, "fields": rules})
        write(tmp_path / "mapping.yaml", mapping)
        bond = {"version": 1, "bond": BOND, "mapping": "m", "schedule": {"every": "1s"}}
        write(tmp_path / "bond.yaml", Bond.model_validate(bond))
        yield tmp_path


@pytest.fixture
def fleet(folder: Path, redis_url: str) -> Iterator[tuple[Process, Process]]:
    """A scheduler and a worker."""
    with ExitStack() as stack:
        started = []
        for kind in ("scheduler", "worker"):
            started.append(Process(kind, folder, redis_url))
            stack.callback(started[-1].kill)
        yield started[0], started[1]


def test_a_fleet_shows_what_it_did_and_its_lines_say_what_they_belong_to(fleet: tuple[Process, Process]) -> None:
    """Creates of a first run: counted by outcome, told of by bond, logged with run, create and request; no secret."""
    scheduler, worker = fleet
    closed = worker.until("run closed")
    assert (closed["status"], closed["books"]["created"], closed["bond"]) == ("ok", RECORDS, BOND)
    of_worker, of_scheduler = worker.metrics(), scheduler.metrics()
    assert [worker.get(path)[0] for path in ("/livez", "/readyz")] == [200, 200]
    assert (worker.end(), scheduler.end()) == (0, 0)

    assert of_worker["ebond_calls_total", frozenset({"right", "create", "applied"})] == RECORDS
    assert of_worker["ebond_token_requests_total", frozenset({"right"})] == 1
    assert of_worker["ebond_quota_limit_calls", frozenset({"right", "1000/60s"})] == 1000
    assert of_scheduler["ebond_bond_links", frozenset({BOND})] == RECORDS
    assert of_scheduler["ebond_bond_last_run", frozenset({BOND, "ok"})] == 1
    assert of_scheduler["ebond_holders", frozenset({"worker"})] == 1

    calls = [line for line in worker.lines if line["event"] == "call" and line["run"] == closed["run"]]
    creates = [line for line in calls if line["operation"] == "create"]
    assert len({line["create"] for line in creates}) == len({line["request_id"] for line in creates}) == RECORDS
    assert {(line["bond"], line["actor"]) for line in calls} <= {(BOND, "scan"), (BOND, "work")}
    written = repr([worker.lines, scheduler.lines])
    assert SECRET not in written
    assert "Bearer" not in written
