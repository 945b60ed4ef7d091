"""What contracts say of the shapes of questions, bodies and answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from ebond.errors import AnswerError, FeedError, Gone, Refused

Build = Callable[..., Any]
FLOOR = datetime(2026, 11, 23, 20, 37, 43, tzinfo=UTC)
OFFSET = {"kind": "offset", "param": "/list_info/start", "size_param": "/list_info/rows"}
FORM = "application/x-www-form-urlencoded"


def ids(client: Any) -> list[str]:
    return [row.id for page in client.pages(None) for row in page.rows]


def test_a_question_may_be_json_in_one_parameter(connect: Build, page: Build, listing: Build) -> None:
    """ServiceDesk Plus: paging and filter have their places inside; the listing's own parameters stay beside."""
    since = {"params": {"/list_info/search/value": "{since}"}, "overlap": "0s", "stamp": {"format": "epoch_ms"}}
    parts = {"json_param": "input_data", "params": {"v": "3"}, "body": {"list_info": {"sort": "id"}}, "since": since}
    client, sender = connect(page(1, 2), page(), list=listing(OFFSET, **parts))
    list(client.pages(FLOOR))
    asked = [(request.method, dict(request.params)["v"], request.json) for request in sender.requests]
    assert asked == [("GET", "3", None)] * 2
    questions = [orjson.loads(dict(request.params)["input_data"])["list_info"] for request in sender.requests]
    floor = {"value": "1795466263000"}
    assert questions == [{"sort": "id", "search": floor, "rows": 2, "start": start} for start in (0, 2)]


def test_pages_may_be_ranges(connect: Build, page: Build, listing: Build) -> None:
    """GLPI: ``range=0-1``, and the number of all stands behind the range of the answer."""
    paging = {"kind": "offset", "param": "range", "range": "{first}-{last}", "size_param": None}
    told = {"Content-Range": "0-1/3"}
    client, sender = connect(
        page(1, 2, status=206, headers=told), page(3, status=206, headers={"Content-Range": "2-2/3"}),
        list=listing({**paging, "total_header": "Content-Range"}),
    )  # fmt: skip
    assert ids(client) == ["1", "2", "3"]
    assert sender.params == [{"range": "0-1"}, {"range": "2-3"}]


ANSWERS: list[tuple[str, dict[str, Any], Any, list[str] | str]] = [
    ("a map", {"rows": "map"}, {"items": {"T::1": {"id": 1}, "T::2": {"id": 2}}}, ["1", "2"]),
    ("an empty map", {"rows": "map"}, {"items": {}}, []),
    ("a list where a map should be", {"rows": "map"}, {"items": [{"id": 1}]}, ["1"]),
    ("no map", {"rows": "map"}, {"items": None}, "no list at '/items' but null"),
    ("bare ids", {"rows": "ids", "complete": False}, {"items": ["a", 7]}, ["a", "7"]),
    ("nothing, and that is empty", {"absent": "empty"}, {}, []),
    ("null, and that is empty", {"absent": "empty"}, {"items": None, "code": 0}, []),
    ("no body, and that is empty", {"absent": "empty"}, None, []),
    ("something else", {"absent": "empty"}, {"items": "none"}, "no list at '/items' but a str"),
    ("a bare list", {"absent": "empty"}, [], "no list at '/items' but null"),
    ("an error beside it", {"absent": "empty"}, {"error": "boom"}, "the list comes with an error beside it"),
    ("nothing", {}, {}, "no list at '/items' but null"),
]


@pytest.mark.parametrize(("parts", "body", "expected"), [pytest.param(*one[1:], id=one[0]) for one in ANSWERS])
def test_rows_of_all_shapes(connect: Build, reply: Build, listing: Build, parts: Any, body: Any, expected: Any) -> None:
    """Nothing that is no list reads as an empty one, unless the contract says so."""
    client, _ = connect(reply(body), list=listing({"kind": "single"}, **parts))
    if isinstance(expected, str):
        with pytest.raises(AnswerError, match=expected):
            ids(client)
    else:
        assert ids(client) == expected


def test_a_record_is_read_by_post(connect: Build, reply: Build) -> None:
    """The id has its place in the body, of its own type; the record is the only member of an object."""
    read = {"method": "POST", "path": "/rest", "body": {"op": "get", "/w/key": "{id}", "q": ["T::{id}"]}}
    body = {"objects": {"T::7": {"id": 7, "title": "x"}}}
    client, sender = connect(reply(body), read={**read, "record": "/objects", "keyed": True}, id_type="number")
    assert client.read("7").record == {"id": 7, "title": "x"}
    assert (sender.last.method, sender.last.operation) == ("POST", "read")
    assert sender.last.json == {"op": "get", "w": {"key": 7}, "q": ["T::7"]}


@pytest.mark.parametrize(("absent", "error"), [("gone", Gone), ("error", AnswerError)])
def test_an_answer_without_a_record(connect: Build, reply: Build, absent: str, error: type[Exception]) -> None:
    """Says that there is none only where the contract says so."""
    client, _ = connect(reply({"objects": None}), read={"path": "/t/{id}", "record": "/objects", "absent": absent})
    with pytest.raises(error):
        client.read("7")


def test_a_look_up_by_post(connect: Build, reply: Build) -> None:
    """Its rows may be a map, which is no single record."""
    lookup = {"method": "POST", "path": "/rest", "body": {"ref": "={sync_id}"}, "records": "/items", "rows": "map"}
    rows = {"a": {"id": 1, "ref": "s-1"}, "b": {"id": 2, "ref": "s-1"}}
    client, sender = connect(reply({"items": rows}), lookup=lookup)
    assert [seen.id for seen in client.find("s-1")] == ["1", "2"]
    assert (sender.last.method, sender.last.json) == ("POST", {"ref": "=s-1"})


@pytest.mark.parametrize("found", [None, {}, {"items": None}])
def test_a_look_up_may_find_nothing_by_saying_nothing(connect: Build, reply: Build, found: Any) -> None:
    """204, or an answer without the list; elsewhere that proves nothing."""
    lookup = {"path": "/t", "params": {"ref": "{sync_id}"}, "records": "/items"}
    client, _ = connect(reply(found, 200 if found is not None else 204), lookup={**lookup, "absent": "none"})
    assert client.find("s-1") == []
    client, _ = connect(reply(found), lookup=lookup)
    with pytest.raises(AnswerError):
        client.find("s-1")


@pytest.mark.parametrize("error", [Gone("x", status=404), Refused("x", status=422)])
def test_a_status_says_that_there_is_none_where_the_contract_says_so(connect: Build, error: Any) -> None:
    """A wrong path must not look like it; so it is named."""
    lookup = {"path": "/t", "params": {"ref": "{sync_id}"}, "records": "/items"}
    client, _ = connect(error, lookup={**lookup, "none_status": [error.status]})
    assert client.find("s-1") == []
    client, _ = connect(error, lookup=lookup)
    with pytest.raises(type(error)):
        client.find("s-1")


LOOKUP_IDS = {"path": "/s", "params": {"ref": "{sync_id}"}, "records": "/ids", "rows": "ids", "absent": "none"}


def test_bare_ids_of_a_look_up_are_read(connect: Build, reply: Build) -> None:
    """And believed only for what the record itself shows."""
    client, sender = connect(
        reply({"ids": [4, 5]}), *(reply({"id": n, "ref": f"s-{n}"}) for n in (4, 5)), lookup=LOOKUP_IDS
    )
    assert [seen.id for seen in client.find("s-5")] == ["5"]
    assert [request.path for request in sender.requests] == ["/s", "/tickets/4", "/tickets/5"]


@pytest.mark.parametrize(("found", "reads"), [([4], 1), ([1, 2, 3, 4], 0)])
def test_bare_ids_that_prove_nothing(connect: Build, reply: Build, found: list[int], reads: int) -> None:
    """Strangers, or so many that the filter must have been ignored, are no answer; the many are not even read."""
    client, sender = connect(reply({"ids": found}), reply({"id": 4, "ref": "other"}), lookup=LOOKUP_IDS)
    with pytest.raises(FeedError, match="ignore the filter"):
        client.find("s-5")
    assert len(sender.requests) == 1 + reads


def test_bodies_are_encoded_as_the_resource_wants_them(connect: Build, reply: Build) -> None:
    """Creates and updates as a list of one, in one field of a form; what has no body stays as it is."""
    encoding = {"kind": "form", "field": "data", "in_list": True}
    client, sender = connect(reply({"id": 7}), reply({"id": 7}), reply({"id": 7}), encoding=encoding, correlation=None)
    client.create({"title": "x"}, sync_id="s-1")
    client.update("7", {"title": "y"}, version="1")
    client.read("7")
    assert [request.json for request in sender.requests] == [[{"title": "x"}], [{"title": "y"}], None]
    assert [request.form for request in sender.requests] == ["data", "data", None]
    assert [request.media_type for request in sender.requests][:2] == [FORM, FORM]


def test_a_question_by_post_is_encoded_but_no_list(connect: Build, page: Build, listing: Build) -> None:
    """A list of one is for records."""
    client, sender = connect(
        page(1), list=listing({"kind": "single"}, method="POST"), encoding={"kind": "form", "in_list": True}
    )
    assert ids(client) == ["1"]
    assert (sender.last.form, sender.last.json) == ("", {"limit": 2})


def test_the_new_id_may_stand_in_a_header_of_another_name(connect: Build, reply: Build) -> None:
    """Dynamics: ``OData-EntityId``, the key in parentheses."""
    headers = {"odata_entityid": "https://x/api/data/v9.2/incidents(0d1c-4a)", "location": "https://x/elsewhere/5"}
    create = {"path": "/incidents", "returns": "fields", "id_header": "OData-EntityId"}
    client, _ = connect(reply(None, 204, **headers), create=create, read={"path": "/incidents({id})"})
    assert client.create({"title": "x"}, sync_id="s-1").id == "0d1c-4a"


def test_constants_may_hold_the_id_inside_of_a_text(connect: Build, reply: Build) -> None:
    """OData's bindings, JSON:API's links; the whole text keeps its type."""
    update = {"path": "/t", "constants": {"/id": "{id}", "/x@odata.bind": "/incidents({id})", "/braces": "{}"}}
    client, sender = connect(reply({"id": 7}), update=update, id_type="number")
    client.update("7", {"title": "y"}, version="1")
    assert sender.last.json == {"title": "y", "id": 7, "x@odata.bind": "/incidents(7)", "braces": "{}"}


def test_rows_of_another_form_are_stubs(connect: Build, reply: Build, listing: Build) -> None:
    """A search that shows columns by number: id and stamp are where a record has them, and nothing else is known."""
    body = {"items": [{"2": 7, "19": "2026-11-23T20:00:00Z", "1": "x"}, {"19": "2026-11-23T20:00:00Z"}, "odd"]}
    client, _ = connect(
        reply(body),
        list=listing({"kind": "single"}, complete=False, stub={"id": "/2", "updated": "/19"}),
        updated="/meta/changed",
    )
    page = next(client.pages(None))
    assert [row.record for row in page.rows] == [{"id": 7, "meta": {"changed": "2026-11-23T20:00:00Z"}}]
    assert [row.updated for row in page.rows] == [datetime(2026, 11, 23, 20, tzinfo=UTC)]
    assert [fault.reason for fault in page.faults] == ["the row has no id", "the row is no object but str"]


def test_a_create_may_put_values_elsewhere(connect: Build, reply: Build) -> None:
    """Also our correlation; updates and reads go by the other path."""
    fields = {
        "title": {"path": "/values/Title", "create_path": "/request/0/title"},
        "ref": {"path": "/values/Ref", "create_path": "/request/0/ref"},
    }
    client, sender = connect(reply({"id": 7}), reply({"id": 7}), fields=fields)
    client.create({"title": "x"}, sync_id="s-1")
    client.update("7", {"title": "y"}, version="1")
    made, changed = (request.json for request in sender.requests)
    assert (made, changed) == ({"request": [{"title": "x", "ref": "s-1"}]}, {"values": {"Title": "y"}})
