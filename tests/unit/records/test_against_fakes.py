"""The same life of a record on every kind of fake system: created, found, listed, read, changed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import orjson
import pytest

from ebond.errors import Exists, Gone, Refused, Stale
from ebond.gateway.outcome import Outcome
from ebond.gateway.wire import Answer, Raw, Request
from ebond.records.resource import ResourceClient, Seen
from ebond.records.verify import probe
from ebond.testing.clock import ManualClock
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_system import FakeSystem
from ebond.testing.preset import Preset
from ebond.testing.presets import bare, plain, versioned
from ebond.testing.real_presets import kinto_like, roundup_like, servicenow_like

NOW = datetime(2026, 11, 23, 20, 37, 43, 123_456, tzinfo=UTC)
PRESETS = {one.name: one for one in (plain(), bare(), versioned(), kinto_like(), roundup_like(), servicenow_like())}
VALUES = {"title": "Line down", "status": "new", "urgency": 2, "labels": ["a", "b"]}


class Direct:
    """Sends straight to a fake API, with the least of a gateway's judgement."""

    def __init__(self, api: FakeApi, headers: dict[str, str]) -> None:
        self.api, self.headers = api, headers
        self.sent: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        content = b"" if request.json is None else orjson.dumps(request.json)
        headers = {**self.headers, **request.headers, "content-type": request.media_type}
        url = f"http://backend:8080{request.path}?{urlencode(request.params)}"
        raw = self.api(Raw(request.method, url, headers, content))
        if raw.status < 300:
            return Answer(raw.status, raw.headers, raw.content, "r", "g", Outcome("applied"))
        first = Exists if "If-None-Match" in request.headers else Stale
        kinds = {404: Gone, 410: Gone, 412: first, 409: Stale}
        raise kinds.get(raw.status, Refused)(raw.content.decode(), status=raw.status)


class Bench:
    """One fake system with a client."""

    def __init__(self, preset: Preset) -> None:
        self.clock = ManualClock(NOW)
        self.preset = preset
        self.system = FakeSystem(preset.habits, clock=self.clock)
        self.sender = Direct(FakeApi(self.system, preset.resource, manners=preset.manners), dict(preset.headers))
        self.client = ResourceClient(self.sender, preset.resource, name=preset.name)
        self.values = {**VALUES, "status": preset.statuses[0]}
        if preset.name == "servicenow":
            self.values |= {"labels": "a,b", "urgency": "2"}

    def create(self, sync_id: str = "s-1") -> str:
        """Create a record and return its id."""
        url = self.client.reserve_once()
        written = self.client.create(self.values, sync_id=sync_id, once_url=url)
        assert written.id is not None
        return written.id

    def scan(self, since: datetime | None = None) -> list[Seen]:
        """Return all rows of a scan without a fault."""
        pages = list(self.client.pages(since))
        assert [page.last for page in pages].index(True) == len(pages) - 1
        assert not any(page.faults for page in pages)
        return [row for page in pages for row in page.rows]

    def fill(self, count: int) -> list[str]:
        """Have a person open records, a second apart."""
        ids = []
        for _ in range(count):
            self.clock.advance(1)
            ids.append(self.system.person_creates({"title": "x"}))
        return ids


@pytest.fixture(params=PRESETS)
def bench(request: pytest.FixtureRequest) -> Bench:
    """Return each kind of system in turn."""
    return Bench(PRESETS[request.param])


def test_what_is_created_can_be_read_found_and_listed(bench: Bench) -> None:
    """By its id, by our correlation, and in a scan: the same record."""
    record_id = bench.create()
    assert bench.system.created_by_api == [record_id]
    assert bench.client.read(record_id).id == record_id
    assert [seen.id for seen in bench.client.find("s-1")] == [record_id]
    assert bench.client.find("s-2") == []
    assert [row.id for row in bench.scan()] == [record_id]


def test_every_record_is_listed_once(bench: Bench) -> None:
    """Over several pages, in whatever way they hang together."""
    ids = bench.fill(2 * bench.preset.resource.list.paging.size + 3)
    assert sorted(row.id for row in bench.scan()) == sorted(ids)


def test_a_scan_from_a_floor_shows_what_changed_since(bench: Bench) -> None:
    """And little besides; a system without a feed shows everything."""
    old = bench.fill(5)
    bench.clock.advance(3600)
    floor = bench.clock.now()
    new = bench.fill(3)
    shown = {row.id for row in bench.scan(floor)}
    assert shown == set(new) | (set(old) if bench.preset.resource.list.since is None else set())


def test_an_update_changes_what_it_names(bench: Bench) -> None:
    """Under the precondition that the contract has."""
    record_id = bench.create()
    seen = bench.client.read(record_id)
    written = bench.client.update(record_id, {"title": "New"}, version=seen.version, current=seen.record)
    assert written.id == record_id
    assert bench.system.values(record_id)["title"] == "New"
    assert bench.system.values(record_id)["status"] == bench.preset.statuses[0]


def test_a_version_that_is_passed_is_stale(bench: Bench) -> None:
    """Someone else was first; nothing is lost."""
    update = bench.preset.resource.update
    assert update is not None
    if update.precondition == "compare":
        pytest.skip("the contract cannot check a version")
    record_id = bench.create()
    seen = bench.client.read(record_id)
    bench.clock.advance(1)
    bench.system.person_edits(record_id, title="Theirs")
    with pytest.raises(Stale):
        bench.client.update(record_id, {"title": "Ours"}, version=seen.version, current=seen.record)
    assert bench.system.values(record_id)["title"] == "Theirs"


def test_a_value_can_be_cleared(bench: Bench) -> None:
    """In the form that the system knows; it reads back as empty."""
    record_id = bench.create()
    seen = bench.client.read(record_id)
    bench.client.update(record_id, {"urgency": None}, version=seen.version, current=seen.record)
    assert not bench.system.values(record_id).get("urgency")


def test_an_answer_with_the_record_is_trusted(bench: Bench) -> None:
    """Where the contract says so, no read is needed after a write."""
    record_id = bench.create()
    before = bench.client.read(record_id)
    written = bench.client.update(record_id, {"title": "New"}, version=before.version, current=before.record)
    update = bench.preset.resource.update
    assert update is not None
    assert (written.seen is not None) is (update.returns == "record")
    if written.seen is not None:
        assert written.seen == bench.client.read(record_id)


def test_the_definition_fits_its_system(bench: Bench) -> None:
    """``ebond check`` finds no error."""
    bench.create()
    assert [one for one in probe(bench.client, bench.preset.resource) if one.level == "error"] == []
