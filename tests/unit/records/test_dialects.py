"""What single systems want otherwise than all others, said in their definitions alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

FLOOR = datetime(2026, 11, 23, 20, 37, 43, tzinfo=UTC)
SINCE = {"params": {"start_time": "{since}"}, "stamp": {"format": "epoch_s"}, "overlap": "0s"}

Make = Callable[..., Any]


def test_a_token_that_stands_alone_leaves_the_question_out(connect: Make, page: Make, listing: Make) -> None:
    """Zendesk's cursor goes on by itself: the start time is not sent with it, the page size is."""
    paging = {"kind": "cursor", "param": "cursor", "cursor": "/after", "token_alone": True}
    client, sender = connect(page(1, 2, after="c1"), page(3), list=listing(paging, since=SINCE))
    assert len(list(client.pages(FLOOR))) == 2
    assert sender.params == [{"start_time": "1795466263", "limit": "2"}, {"limit": "2", "cursor": "c1"}]


def test_the_last_row_can_be_the_cursor(connect: Make, page: Make, listing: Make) -> None:
    """``starting_after=<last id>``, until the flag says that nothing follows."""
    paging = {"kind": "cursor", "param": "starting_after", "cursor": "/items/[last]/id", "more": "/has_more"}
    answers = page(1, 2, has_more=True), page(3, has_more=False)
    client, sender = connect(*answers, list=listing(paging))
    assert [[row.id for row in one.rows] for one in client.pages(None)] == [["1", "2"], ["3"]]
    assert sender.params == [{"limit": "2"}, {"limit": "2", "starting_after": "2"}]


def test_a_search_by_post_fills_places_inside_of_its_body(connect: Make, page: Make, listing: Make) -> None:
    """A name with a slash is a place; the definition's own body stays as it is for the next scan."""
    filters = [{"propertyName": "changed", "operator": "GTE", "value": "0"}]
    since = {**SINCE, "params": {"/groups/0/filters/0/value": "{since}"}}
    paging = {"kind": "cursor", "param": "after", "cursor": "/next", "size_param": "/page/limit"}
    body = {"groups": [{"filters": filters}], "sorts": ["changed"]}
    client, sender = connect(page(), page(), list=listing(paging, method="POST", body=body, since=since))
    list(client.pages(FLOOR))
    asked = [{"filters": [{**filters[0], "value": "1795466263"}]}]
    assert sender.last.json == {"groups": asked, "sorts": ["changed"], "page": {"limit": 2}}
    list(client.pages(None))
    assert sender.last.json == {**body, "page": {"limit": 2}}


def test_an_upsert_names_the_record_in_its_path_alone(connect: Make, reply: Make) -> None:
    """Salesforce refuses the external id in the body; the new id is the system's own."""
    create = {"method": "PATCH", "path": "/case/Ref__c/{sync_id}", "once": {"kind": "upsert"}, "returns": "fields"}
    client, sender = connect(reply({"id": "500x", "success": True}, 201), create={**create, "id": "/id"})
    assert client.create({"title": "a"}, sync_id="s-1").id == "500x"
    assert (sender.last.method, sender.last.path) == ("PATCH", "/case/Ref__c/s-1")
    assert sender.last.json == {"title": "a"}


def test_a_value_is_written_in_the_words_of_writes(connect: Make, reply: Make) -> None:
    """GitLab shows ``closed`` and is told ``close``; other values go as they are."""
    state = {"path": "/state", "write_path": "/state_event", "write_values": {"closed": "close", "opened": "reopen"}}
    client, sender = connect(reply({"id": "1"}), reply({"id": "1"}), fields={"state": state, "ref": {"path": "/ref"}})
    client.update("1", {"state": "closed"})
    assert sender.last.json == {"state_event": "close"}
    client.update("1", {"state": "other"})
    assert sender.last.json == {"state_event": "other"}


CLOSE = {"path": "/state", "actions": {"closed": {"path": "/tickets/{id}/close", "constants": {"/by": "{id}"}}}}


def test_an_action_comes_after_the_fields(connect: Make, reply: Make) -> None:
    """Two calls, and nothing of the first one's answer is trusted after the second."""
    fields = {"state": CLOSE, "title": {"path": "/title"}, "ref": {"path": "/ref"}}
    client, sender = connect(reply({"id": "1", "version": 2}), reply(None, 204), fields=fields)
    written = client.update("1", {"state": "closed", "title": "x"})
    assert [(one.method, one.path, one.json) for one in sender.requests] == [
        ("PATCH", "/tickets/1", {"title": "x"}),
        ("POST", "/tickets/1/close", {"by": "1"}),
    ]
    assert (written.id, written.seen, written.version) == ("1", None, None)


def test_a_create_asks_for_no_action(connect: Make, reply: Make) -> None:
    """There is no record yet that it could be taken on."""
    client, sender = connect(reply({"id": "1"}), fields={"state": CLOSE, "ref": {"path": "/ref"}})
    client.create({"state": "closed"}, sync_id="s-1")
    assert sender.last.json == {"ref": "s-1"}
