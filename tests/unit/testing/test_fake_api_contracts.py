"""The HTTP face: preconditions, answers, creates that happen once, filters and deletes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ebond.definitions.system import Resource
from ebond.testing.clock import ManualClock
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_system import FakeSystem
from ebond.testing.preset import Preset
from ebond.testing.wiring import PRESETS

Make = Callable[..., tuple[FakeSystem, FakeApi, Any]]


@pytest.fixture
def make(clock: ManualClock, client: Callable[..., Any]) -> Make:
    def made(preset: str | Preset, **habits: Any) -> tuple[FakeSystem, FakeApi, Any]:
        kind = PRESETS[preset]() if isinstance(preset, str) else preset
        system = FakeSystem(replace(kind.habits, **habits), clock=clock)
        api = FakeApi(system, kind.resource, manners=kind.manners)
        return system, api, client(api)

    return made


def changed(name: str, **changes: Any) -> Preset:
    """A preset with parts of its resource spelled otherwise."""
    preset = PRESETS[name]()
    document = preset.resource.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for part, change in changes.items():
        document[part] = {**document[part], **change} if isinstance(change, dict) else change
    return replace(preset, resource=Resource.model_validate(document))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_validates_as_a_definition(name: str) -> None:
    """A preset gives a whole system definition."""
    assert PRESETS[name]().definition("left", "gate").resources["ticket"].list.path


@pytest.mark.parametrize(("match", "status"), [('"{v}"', 200), ('"old"', 412), ("{v}", 412), ('W/"{v}"', 200)])
def test_if_match_guards_an_update(make: Make, match: str, status: int) -> None:
    """A stale or unquoted version → 412; the present one, also weak, passes."""
    system, _, call = make("plain")
    made = system.person_creates({"title": "a"})
    version = system.version(system.get(made))
    headers = {"If-Match": match.replace("{v}", str(version))}
    assert call("PATCH", f"/tickets/{made}", {"title": "b"}, headers).status == status


@pytest.mark.parametrize(("version", "status"), [(1, 200), (0, 409), (None, 409)])
def test_a_version_in_the_body_guards_an_update(make: Make, version: int | None, status: int) -> None:
    """Another version, or none where one is required → 409."""
    system, _, call = make("versioned")
    made = system.person_creates({"title": "a"})
    body = {"title": "b"} | ({} if version is None else {"revision": version})
    assert call("POST", f"/tickets/{made}", {"ticket": body}).status == status


def test_a_bare_system_answers_nothing(make: Make) -> None:
    """Create answers a Location and no body, update 204."""
    _, _, call = make("bare")
    created = call("POST", "/tickets", {"title": "a"})
    updated = call("PUT", "/tickets/1", {"title": "b"})
    assert (created.status, created.content, created.headers["location"]) == (
        201,
        b"",
        "http://backend.test/tickets/1",
    )
    assert (updated.status, updated.content) == (204, b"")


def test_a_create_may_answer_only_an_id(make: Make) -> None:
    """The issue tracker's create shows the id and no fields."""
    _, api, call = make("roundup")
    api.manners = replace(api.manners, required_headers={})
    body = call.json("POST", "/issue", {"title": "a"})
    assert body["data"]["id"] == "1"
    assert "title" not in body["data"]


def test_an_idempotency_key_creates_once_while_it_is_remembered(make: Make, clock: ManualClock) -> None:
    """The same key gives the same record, until the server forgets it."""
    system, _, call = make("plain", idempotency_ttl=60.0)
    headers = {"Idempotency-Key": "k1"}
    ids = [call("POST", "/tickets", {"title": "a"}, headers).headers["location"][-1] for _ in range(2)]
    clock.advance(61)
    call("POST", "/tickets", {"title": "a"}, headers)
    assert (ids, system.ids()) == (["1", "1"], ["1", "2"])


@pytest.mark.parametrize(("replays", "shown"), [(False, "b"), (True, "a")])
def test_a_known_key_is_answered_with_today_s_record_or_with_the_first_answer(
    make: Make, replays: bool, shown: str
) -> None:
    """Servers do either."""
    system, _, call = make("plain", idempotency_ttl=60.0, idempotency_replays=replays)
    headers = {"Idempotency-Key": "k1"}
    call("POST", "/tickets", {"title": "a"}, headers)
    system.person_edits("1", title="b")
    assert f'"title":"{shown}"'.encode() in call("POST", "/tickets", {"title": "a"}, headers).content


def test_a_client_id_creates_once(make: Make) -> None:
    """The second PUT with our id → 412 with the record as it stands."""
    _, _, call = make("kinto")
    path, headers = "/buckets/b/collections/c/records/mine", {"If-None-Match": "*"}
    statuses = [call("PUT", path, {"data": {"title": "a"}}, headers).status for _ in range(2)]
    assert statuses == [201, 412]


def test_a_one_time_address_creates_once(make: Make) -> None:
    """The second POST to a one-time address is refused."""
    system, api, call = make("roundup")
    api.manners = replace(api.manners, required_headers={})
    address = call.json("POST", "/issue/@poe")["data"]["link"]
    statuses = [call("POST", address, {"title": "a"}).status for _ in range(2)]
    assert (statuses, system.ids()) == ([201, 400], ["1"])


def test_the_correlation_field_may_be_dropped(make: Make) -> None:
    """A system that ignores the field cannot be asked for it."""
    preset = PRESETS["plain"]()
    fields = {**preset.habits.fields, "external_ref": replace(preset.habits.every, read_only=True)}
    _, _, call = make("plain", fields=fields)
    call("POST", "/tickets", {"title": "a", "external_ref": "s1"})
    assert call.json("GET", "/tickets", external_ref="s1")["items"] == []


def test_a_lookup_finds_by_the_whole_reference(make: Make) -> None:
    """The look-up is exact, unless the system matches parts."""
    system, api, call = make("plain")
    for ref in ("B-7", "B-77"):
        system.person_creates({"title": "a", "external_ref": ref})
    exact = len(call.json("GET", "/tickets", external_ref="B-7")["items"])
    api.face.manners = replace(api.manners, substring_lookup=True)
    assert (exact, len(call.json("GET", "/tickets", external_ref="b-7")["items"])) == (1, 2)
    assert api.calls == {"lookup": 2}


@pytest.mark.parametrize(("query", "count"), [("sys_updated_on>=bad^ORDERBY", 2), ("corelation_id=x", 2)])
def test_invalid_queries_are_ignored(make: Make, query: str, count: int) -> None:
    """The ITSM table answers everything where a query can't be read."""
    system, _, call = make("servicenow")
    for _ in range(2):
        system.person_creates({"title": "a"})
    assert len(call.json("GET", "/api/now/table/incident", sysparm_query=query)["result"]) == count


def test_a_bad_since_filter_may_be_refused(make: Make) -> None:
    """The same garbage → 400 in a stricter system."""
    preset = PRESETS["plain"]()
    strict = replace(preset, manners=replace(preset.manners, garbage_since="refused"))
    _, _, call = make(strict)
    assert call("GET", "/tickets", updated_from="yesterday").status == 400


@pytest.mark.parametrize(
    ("stamp", "since"),
    [
        ({"format": "iso"}, "2026-01-05T09:00:00+00:00"),
        ({"format": "iso_z"}, "2026-01-05T09:00:00Z"),
        ({"format": "epoch_s"}, "1767603600"),
        ({"format": "epoch_ms"}, "1767603600000"),
        ({"format": "pattern", "pattern": "%d.%m.%Y %H:%M", "zone": "Europe/Paris"}, "05.01.2026 10:00"),
    ],
)
def test_since_filters_in_all_formats(make: Make, stamp: dict[str, str], since: str) -> None:
    """Each spelling of one moment gives the records changed at it or later."""
    listing = {"since": {"params": {"updated_from": "{since}"}, "stamp": stamp}}
    system, _, call = make(changed("plain", list=listing))
    for hour in (8, 9, 10):
        system.stamp_next(datetime(2026, 1, 5, hour, tzinfo=UTC))
        system.person_creates({"title": str(hour)})
    rows = call.json("GET", "/tickets", updated_from=since)["items"]
    assert [row["title"] for row in rows] == ["9", "10"]


def test_tombstones_stand_in_the_feed(make: Make) -> None:
    """A deleted record appears marked where the feed is asked for, and not in a plain list."""
    system, _, call = make("kinto")
    path = "/buckets/b/collections/c/records"
    system.person_deletes(system.person_creates({"title": "a"}))
    feed = call.json("GET", path, _since="0")["data"]
    assert [row["deleted"] for row in feed] == [True]
    assert call.json("GET", path)["data"] == []


def test_retired_records_answer_200_without_a_mark(make: Make) -> None:
    """The issue tracker reads a retired issue as if it lived, and lists it no more."""
    system, api, call = make("roundup")
    api.manners = replace(api.manners, required_headers={})
    made = system.person_creates({"title": "a"})
    system.person_deletes(made)
    assert call("GET", f"/issue/{made}").status == 200
    assert call.json("GET", "/issue")["data"]["collection"] == []


def test_contract_headers_are_required(make: Make) -> None:
    """A call without the contract's headers → 400."""
    _, _, call = make("roundup")
    assert call("GET", "/issue").status == 400
    assert call("GET", "/issue", None, {"X-Requested-With": "x", "Origin": "y"}).status == 200


def test_unknown_fields_may_be_refused(make: Make) -> None:
    """A body with an unknown key → 400 in the issue tracker, ignored elsewhere."""
    _, api, call = make("roundup")
    api.manners = replace(api.manners, required_headers={})
    _, _, lax = make("plain")
    body = {"title": "a", "nonsense": 1}
    assert (call("POST", "/issue", body).status, lax("POST", "/tickets", body).status) == (400, 201)


def test_a_second_resolution_hides_microseconds(make: Make, clock: ManualClock) -> None:
    """Stamps are cut down to what the system shows; a filter of the same second includes them."""
    system, api, call = make("roundup")
    api.manners = replace(api.manners, required_headers={})
    clock.advance(0.75)
    system.person_creates({"title": "a"})
    stamp = call.json("GET", "/issue")["data"]["collection"][0]["activity"]
    assert len(call.json("GET", "/issue", activity=f"{stamp};")["data"]["collection"]) == 1


@pytest.mark.parametrize(("form", "header"), [("plain", '"{v}"'), ("weak", 'W/"{v}"'), ("gzip", '"{v}-gzip"')])
def test_etags_are_spelled_and_taken_back(make: Make, form: str, header: str) -> None:
    """However an ETag is spelled, it is accepted as it was given."""
    system, api, call = make("roundup", etag=form)
    api.manners = replace(api.manners, required_headers={})
    made = system.person_creates({"title": "a"})
    etag = call("GET", f"/issue/{made}").headers["etag"]
    assert etag == header.replace("{v}", str(system.version(system.get(made))))
    assert call("PATCH", f"/issue/{made}", {"title": "b"}, {"If-Match": etag}).status == 200


@pytest.mark.parametrize(
    ("style", "body", "title"),
    [
        ("changed_fields", {"title": "b"}, "b"),
        ("merge_patch", {"description": None, "title": "b"}, "b"),
        ("put_full", {"title": "b"}, "b"),
        ("json_patch", [{"op": "replace", "path": "/title", "value": "b"}], "b"),
    ],
)
def test_update_styles(make: Make, style: str, body: Any, title: str) -> None:
    """Each style of update writes its field; a full PUT and a null empty the other one."""
    system, _, call = make(changed("plain", update={"style": style, "precondition": "compare"}))
    made = system.person_creates({"title": "a", "description": "d"})
    assert call("PATCH", f"/tickets/{made}", body).status == 200
    emptied = style in ("put_full", "merge_patch")
    assert system.values(made) == {"title": title} | ({} if emptied else {"description": "d"})


def test_api_causes_carry_the_request_id(make: Make) -> None:
    """History names the call that made a change."""
    system, _, call = make("plain")
    call("POST", "/tickets", {"title": "a"}, {"X-Request-ID": "r-1"})
    assert {change.cause for change in system.history} == {"api:r-1"}


def test_wrong_paths_and_verbs(make: Make) -> None:
    """A path that is not there → 404, a verb that is not → 405."""
    _, _, call = make("plain")
    assert (call("GET", "/nowhere").status, call("PUT", "/tickets").status) == (404, 405)


@pytest.mark.parametrize(("empties", "shown"), [("null", None), ("text", "")])
def test_empty_fields_are_shown_in_the_systems_way(make: Make, empties: str, shown: str | None) -> None:
    """Nothing is null, an empty text, or left out."""
    preset = PRESETS["plain"]()
    system, _, call = make(replace(preset, manners=replace(preset.manners, empties=empties)))
    system.person_creates({"title": "a"})
    assert call.json("GET", "/tickets/1")["description"] == shown
