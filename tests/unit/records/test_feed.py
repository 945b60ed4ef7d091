"""Scans of a list: what is asked, what is read, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ebond.errors import AnswerError, BondStopped, FeedError, Gone, Refused
from ebond.records.resource import Page

FLOOR = datetime(2026, 11, 23, 20, 37, 43, tzinfo=UTC)
Build = Callable[..., Any]
SINCE = {"params": {"from": "{since}"}, "overlap": "0s", "stamp": {"format": "epoch_s", "granularity": "1s"}}
OFFSET = {"kind": "offset", "param": "offset"}


def ids(pages: list[Page]) -> list[list[str]]:
    """Return the ids of each page."""
    return [[row.id for row in page.rows] for page in pages]


def test_pages_are_read_to_the_last(connect: Build, page: Build, listing: Build) -> None:
    """Only the last says that it is; each tells the server's own time."""
    client, sender = connect(page(1, 2), page(3), list=listing(OFFSET))
    pages = list(client.pages(None))
    assert ids(pages) == [["1", "2"], ["3"]]
    assert [one.last for one in pages] == [False, True]
    assert pages[0].server_now == FLOOR
    assert sender.params == [{"limit": "2", "offset": "0"}, {"limit": "2", "offset": "2"}]


def test_filter_bond_and_paging_share_the_query(connect: Build, page: Build, listing: Build) -> None:
    """Every request of a scan carries them all."""
    client, sender = connect(page(), list=listing(OFFSET, since=SINCE, params={"sort": "updated"}))
    list(client.pages(FLOOR, {"group": "net"}))
    assert sender.params == [{"sort": "updated", "from": "1795466263", "group": "net", "limit": "2", "offset": "0"}]
    assert (sender.last.method, sender.last.path, sender.last.operation) == ("GET", "/tickets", "list")


def test_a_search_by_post_carries_everything_in_its_body(connect: Build, page: Build, listing: Build) -> None:
    """Numbers as numbers; the listing's parameters stay in the query."""
    parts = {"method": "POST", "params": {"v": "2"}, "body": {"jql": "x"}, "since": SINCE}
    client, sender = connect(page(), list=listing(OFFSET, **parts))
    list(client.pages(FLOOR))
    assert sender.last.json == {"jql": "x", "from": "1795466263", "limit": 2, "offset": 0}
    assert sender.params == [{"v": "2"}]


def test_a_next_link_at_the_backend_comes_through_our_gateway(connect: Build, page: Build, listing: Build) -> None:
    """Kinto's Next-Page is its own address: only the query is used, and nothing of ours is added."""
    headers = {"Next-Page": "http://10.0.0.7:8888/v1/buckets/b/collections/c/records?_limit=2&_token=a%2Bb"}
    paging = {"kind": "header_url", "header": "Next-Page"}
    client, sender = connect(page(1, 2, headers=headers), page(3), list=listing(paging, since=SINCE))
    assert ids(list(client.pages(FLOOR))) == [["1", "2"], ["3"]]
    assert (sender.last.path, sender.params[1]) == ("/tickets", {"_limit": "2", "_token": "a+b"})


def test_206_is_success(connect: Build, page: Build, listing: Build) -> None:
    """TMF630's partial content is a page like any other."""
    client, _ = connect(page(1, status=206), page(2), list=listing(OFFSET))
    assert ids(list(client.pages(None))) == [["1"], ["2"]]


def test_a_status_past_the_end_ends_the_scan(connect: Build, page: Build, listing: Build) -> None:
    """django-helpdesk answers 404; the scan is whole and says so."""
    client, _ = connect(page(1, 2), Gone(status=404), list=listing({"kind": "page", "param": "p", "end_status": [404]}))
    pages = list(client.pages(None))
    assert ids(pages) == [["1", "2"], []]
    assert pages[-1].last


def test_a_404_on_the_first_page_is_no_empty_list(connect: Build, listing: Build) -> None:
    """A wrong path must not look as if nothing changed."""
    client, _ = connect(Gone(status=404), list=listing({**OFFSET, "end_status": [404]}))
    with pytest.raises(Gone):
        list(client.pages(None))


def test_no_content_ends_a_list_where_declared(connect: Build, reply: Build, listing: Build) -> None:
    """Some answer 204 instead of an empty list."""
    client, _ = connect(reply(None, 204), list=listing({**OFFSET, "end_status": [204]}))
    assert ids(list(client.pages(None))) == [[]]


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Log in</body></html>",
        b'{"items": [{"id": 1}, {"id"',
        b"",
        {"error": {"message": "no"}, "status": "failure"},
        {"items": None},
        {"items": {"id": 1}},
        {"items": [{"id": 1}], "error": {"message": "cancelled"}, "status": "failure"},
        [{"id": 1}],
    ],
)
def test_what_is_no_list_is_never_empty(connect: Build, reply: Build, body: Any) -> None:
    """A login page, truncated JSON, an error envelope, a part of a list: errors that name the request."""
    client, _ = connect(reply(body))
    with pytest.raises(AnswerError, match="request r-1"):
        list(client.pages(None))


def test_an_empty_error_key_is_no_error(connect: Build, page: Build) -> None:
    """Some envelopes always carry the key."""
    client, _ = connect(page(1, error=None, errors=[]))
    assert ids(list(client.pages(None))) == [["1"]]


def test_the_same_page_again_names_resource_and_page(connect: Build, page: Build, listing: Build) -> None:
    """The server ignores the offset."""
    client, _ = connect(page(1, 2), page(1, 2), list=listing(OFFSET))
    with pytest.raises(FeedError, match=r"desk/ticket: the list shows the same page again at page 2"):
        list(client.pages(None))


def test_an_expired_cursor_starts_the_scan_over_once(connect: Build, page: Build, listing: Build) -> None:
    """From the same floor; what was read already is read again, nothing is taken for missing."""
    paging = {"kind": "cursor", "param": "cursor", "cursor": "/next"}
    answers = [page(1, next="a"), Refused(status=400), page(1, next="b"), page(2)]
    client, sender = connect(*answers, list=listing(paging, since=SINCE))
    assert ids(list(client.pages(FLOOR))) == [["1"], ["1"], ["2"]]
    assert [params.get("cursor") for params in sender.params] == [None, "a", None, "b"]


def test_a_cursor_that_expires_twice_is_an_error(connect: Build, page: Build, listing: Build) -> None:
    """Starting over for ever helps no one."""
    paging = {"kind": "cursor", "param": "cursor", "cursor": "/next"}
    client, _ = connect(*[page(1, next="a"), Refused(status=400)] * 2, list=listing(paging))
    with pytest.raises(Refused):
        list(client.pages(None))


def test_a_stopped_bond_is_not_an_expired_cursor(connect: Build, page: Build, listing: Build) -> None:
    """Only a refusal of the call can be one."""
    paging = {"kind": "cursor", "param": "cursor", "cursor": "/next"}
    client, sender = connect(page(1, next="a"), BondStopped(status=401), list=listing(paging))
    with pytest.raises(BondStopped):
        list(client.pages(None))
    assert len(sender.requests) == 2


def test_nothing_is_asked_before_it_is_wanted(connect: Build, page: Build, listing: Build) -> None:
    """Pages are stored one by one: the second is not read before the first is taken."""
    client, sender = connect(page(1, 2), page(3), list=listing(OFFSET))
    next(client.pages(None))
    assert len(sender.requests) == 1


def test_a_search_by_post_follows_links_with_its_body(connect: Build, page: Build, listing: Build) -> None:
    """The link's query takes the place of the listing's; the question stays."""
    headers = {"Link": '<http://backend/tickets?cursor=a>; rel="next"'}
    parts = {"method": "POST", "body": {"jql": "x"}}
    client, sender = connect(page(1, headers=headers), page(2), list=listing({"kind": "link"}, **parts))
    assert ids(list(client.pages(None))) == [["1"], ["2"]]
    assert (sender.params[1], sender.last.json) == ({"cursor": "a"}, {"jql": "x"})
