"""Creates: bodies, the ways to create once, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebond.errors import AnswerError, ContractError, Exists, NotSent, RateLimited, Stale, Unknown

Build = Callable[..., Any]
FIELDS = {
    "title": {"path": "/title"},
    "note": {"path": "/note", "empty": "text", "required": True},
    "city": {"path": "/place/city"},
    "party": {"path": "/party/0/name"},
    "ref": {"path": "/ids/0/id", "write": "create_only"},
    "number": {"path": "/number", "write": "never"},
}


def test_a_create_sends_values_at_their_paths(connect: Build, reply: Build) -> None:
    """Nested objects and lists are made; our correlation goes along; what is never written does not."""
    client, sender = connect(reply({"id": 7}, 201), fields=FIELDS, media_type="application/vnd.x+json")
    client.create({"title": "x", "city": "Oslo", "party": "Ann", "number": "N1", "note": "n"}, sync_id="s-1")
    assert sender.last.json == {
        "title": "x",
        "place": {"city": "Oslo"},
        "party": [{"name": "Ann"}],
        "note": "n",
        "ids": [{"id": "s-1"}],
    }
    assert (sender.last.method, sender.last.path, sender.last.operation) == ("POST", "/tickets", "create")
    assert sender.last.media_type == "application/vnd.x+json"


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_values_are_left_out_unless_required(connect: Build, reply: Build, empty: Any) -> None:
    """A new record has no value to clear; what the system insists on is sent in its empty form."""
    client, sender = connect(reply({"id": 7}), fields=FIELDS)
    client.create({"title": empty, "note": empty}, sync_id="s-1")
    assert sender.last.json == {"note": "", "ids": [{"id": "s-1"}]}


def test_constants_wrap_and_headers(connect: Build, reply: Build) -> None:
    """Types that every create carries, the envelope, a content type of its own; ``{sync_id}`` is ours."""
    create = {
        "path": "/tickets",
        "params": {"key": "{sync_id}"},
        "headers": {"Content-Type": "application/x+json", "X-Ref": "{sync_id}"},
        "constants": {"/@type": "Ticket", "/meta/ours": "{sync_id}", "/rank": 1, "/title": "default"},
    }
    client, sender = connect(reply({"id": 7}), create=create, wrap="ticket", correlation=None)
    client.create({"title": "x"}, sync_id="s-1")
    inner = {"@type": "Ticket", "meta": {"ours": "s-1"}, "rank": 1, "title": "x"}
    assert sender.last.json == {"ticket": inner}
    assert (sender.last.media_type, sender.last.headers) == ("application/x+json", {"X-Ref": "s-1"})
    assert sender.params == [{"key": "s-1"}]


def test_an_unknown_field_is_refused(connect: Build) -> None:
    """Before any call."""
    client, sender = connect()
    with pytest.raises(ContractError, match="no field 'nope'"):
        client.create({"nope": 1}, sync_id="s-1")
    assert sender.requests == []


@pytest.mark.parametrize(
    ("create", "body", "headers", "record_id"),
    [
        ({"id": "/data/id"}, {"data": {"id": 5}}, {}, "5"),
        ({"id": "/data/id"}, {"data": {}}, {"Location": "http://backend/x/tickets/6"}, "6"),
        ({}, {"id": 7}, {"Location": "/tickets/8"}, "8"),
        ({}, {"id": 7}, {}, "7"),
        ({"returns": "nothing"}, {"id": 7}, {}, None),
        ({"id": "/id"}, None, {"Location": "/tickets/a%20b/"}, "a b"),
        ({"id": "/id"}, b"<html>created</html>", {"Location": "/tickets/9"}, "9"),
        ({"id": "/id"}, b'{"id": 1', {}, None),
        ({}, None, {}, None),
    ],
)
def test_the_new_id_is_found_in_body_or_location(
    connect: Build,
    reply: Build,
    *,
    create: dict[str, Any],
    body: Any,
    headers: dict[str, str],
    record_id: str | None,
) -> None:
    """A body that cannot be read does not make an applied create fail; no id means: look it up."""
    client, _ = connect(reply(body, 201, **headers), create={"path": "/tickets", **create})
    assert client.create({"title": "x"}, sync_id="s-1").id == record_id


def test_an_accepted_create_names_a_job_not_a_record(connect: Build, reply: Build) -> None:
    """202: Location is the status monitor, and the body is not the record yet."""
    client, _ = connect(reply({"id": 7, "version": 1}, 202, Location="/jobs/99"), create={"path": "/t", "id": "/id"})
    written = client.create({}, sync_id="s-1")
    assert (written.id, written.seen) == ("7", None)


@pytest.mark.parametrize(
    ("create", "body", "trusted"),
    [
        ({}, {"id": 7, "version": 1}, True),
        ({"answer": "/data", "id": "/data/id"}, {"data": {"id": 7, "version": 1}}, True),
        ({"answer": "/data", "id": "/id"}, {"id": 7, "data": {"version": 1}}, False),
        ({"id": "/ticket"}, {"ticket": 7, "id": 8}, False),
        ({"returns": "fields", "id": "/id"}, {"id": 7}, False),
        ({"id": "/id"}, {"id": 7, "updated": "soon"}, False),
    ],
)
def test_the_answer_is_a_record_only_if_it_holds_that_id(
    connect: Build, reply: Build, create: dict[str, Any], body: Any, trusted: bool
) -> None:
    """And if the contract says that it is the whole record."""
    client, _ = connect(reply(body, 201), create={"path": "/tickets", **create})
    written = client.create({}, sync_id="s-1")
    assert written.id == "7"
    assert (written.seen is not None) is trusted
    assert written.version == ("1" if trusted else None)


def test_an_idempotency_key_is_our_sync_id(connect: Build, reply: Build) -> None:
    """The same over all tries and restarts."""
    once = {"kind": "idempotency_key", "header": "X-Once"}
    client, sender = connect(reply({"id": 7}), create={"path": "/tickets", "once": once})
    client.create({}, sync_id="s-1")
    assert sender.last.headers == {"X-Once": "s-1"}


CLIENT_ID = {"method": "PUT", "path": "/tickets/{sync_id}", "once": {"kind": "client_id"}, "answer": "/data"}


def test_where_we_choose_the_id_nothing_is_overwritten(connect: Build, reply: Build) -> None:
    """A PUT to our own id carries If-None-Match, named in the definition or not."""
    client, sender = connect(reply({"data": {"id": "s-1"}}, 201), create=CLIENT_ID)
    written = client.create({"title": "x"}, sync_id="s-1")
    assert (sender.last.method, sender.last.path) == ("PUT", "/tickets/s-1")
    assert sender.last.headers == {"If-None-Match": "*"}
    assert (written.id, written.seen is not None) == ("s-1", True)


@pytest.mark.parametrize("error", [Exists(status=412), Stale(status=412)])
def test_our_own_id_that_exists_is_our_own_record(connect: Build, reply: Build, error: Exception) -> None:
    """An earlier try made it and its answer was lost: it is read, not refused."""
    client, sender = connect(error, reply({"id": "s-1", "version": 4}), create=CLIENT_ID)
    written = client.create({"title": "x"}, sync_id="s-1")
    assert (written.id, written.version) == ("s-1", "4")
    assert [request.operation for request in sender.requests] == ["create", "read"]


def test_our_own_id_that_exists_without_a_read_is_known_at_least(connect: Build) -> None:
    """The contract has no read by id."""
    client, _ = connect(Exists(status=412), create=CLIENT_ID, read=None)
    assert client.create({}, sync_id="s-1").id == "s-1"


@pytest.mark.parametrize("error", [NotSent(), Unknown(), RateLimited(), AnswerError()])
def test_our_own_id_that_exists_stays_ours_when_the_read_fails(connect: Build, error: Exception) -> None:
    """Else the engine would take the create for failed, and make a second record."""
    client, _ = connect(Exists(status=412), error, create=CLIENT_ID)
    written = client.create({}, sync_id="s-1")
    assert (written.id, written.seen) == ("s-1", None)


def test_a_record_that_exists_under_a_foreign_id_is_not_ours(connect: Build) -> None:
    """The engine looks it up or holds."""
    client, _ = connect(Exists(status=409))
    with pytest.raises(Exists):
        client.create({}, sync_id="s-1")


ONCE_URL = {
    "path": "/issue",
    "once": {"kind": "one_time_url", "url_path": "/issue/@poe", "url": "/data/link"},
}


def test_a_one_time_url_is_asked_for_and_used(connect: Build, reply: Build) -> None:
    """Roundup's POE: its link has the backend's address and comes through our gateway."""
    link = "http://10.0.0.7:9017/demo/rest/data/issue/@poe/kY1b2"
    client, sender = connect(reply({"data": {"link": link}}, 201), reply({"id": 7}), create=ONCE_URL)
    url = client.reserve_once()
    client.create({"title": "x"}, sync_id="s-1", once_url=url)
    assert [(one.method, one.path) for one in sender.requests] == [
        ("POST", "/issue/@poe"),
        ("POST", "/issue/@poe/kY1b2"),
    ]


def test_a_one_time_url_may_live_in_a_query(connect: Build, reply: Build) -> None:
    """Path and query both arrive."""
    client, sender = connect(reply({"data": {"link": "/x/issue?once=a%20b"}}), reply({"id": 7}), create=ONCE_URL)
    client.create({}, sync_id="s-1", once_url=client.reserve_once())
    assert (sender.last.path, sender.params[1]) == ("/issue", {"once": "a b"})


@pytest.mark.parametrize("link", [None, "", 7, "http://evil.example/steal", "/issue"])
def test_a_useless_one_time_url_is_an_error(connect: Build, reply: Build, link: Any) -> None:
    """Better no create than one that can happen twice, or elsewhere."""
    client, _ = connect(reply({"data": {"link": link}}), create=ONCE_URL)
    with pytest.raises(AnswerError, match="one-time URL"):
        client.reserve_once()


def test_other_contracts_reserve_nothing(connect: Build) -> None:
    """No call is made."""
    client, sender = connect()
    assert client.reserve_once() is None
    assert sender.requests == []


def test_a_contract_without_create_is_kept(connect: Build) -> None:
    """No call is made."""
    client, _ = connect(create=None)
    with pytest.raises(ContractError, match="no create"):
        client.create({}, sync_id="s-1")


def test_a_patch_type_is_not_for_creates(connect: Build, reply: Build) -> None:
    """A resource that names one means its updates."""
    client, sender = connect(reply({"id": 7}), media_type="application/merge-patch+json")
    client.create({"title": "x"}, sync_id="s-1")
    assert sender.last.media_type == "application/json"
