"""The same life of a record on every preset, against a fake that keeps the preset's contract.

The talks show what single calls look like; here whole pages, filters and writes go round, with the habits that the
vendors own up to. Kinto and Roundup live on the real systems besides.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ebond.definitions.children import child_resources
from ebond.definitions.folder import presets, yaml_files
from ebond.errors import Stale
from ebond.gateway.wire import Raw, RawAnswer
from ebond.records.resource import Seen
from ebond.records.verify import probe
from ebond.testing.clock import ManualClock
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_system import FakeSystem
from ebond.testing.habits import FieldHabits, Habits
from ebond.testing.manners import Manners
from ebond.testing.transport import FakeTransport
from tests.unit.presets.scripted import client_of, extended

NOW = datetime(2026, 11, 23, 20, 37, 43, 123_456, tzinfo=UTC)
SYNC_ID = "5" * 32
TEXTS = FieldHabits(as_text=True, empty="null")


@dataclass(frozen=True)
class Life:
    """What goes into a record, what is changed then, and how the system behaves."""

    values: dict[str, Any]
    change: dict[str, Any]
    own: str = ""
    """What the operator writes besides ``extends``."""
    habits: Habits = field(default_factory=Habits)
    manners: Manners = field(default_factory=Manners)


TICKET = {"description": "No light", "severity": "minor", "type": "incident"}
STAMPED = Habits(version="stamp")
#: Shown by their talks alone: rows of a list that have another form than the records are no fake's.
TALKED = {"glpi"}
LIVES = {
    "bmc-helix": Life(
        {"summary": "a", "notes": "b", "status": "New"},
        {"status": "Assigned", "notes": "c"},
        own="resources: {incident: {correlation: partner_id, fields: {partner_id: {path: /values/Partner ID}},"
        ' lookup: {path: "/entry/HPD:IncidentInterface", params: {q: "\'Partner ID\' = \\"{sync_id}\\""},'
        " records: /entries}}}",
        habits=STAMPED,
    ),
    "github": Life({"title": "a", "state": "open"}, {"state": "closed"}, habits=STAMPED),
    "gitlab": Life({"title": "a", "labels": "x,y"}, {"state": "closed"}, habits=STAMPED),
    "jira-cloud": Life({"summary": "a", "labels": ["x"]}, {"priority": "High"}, habits=STAMPED),
    "kinto": Life(
        {"title": "a"},
        {"title": "b"},
        own="resources: {record: {fields: {title: {path: /title}}}}",
        habits=Habits(version="stamp", stamp_step=0.001),
    ),
    "mef124": Life(
        {"description": "a", "observed_impact": "down", "priority": "low", "severity": "minor", "type": "information"},
        {"observed_impact": "intermittent"},
        habits=Habits(version="none"),
        manners=Manners(sort="id", max_page=30),
    ),
    "redmine": Life(
        {"subject": "a", "project": 3, "status": 1},
        {"status": 5},
        own="resources: {issue: {correlation: external_id,"
        ' fields: {external_id: {path: "/custom_fields/[id=7]/value"}},'
        ' lookup: {path: /issues.json, params: {cf_7: "{sync_id}", status_id: "*"}, records: /issues}}}',
        habits=STAMPED,
    ),
    "roundup": Life({"title": "a"}, {"title": "b"}, habits=Habits(version="etag", version_required=True)),
    "salesforce-case": Life({"subject": "a"}, {"status": "Closed"}, habits=STAMPED),
    "servicenow": Life(
        {"short_description": "a", "urgency": "2"},
        {"state": "2"},
        habits=Habits(every=TEXTS, version="counter"),
        manners=Manners(empties="text", all_text=True, max_page=10_000),
    ),
    "tmf621": Life(TICKET, {"status": "pending"}, habits=Habits(version="none"), manners=Manners(sort="id")),
    "tmf621-v5": Life(TICKET, {"status": "pending"}, habits=Habits(version="none"), manners=Manners(sort="id")),
    "zendesk": Life(
        {"description": "a", "tags": ["x"]}, {"status": "solved"}, habits=Habits(version="stamp", stale_status=409)
    ),
}


class Bench:
    """A preset, a fake of its system, and a client between them."""

    def __init__(self, name: str, folder: Path) -> None:
        self.life = LIVES[name]
        definitions = extended(folder, name, self.life.own + "\n")
        ours = definitions.systems["ours"]
        self.resource = next(
            one for name, one in ours.resources.items() if one.create and name not in child_resources(ours)
        )
        self.clock = ManualClock(NOW)
        self.system = FakeSystem(self.life.habits, clock=self.clock)
        self.api = FakeApi(self.system, self.resource, manners=self.life.manners)
        self.base = f"https://front.example{definitions.systems['ours'].base_path}"
        self.client = client_of(definitions, FakeTransport(self.backend), self.clock)

    def backend(self, raw: Raw) -> RawAnswer:
        """Answer below the base path, as a gateway passes calls on."""
        assert raw.url.startswith(self.base)
        return self.api(replace(raw, url="http://backend" + raw.url.removeprefix(self.base)))

    def create(self) -> str:
        url = self.client.reserve_once()
        written = self.client.create(self.life.values, sync_id=SYNC_ID, once_url=url)
        assert written.id is not None
        return written.id

    def scan(self, since: datetime | None = None) -> list[Seen]:
        pages = list(self.client.pages(since))
        assert not any(page.faults for page in pages)
        return [row for page in pages for row in page.rows]


@pytest.fixture(params=sorted(LIVES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """Return each preset in turn."""
    return Bench(request.param, tmp_path)


def test_every_preset_has_a_life_here() -> None:
    """None ships that nobody has seen at work."""
    assert {*LIVES, *TALKED} == {path.stem for path in yaml_files(presets() / "systems")}


def test_what_is_created_is_read_listed_and_found(bench: Bench) -> None:
    """With all its values; by our correlation too, where the contract has one."""
    record_id = bench.create()
    assert bench.system.values(record_id).items() >= bench.life.values.items()
    assert bench.client.read(record_id).id == record_id
    assert [row.id for row in bench.scan()] == [record_id]
    if bench.resource.lookup is not None:
        assert [seen.id for seen in bench.client.find(SYNC_ID)] == [record_id]


def test_a_list_of_many_pages_shows_each_record_once(bench: Bench) -> None:
    """Two and a half pages, in whatever way they hang together; some hidden by access rules in between."""
    size = bench.resource.list.paging.size
    ids = [bench.system.person_creates({}) for _ in range(2 * size + size // 2)]
    bench.api.hidden.update(ids[3:9] if not bench.resource.list.paging.short_page_ends else ())
    assert sorted(row.id for row in bench.scan()) == sorted(set(ids) - bench.api.hidden)


def test_a_scan_from_a_floor_shows_what_changed_since(bench: Bench) -> None:
    """And nothing older than the overlap; without a feed it shows everything."""
    old = bench.system.person_creates({})
    bench.clock.advance(3600)
    floor = bench.clock.now()
    bench.clock.advance(1)
    new = bench.system.person_creates({})
    shown = {row.id for row in bench.scan(floor)}
    assert shown == ({new} if bench.resource.list.since else {old, new})


def test_an_update_changes_what_it_names_and_nothing_else(bench: Bench) -> None:
    """Under the precondition that the contract has."""
    record_id = bench.create()
    seen = bench.client.read(record_id)
    bench.client.update(record_id, bench.life.change, version=seen.version, current=seen.record)
    expected = {**bench.life.values, **bench.life.change}
    assert bench.system.values(record_id).items() >= expected.items()


def test_an_edit_in_between_is_not_overwritten(bench: Bench) -> None:
    """Where the contract can check it; elsewhere the sync compares just before it writes."""
    updating = bench.resource.update
    assert updating is not None
    if updating.precondition == "compare":
        pytest.skip("the contract cannot check a version")
    record_id = bench.create()
    seen = bench.client.read(record_id)
    bench.clock.advance(1)
    bench.system.person_edits(record_id, **{next(iter(bench.life.change)): "theirs"})
    with pytest.raises(Stale):
        bench.client.update(record_id, bench.life.change, version=seen.version, current=seen.record)


def test_a_repeated_create_by_upsert_meets_the_first(tmp_path: Path) -> None:
    """Salesforce: nothing is doubled by it."""
    bench = Bench("salesforce-case", tmp_path)
    assert bench.create() == bench.create()
    assert len(bench.system.ids()) == 1


def test_check_finds_nothing_wrong(bench: Bench) -> None:
    """``ebond check`` compares the definition with a system that keeps it."""
    bench.create()
    assert [one for one in probe(bench.client, bench.resource) if one.level == "error"] == []
