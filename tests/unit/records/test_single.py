"""Reads by id, and look-ups by our correlation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebond.errors import AnswerError, ContractError, FeedError, Gone, Refused

Build = Callable[..., Any]


def test_a_record_is_read_by_id(connect: Build, reply: Build) -> None:
    """One GET; the record stands at the pointer, the id in the path is encoded."""
    reading = {"path": "/tickets/{id}", "record": "/data", "params": {"full": "{id}"}}
    client, sender = connect(reply({"data": {"id": "a/1", "version": 2}}), read=reading)
    seen = client.read("a/1")
    assert (seen.id, seen.version, seen.deleted) == ("a/1", "2", False)
    assert (sender.last.path, sender.last.operation, sender.params) == (
        "/tickets/a%2F1",
        "read",
        [{"full": "a/1"}],
    )


def test_a_record_without_its_id_has_the_one_asked_for(connect: Build, reply: Build) -> None:
    """Roundup keeps the id outside of the attributes."""
    client, _ = connect(
        reply({"data": {"id": "7", "attributes": {"title": "x"}}}),
        read={"path": "/issue/{id}", "record": "/data/attributes"},
    )
    assert client.read("7").id == "7"


def test_a_moved_record_comes_back_under_its_new_id(connect: Build, reply: Build) -> None:
    """Merged tickets answer as the one they went into."""
    client, _ = connect(reply({"id": 9}))
    assert client.read("7").id == "9"


def test_the_version_may_come_in_a_header(connect: Build, reply: Build) -> None:
    """The body has none; what the proxy made of the tag is taken off."""
    client, _ = connect(reply({"id": 7}, ETag='W/"abc-gzip"'), version_header="ETag")
    assert client.read("7").version == '"abc"'


def test_a_version_in_the_body_goes_first(connect: Build, reply: Build) -> None:
    """Lists show that one too, so both compare."""
    client, _ = connect(reply({"id": 7, "version": 3}, ETag='"abc"'), version_header="ETag")
    assert client.read("7").version == "3"


@pytest.mark.parametrize("mark", ["read", "list"])
def test_a_marked_record_is_gone(connect: Build, reply: Build, listing: Build, mark: str) -> None:
    """200 with a tombstone is no record, whether read or feed names the mark."""
    parts: dict[str, Any] = {
        "read": {"path": "/tickets/{id}", "deleted": {"/state": "retired"} if mark == "read" else {}},
        "list": listing({"kind": "single"}, deleted={"/state": "retired"} if mark == "list" else {}),
    }
    client, _ = connect(reply({"id": 7, "state": "retired"}), **parts)
    with pytest.raises(Gone, match="marked as deleted"):
        client.read("7")


@pytest.mark.parametrize("body", [{"items": []}, None, b"<html/>", {"data": []}])
def test_an_answer_without_the_record_is_an_error(connect: Build, reply: Build, body: Any) -> None:
    """Never an empty record."""
    client, _ = connect(reply(body), read={"path": "/tickets/{id}", "record": "/data"})
    with pytest.raises(AnswerError, match="r-1"):
        client.read("7")


def test_a_stamp_that_cannot_be_read_is_an_error_of_the_read(connect: Build, reply: Build) -> None:
    """There is only this one row."""
    client, _ = connect(reply({"id": 7, "updated": "soon"}))
    with pytest.raises(AnswerError, match="'updated' cannot be read"):
        client.read("7")


def test_a_contract_without_reads_is_kept(connect: Build) -> None:
    """No call is made."""
    client, sender = connect(read=None)
    with pytest.raises(ContractError, match="no read by id"):
        client.read("7")
    assert sender.requests == []


def rows(*refs: Any) -> dict[str, Any]:
    """Build the answer to a look-up: one record for each correlation."""
    return {"items": [{"id": number, "ref": ref} for number, ref in enumerate(refs, 1)]}


@pytest.mark.parametrize(
    ("refs", "found"),
    [
        ((), []),
        (("s-1",), ["1"]),
        (("s-1", "s-1"), ["1", "2"]),
        (("s-10", "s-1", "S-1", None, " s-1"), ["2"]),
    ],
)
def test_only_exact_matches_are_found(connect: Build, reply: Build, refs: tuple[Any, ...], found: list[str]) -> None:
    """Roundup's filter matches parts of words, ServiceNow's ignores what it does not know."""
    client, sender = connect(reply(rows(*refs)), read=None)
    assert [seen.id for seen in client.find("s-1")] == found
    assert (sender.params, sender.last.operation) == ([{"ref": "s-1"}], "lookup")


@pytest.mark.parametrize("body", [rows("x", "y"), {"items": [{"id": 1}]}])
def test_an_ignored_filter_proves_nothing(connect: Build, reply: Build, body: Any) -> None:
    """Everyone's records and not ours: it may stand on a page that we were not shown."""
    client, _ = connect(reply(body))
    with pytest.raises(FeedError, match="none is the one asked for"):
        client.find("s-1")


def test_a_look_up_that_is_no_list_is_an_error(connect: Build, reply: Build) -> None:
    """An error envelope is not 'none'."""
    client, _ = connect(reply({"error": "no"}))
    with pytest.raises(AnswerError):
        client.find("s-1")


@pytest.mark.parametrize(("path", "found"), [("/tickets/{sync_id}", True), ("/tickets", False)])
def test_not_found_speaks_of_the_record_only_where_the_path_names_it(connect: Build, path: str, found: bool) -> None:
    """Otherwise the path is wrong, and nothing is known of the record."""
    client, _ = connect(Gone(status=404), lookup={"path": path, "params": {}, "records": ""})
    if found:
        assert client.find("s-1") == []
    else:
        with pytest.raises(Gone):
            client.find("s-1")


def test_a_look_up_may_answer_with_the_record_itself(connect: Build, reply: Build) -> None:
    """The path names it: one object instead of a list."""
    lookup = {"path": "/tickets/{sync_id}", "params": {}, "records": ""}
    client, _ = connect(reply({"id": 5, "ref": "s-1"}), lookup=lookup)
    assert [seen.id for seen in client.find("s-1")] == ["5"]


def test_where_we_choose_the_id_a_read_is_the_look_up(connect: Build, reply: Build) -> None:
    """Found under our id, or not there."""
    parts = {
        "lookup": None,
        "create": {"method": "PUT", "path": "/t/{sync_id}", "once": {"kind": "client_id"}},
    }
    client, sender = connect(reply({"id": "s-1"}), Gone(status=404), **parts)
    assert [seen.id for seen in client.find("s-1")] == ["s-1"]
    assert client.find("s-1") == []
    assert sender.last.path == "/tickets/s-1"


def test_one_that_is_found_is_read_whole(connect: Build, reply: Build) -> None:
    """A look-up may show nothing but the correlation: a link that starts from that would take all else for emptied."""
    client, sender = connect(reply(rows("s-1")), reply({"id": 1, "title": "whole"}))
    assert client.find("s-1")[0].record["title"] == "whole"
    assert sender.last.operation == "read"


def test_a_contract_without_look_up_is_kept(connect: Build) -> None:
    """No call is made."""
    client, _ = connect(lookup=None)
    with pytest.raises(ContractError, match="no look-up"):
        client.find("s-1")


def test_a_refused_look_up_is_passed_on(connect: Build) -> None:
    """The engine holds the create."""
    client, _ = connect(Refused(status=400))
    with pytest.raises(Refused):
        client.find("s-1")
