"""A webhook over real sockets: a system's word, a listener, a worker, and the other system, each a process."""

from __future__ import annotations

import os
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

from ebond.definitions.bond import Bond
from ebond.definitions.mapping import Mapping
from ebond.testing.bulk_server import BulkServer
from tests.integration.test_fleet_seen import FIELDS, SECRET, Process, write

RECORDS, TOKEN = 20, "t0ken of the webhook"
LISTEN: dict[str, Any] = {
    "path": "/notify/left",
    "verify": {"kind": "bearer", "secrets": ["env:HOOK_TOKEN"]},
    "events": "",
    "id": "/id",
}


class Place:
    """Definitions of a bond that polls once in an hour, in step, with a worker and a listener that run."""

    def __init__(self, folder: Path, stack: ExitStack, redis: str) -> None:
        self.left, self.right = (stack.enter_context(BulkServer(records)) for records in (RECORDS, 0))
        for name, server in (("left", self.left), ("right", self.right)):
            write(folder / f"{name}-gateway.yaml", server.gateway(name))
            system = server.system(name, name)
            if name == "left":
                document = system.model_dump(mode="json", by_alias=True, exclude_unset=True)
                document["resources"]["ticket"]["listen"] = LISTEN
                system = type(system).model_validate(document)
            write(folder / f"{name}.yaml", system)
        rules = [{"left": field, "right": field} for field in FIELDS]
        ends = {"left": "left/ticket", "right": "right/ticket"}
        write(folder / "m.yaml", Mapping.model_validate({"version": 1, "mapping": "m", **ends, "fields": rules}))
        bond = {"version": 1, "bond": "acme", "mapping": "m", "schedule": {"every": "1h"}}
        write(folder / "bond.yaml", Bond.model_validate(bond))
        command = [sys.executable, "-m", "ebond", "sync", "acme", "--folder", str(folder), "--json"]
        done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "FAKE_SECRET": SECRET})  # noqa: S603
        assert orjson.loads(done.stdout)["books"]["created"] == RECORDS
        self.worker, self.listener = Process("worker", folder, redis), Process("listen", folder, redis)
        for process in (self.worker, self.listener):
            stack.callback(process.kill)
        self.url = self.listener.until("listening")["url"]

    def tells(self, *ids: str, token: str = TOKEN) -> int:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("POST", "/notify/left", orjson.dumps([{"id": one} for one in ids]), headers)
        answer = connection.getresponse()
        connection.close()
        return answer.status


@pytest.fixture
def place(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("EBOND_LISTEN_PORT", "0")
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)
    with ExitStack() as stack:
        yield Place(tmp_path, stack, redis_url)


def test_an_edit_is_carried_over_at_once_and_a_forged_word_of_it_is_not_heard(place: Place) -> None:
    """21: no poll is due for an hour; a run of the named records alone carries it, without reading a list."""
    before = place.left.stats()
    place.left.touch(1)
    assert place.tells("1", token="guessed") == 401
    assert place.tells(*(str(number) for number in range(1, RECORDS + 1))) == 204
    closed = place.worker.until("run closed")
    assert (closed["status"], closed["books"]["updated"], closed["books"]["read"]) == ("ok", 1, RECORDS)
    lists = [line for line in place.worker.lines if line["event"] == "call" and line["operation"] == "list"]
    assert (lists, before["records"]) == ([], RECORDS)

    counted = place.listener.metrics()
    assert counted["ebond_notifications_total", frozenset({"left", "accepted"})] == 1
    assert counted["ebond_notifications_total", frozenset({"left", "forged"})] == 1
    assert (place.listener.get("/readyz")[0], place.listener.end(), place.worker.end()) == (200, 0, 0)
    written = repr(place.listener.lines)
    assert not any(word in written for word in (TOKEN, "guessed", SECRET))
