"""Fakes over real TCP."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any

import orjson
import pytest

from ebond.testing.bulk_server import BulkServer
from ebond.testing.bulk_store import BulkStore, bulk_record
from ebond.testing.clock import ManualClock
from ebond.testing.fake_server import FakeServer
from ebond.testing.faults import lose_answer
from ebond.testing.wiring import PRESETS, fake_end

PATH = "/bulk/v1/tickets"


def ask(port: int, *calls: tuple[str, str, Any, dict[str, str]]) -> list[tuple[int, Any]]:
    """Make calls over one connection."""
    connection, answers = HTTPConnection("127.0.0.1", port, timeout=10), []
    for method, path, body, headers in calls:
        connection.request(method, path, None if body is None else orjson.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        answers.append((answer.status, orjson.loads(content) if content else None))
    connection.close()
    return answers


@pytest.fixture(scope="module")
def server() -> Iterator[BulkServer]:
    with BulkServer(records=1200) as bulk:
        yield bulk


def test_a_fake_speaks_tcp(clock: ManualClock) -> None:
    """The in-memory application answers over a socket, connection kept, bodies and 204 alike."""
    end = fake_end(PRESETS["bare"](), name="left", clock=clock)
    with FakeServer(end.faults) as server:
        answers = ask(
            server.port,
            ("POST", "/tickets", {"title": "a"}, {}),
            ("PUT", "/tickets/1", {"title": "b"}, {}),
            ("GET", "/tickets/1", None, {}),
        )
    assert [status for status, _ in answers] == [201, 204, 200]
    assert answers[2][1]["title"] == "b"


def test_a_lost_answer_hangs_up(clock: ManualClock) -> None:
    """A transport fault is a closed connection; the record stands."""
    end = fake_end(PRESETS["bare"](), name="left", clock=clock)
    end.faults.next(lose_answer)
    with FakeServer(end.faults) as server, pytest.raises(RemoteDisconnected):
        ask(server.port, ("POST", "/tickets", {"title": "a"}, {}))
    assert end.system.ids() == ["1"]


def test_bulk_records_come_in_pages(server: BulkServer) -> None:
    """Pages of 500 hold every record once, and the total."""
    calls = [("GET", f"{PATH}?limit=500&offset={offset}", None, {}) for offset in (0, 500, 1000)]
    pages = [body for _, body in ask(server.port, *calls)]
    ids = [row["id"] for page in pages for row in page["items"]]
    assert (ids, pages[0]["total"]) == ([str(number) for number in range(1, 1201)], 1200)


def test_bulk_records_are_incidents_of_a_kilobyte() -> None:
    """A record has the size that was asked for."""
    assert len(orjson.dumps(bulk_record(7, size=1000))) == 1000


def test_bulk_writes_answer_the_record_and_check_versions(server: BulkServer) -> None:
    """POST and PATCH answer the record; a stale If-Match → 412; the look-up finds our reference."""
    server.reset()
    created, patched, stale, found = ask(
        server.port,
        ("POST", PATH, {"title": "new", "external_ref": "s-1"}, {}),
        ("PATCH", f"{PATH}/1201", {"title": "newer"}, {"If-Match": '"1"'}),
        ("PATCH", f"{PATH}/1201", {"title": "late"}, {"If-Match": '"1"'}),
        ("GET", f"{PATH}?external_ref=s-1", None, {}),
    )
    assert [created[0], patched[0], stale[0], found[0]] == [201, 200, 412, 200]
    assert (patched[1]["version"], found[1]["items"][0]["title"]) == (2, "newer")


def test_touched_records_are_in_the_feed(server: BulkServer) -> None:
    """The since filter shows what people edited, and nothing else."""
    last = server.reset() and ask(server.port, ("GET", f"{PATH}?limit=1&offset=1199", None, {}))[0][1]
    since = last["items"][0]["updated"] + 1
    server.touch(12)
    feed = ask(server.port, ("GET", f"{PATH}?updated_from={since}", None, {}))[0][1]
    assert (feed["total"], len(feed["items"])) == (12, 12)


def test_the_same_calls_give_the_same_answers_after_a_reset(server: BulkServer) -> None:
    """Recorded calls can be played again, byte for byte."""
    calls = [
        ("POST", PATH, {"title": "new"}, {}),
        ("PATCH", f"{PATH}/7", {"title": "x"}, {"If-Match": '"1"'}),
        ("GET", f"{PATH}?limit=3&offset=1198", None, {}),
    ]
    played = []
    for _ in range(2):
        server.reset()
        played.append(ask(server.port, *calls))
    assert played[0] == played[1]


def test_the_bulk_server_counts(server: BulkServer) -> None:
    """Calls by method and the server's CPU time are told."""
    server.reset()
    ask(server.port, ("GET", PATH, None, {}))
    stats = server.stats()
    assert stats["calls"] == {"GET": 1, "POST": 1}
    assert stats["cpu"] > 0


def test_bulk_definitions_fit_the_records(server: BulkServer) -> None:
    """Each field of the definition is in the record, under the path that it names."""
    resource = server.system("left", "gate").resources["ticket"]
    assert server.gateway("gate").base_url == server.url
    assert {field.path[1:] for field in resource.fields.values()} <= bulk_record(1).keys()


def test_people_edit_evenly() -> None:
    """Touched records are spread over the table."""
    store = BulkStore(100, size=500)
    store.touch(10)
    assert store.latest(10) == [str(number) for number in range(1, 100, 10)]
