"""What the bulk server can be told to do, so that benchmarks meet other contracts and the same state again."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import orjson
import pytest

from ebond.testing.bulk_server import BulkServer

PATH = "/bulk/v1/tickets"


def ask(server: BulkServer, method: str, path: str, body: Any = None) -> tuple[int, str | None, bytes]:
    """Make one call; return status, Location and body."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, None if body is None else orjson.dumps(body))
    answer = connection.getresponse()
    found = answer.status, answer.headers["location"], answer.read()
    connection.close()
    return found


@pytest.fixture
def server() -> Iterator[BulkServer]:
    with BulkServer(records=5) as bulk:
        yield bulk


def test_answers_come_without_bodies_where_told(server: BulkServer) -> None:
    """A create then answers its place alone, an update nothing at all."""
    server.bodies(sent=False)
    assert ask(server, "POST", PATH, {"title": "new"}) == (201, f"{PATH}/6", b"")
    assert ask(server, "PATCH", f"{PATH}/6", {"title": "newer"}) == (204, None, b"")


def test_a_version_in_the_body_is_a_precondition(server: BulkServer) -> None:
    """The version that the record has is taken, an older one refused."""
    changes = {"title": "newer", "version": 1}
    assert [ask(server, "PATCH", f"{PATH}/2", changes)[0] for _ in range(2)] == [200, 412]


def test_a_kept_state_comes_back_as_often_as_wanted(server: BulkServer) -> None:
    """The same edits on the same state give the same pages, stamps included."""
    server.touch(2)
    server.save()
    seen = []
    for _ in range(2):
        before = ask(server, "GET", PATH)
        ask(server, "POST", PATH, {"title": "new"})
        seen.append((before[2], ask(server, "GET", PATH)[2]))
        server.restore()
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][1]
