"""Updates in every style, under every precondition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebond.errors import ContractError, Gone, Stale

Build = Callable[..., Any]
FIELDS = {
    "title": {"path": "/title"},
    "text": {"path": "/text", "empty": "text"},
    "tags": {"path": "/tags", "type": "list", "empty": "list"},
    "gone": {"path": "/gone", "empty": "omit"},
    "city": {"path": "/place/city"},
    "party": {"path": "/party/1/name"},
    "ref": {"path": "/ref", "write": "create_only"},
    "number": {"path": "/number", "write": "never"},
}
CURRENT: dict[str, Any] = {
    "id": 7,
    "version": 3,
    "title": "old",
    "text": "t",
    "tags": ["a"],
    "gone": "g",
    "place": {"city": "Oslo", "zip": "1"},
    "party": [{"name": "Ann", "role": "x"}, {"name": "Bob", "role": "y"}],
    "ref": "s-1",
    "number": "N1",
    "other": "server's own",
}


def update(connect: Build, reply: Build, changes: dict[str, Any], current: Any = None, **updating: Any) -> Any:
    """Send one update and return the request."""
    client, sender = connect(reply(None, 204), fields=FIELDS, update={"path": "/tickets/{id}", **updating})
    client.update("7", changes, version="3", current=current)
    return sender.last


@pytest.mark.parametrize(
    ("style", "changes", "body"),
    [
        ("changed_fields", {"title": "new", "city": "Bergen"}, {"title": "new", "place": {"city": "Bergen"}}),
        (
            "changed_fields",
            {"title": None, "text": None, "tags": None},
            {"title": None, "text": "", "tags": []},
        ),
        ("changed_fields", {"text": "", "tags": []}, {"text": "", "tags": []}),
        ("merge_patch", {"title": "new", "city": None}, {"title": "new", "place": {"city": None}}),
        ("merge_patch", {"text": None, "tags": [], "gone": None}, {"text": "", "tags": [], "gone": None}),
        ("changed_fields", {"title": "new", "ref": "other", "number": "N2"}, {"title": "new"}),
    ],
)
def test_only_what_changed_is_sent(
    connect: Build, reply: Build, style: str, changes: dict[str, Any], body: dict[str, Any]
) -> None:
    """'No value' in the form that the system knows; what updates may not touch is never written."""
    assert update(connect, reply, changes, style=style).json == body


@pytest.mark.parametrize("style", ["changed_fields", "merge_patch"])
def test_a_list_is_replaced_whole(connect: Build, reply: Build, style: str) -> None:
    """RFC 7396: one item's field brings the other items along, and the record we hold stays as it is."""
    request = update(connect, reply, {"party": "Eve"}, CURRENT, style=style)
    assert request.json == {"party": [{"name": "Ann", "role": "x"}, {"name": "Eve", "role": "y"}]}
    assert CURRENT["party"][1]["name"] == "Bob"


def test_a_list_is_read_where_the_caller_has_no_record(connect: Build, reply: Build) -> None:
    """The precondition still carries the version that was planned with."""
    parts = {"path": "/tickets/{id}", "style": "merge_patch", "precondition": "if_match", "quote": True}
    client, sender = connect(reply(CURRENT | {"version": 4}), reply(None, 204), fields=FIELDS, update=parts)
    client.update("7", {"party": "Eve"}, version="3")
    assert sender.last.headers == {"If-Match": '"3"'}
    assert sender.last.json["party"][0]["name"] == "Ann"


def test_a_full_replacement_repeats_what_may_be_written(connect: Build, reply: Build) -> None:
    """Neither the server's own fields nor what only a create may set."""
    request = update(connect, reply, {"title": "new", "gone": None}, CURRENT, style="put_full", method="PUT")
    assert request.json == {
        "title": "new",
        "text": "t",
        "tags": ["a"],
        "place": {"city": "Oslo"},
        "party": [{"name": "Ann", "role": "x"}, {"name": "Bob", "role": "y"}],
    }
    assert request.method == "PUT"


def test_json_patch_replaces_adds_and_removes(connect: Build, reply: Build) -> None:
    """Against the record as it is: no operation for what is absent already, parents where they lack."""
    current = {"title": "old", "text": "t", "tags": ["a"], "party": [{}, {"name": "Bob"}]}
    changes = {"title": None, "text": "", "tags": ["b"], "gone": None, "city": "Bergen", "party": "Eve"}
    request = update(connect, reply, changes, current, style="json_patch")
    assert request.json == [
        {"op": "remove", "path": "/title"},
        {"op": "replace", "path": "/text", "value": ""},
        {"op": "replace", "path": "/tags", "value": ["b"]},
        {"op": "add", "path": "/place", "value": {}},
        {"op": "add", "path": "/place/city", "value": "Bergen"},
        {"op": "replace", "path": "/party/1/name", "value": "Eve"},
    ]


def test_json_patch_without_the_record(connect: Build, reply: Build) -> None:
    """``add`` sets a member whether it is there or not."""
    request = update(connect, reply, {"title": "new", "city": None}, style="json_patch")
    assert request.json == [
        {"op": "add", "path": "/title", "value": "new"},
        {"op": "remove", "path": "/place/city"},
    ]


def test_json_patch_tests_the_version(connect: Build, reply: Build) -> None:
    """The first operation is the precondition, in the type that the record shows."""
    request = update(connect, reply, {"title": "new"}, CURRENT, style="json_patch", precondition="body_version")
    assert request.json[0] == {"op": "test", "path": "/version", "value": 3}


def test_a_patch_with_nothing_to_do_is_not_sent(connect: Build, reply: Build) -> None:
    """It is empty there already."""
    client, sender = connect(fields=FIELDS, update={"path": "/x", "style": "json_patch"})
    assert client.update("7", {"title": None}, version="3", current={"id": 7}).version == "3"
    assert sender.requests == []


@pytest.mark.parametrize(
    ("style", "own", "headers", "media_type"),
    [
        ("changed_fields", "application/json", {}, "application/json"),
        ("merge_patch", "application/json", {}, "application/merge-patch+json"),
        ("json_patch", "application/json", {}, "application/json-patch+json"),
        ("merge_patch", "application/vnd.x+json", {}, "application/vnd.x+json"),
        ("merge_patch", "application/json", {"content-type": "application/json"}, "application/json"),
    ],
)
def test_the_media_type_follows_the_style(
    connect: Build, reply: Build, *, style: str, own: str, headers: dict[str, str], media_type: str
) -> None:
    """Unless the definition names one: TMF partners take merges only as plain JSON."""
    parts = {"path": "/x", "style": style, "headers": headers}
    client, sender = connect(reply(), update=parts, media_type=own)
    client.update("7", {"title": "new"}, version="3")
    assert (sender.last.media_type, dict(sender.last.headers)) == (media_type, {})


@pytest.mark.parametrize(
    ("updating", "header"),
    [
        ({"precondition": "if_match"}, {"If-Match": "3"}),
        ({"precondition": "if_match", "quote": True}, {"If-Match": '"3"'}),
        ({"precondition": "compare"}, {}),
    ],
)
def test_if_match(connect: Build, reply: Build, updating: dict[str, Any], header: dict[str, str]) -> None:
    """Quoted if asked; a system that cannot check a version gets none."""
    assert dict(update(connect, reply, {"title": "new"}, **updating).headers) == header


@pytest.mark.parametrize(
    ("order", "current", "version", "sent"),
    [
        ("none", None, "3", "3"),
        ("number", None, "3", 3),
        ("none", {"version": 3}, "3", 3),
        ("none", {"version": 4}, "3", "3"),
    ],
)
def test_a_version_in_the_body(
    connect: Build, reply: Build, *, order: str, current: Any, version: str, sent: Any
) -> None:
    """Inside the envelope, typed as the system has it, with what must go along (Zendesk's safe_update)."""
    updating = {
        "path": "/t/{id}",
        "precondition": "body_version",
        "version_at": "/updated_stamp",
        "constants": {"/safe_update": True},
    }
    client, sender = connect(reply(), update=updating, version_order=order, wrap="ticket")
    client.update("7", {"title": "new"}, version=version, current=current)
    assert sender.last.json == {"ticket": {"title": "new", "safe_update": True, "updated_stamp": sent}}


@pytest.mark.parametrize("precondition", ["if_match", "body_version"])
@pytest.mark.parametrize("version", [None, ""])
def test_no_version_no_update(connect: Build, precondition: str, version: str | None) -> None:
    """The engine reads first; nothing is sent unguarded."""
    client, sender = connect(update={"path": "/x", "precondition": precondition, "version_at": "/v"})
    with pytest.raises(ContractError, match="version"):
        client.update("7", {"title": "new"}, version=version)
    assert sender.requests == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ref": "x"}, "none of the fields may be updated: ref"),
        ({}, "no change"),
        ({"nope": 1}, "no field 'nope'"),
        ({"gone": None}, "'gone' cannot be emptied"),
    ],
)
def test_what_cannot_be_said_is_not_sent(connect: Build, changes: dict[str, Any], message: str) -> None:
    """Before any call, with the field's name."""
    client, sender = connect(fields=FIELDS)
    with pytest.raises(ContractError, match=message):
        client.update("7", changes, version="3")
    assert sender.requests == []


@pytest.mark.parametrize(("kind", "sent"), [("number", 7), ("text", "7")])
def test_an_id_in_the_body_has_its_own_type(connect: Build, reply: Build, kind: str, sent: Any) -> None:
    """AT&T's PATCH has no id in its path; numbers go back as numbers."""
    updating = {"path": "/troubleTicket", "constants": {"/id": "{id}"}}
    client, sender = connect(reply(), update=updating, id_type=kind)
    client.update("7", {"title": "new"}, version="3")
    assert sender.last.json == {"title": "new", "id": sent}


@pytest.mark.parametrize(
    ("updating", "status", "body", "trusted"),
    [
        ({}, 200, {"id": 7, "version": 4}, True),
        ({}, 200, {"id": 8, "version": 4}, False),
        ({}, 200, {"title": "new"}, False),
        ({}, 202, {"id": 7, "version": 4}, False),
        ({}, 200, b"<html/>", False),
        ({}, 200, ["status changed from new to open"], False),
        ({"returns": "fields"}, 200, {"id": 7, "version": 4}, False),
        ({"returns": "nothing"}, 204, None, False),
        ({"answer": "/data"}, 200, {"data": {"id": "7", "version": 4}}, True),
    ],
)
def test_the_answer_to_an_update_is_trusted_as_far_as_it_goes(
    connect: Build, reply: Build, *, updating: dict[str, Any], status: int, body: Any, trusted: bool
) -> None:
    """An answer that cannot be used does not make an applied update fail; the engine reads the record."""
    client, _ = connect(reply(body, status), update={"path": "/tickets/{id}", **updating})
    written = client.update("7", {"title": "new"}, version="3")
    assert (written.id, written.seen is not None, written.version) == ("7", trusted, "4" if trusted else None)


def test_the_new_version_may_come_in_a_header(connect: Build, reply: Build) -> None:
    """Even where the answer has no body."""
    client, _ = connect(reply(None, 204, ETag='W/"def"'), version_header="ETag")
    assert client.update("7", {"title": "new"}, version="3").version == '"def"'


@pytest.mark.parametrize("error", [Stale(status=412), Gone(status=404)])
def test_refusals_are_passed_on(connect: Build, error: Exception) -> None:
    """The engine plans again."""
    client, _ = connect(error)
    with pytest.raises(type(error)):
        client.update("7", {"title": "new"}, version="3")


def test_a_contract_without_update_is_kept(connect: Build) -> None:
    """No call is made."""
    client, _ = connect(update=None)
    with pytest.raises(ContractError, match="no update"):
        client.update("7", {"title": "new"})


def test_json_patch_makes_shared_parents_once(connect: Build, reply: Build) -> None:
    """Two new members of one new object."""
    fields = {
        "ref": {"path": "/ref"},
        "street": {"path": "/at/place/street"},
        "city": {"path": "/at/place/city"},
    }
    client, sender = connect(reply(), fields=fields, update={"path": "/x", "style": "json_patch"})
    client.update("7", {"street": "A", "city": "B"}, version="3", current={"at": {}})
    assert [one["path"] for one in sender.last.json] == ["/at/place", "/at/place/street", "/at/place/city"]


def test_a_full_replacement_without_reads_needs_the_record(connect: Build) -> None:
    """Sent without it, every field not named would be emptied."""
    client, sender = connect(update={"path": "/x", "style": "put_full", "method": "PUT"}, read=None)
    with pytest.raises(ContractError, match="no read by id"):
        client.update("7", {"title": "new"}, version="3")
    assert sender.requests == []


def test_an_empty_list_in_the_record_is_filled(connect: Build, reply: Build) -> None:
    """There is nothing to bring along."""
    fields = {"ref": {"path": "/ref"}, "party": {"path": "/party/0/name"}}
    client, sender = connect(reply(), fields=fields)
    client.update("7", {"party": "Eve"}, version="3", current={"party": None})
    assert sender.last.json == {"party": [{"name": "Eve"}]}
