"""Every kind of paging, walked to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from ebond.definitions.system import Resource
from ebond.testing.clock import ManualClock
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_system import FakeSystem
from ebond.testing.manners import Manners
from ebond.testing.pointers import look

RECORDS = 7
SIZE = {"size": 3, "size_param": "limit"}
PAGINGS: dict[str, dict[str, Any]] = {
    "single": {"kind": "single"},
    "offset": {"kind": "offset", "param": "offset", "total": "/total", **SIZE},
    "page": {"kind": "page", "param": "page", "first": 1, "end_status": [404], **SIZE},
    "cursor": {"kind": "cursor", "param": "after", "cursor": "/meta/next", **SIZE},
    "cursor_more": {
        "kind": "cursor",
        "param": "after",
        "cursor": "/next",
        "more": "/end",
        "more_when": False,
        **SIZE,
    },
    "header_token": {"kind": "header_token", "param": "after", "header": "X-Next", **SIZE},
    "link": {"kind": "link", **SIZE},
    "next_url": {"kind": "next_url", "cursor": "/links/next", **SIZE},
    "header_url": {"kind": "header_url", "header": "Next-Page", **SIZE},
}


def build(clock: ManualClock, paging: dict[str, Any], **manners: Any) -> tuple[FakeSystem, FakeApi]:
    listing = {"path": "/t", "records": "/rows", "paging": paging}
    resource = {"id": "/id", "list": listing, "fields": {"title": {"path": "/title"}}}
    system = FakeSystem(clock=clock)
    for number in range(RECORDS):
        system.person_creates({"title": str(number)})
        clock.advance(1)
    return system, FakeApi(system, Resource.model_validate(resource), manners=Manners(**manners))


def following(paging: dict[str, Any], answer: Any, body: Any, place: int) -> dict[str, str] | None:
    """The parameters of the next page, read as a client would."""
    kind = paging["kind"]
    if kind == "single" or (paging.get("more") and look(body, paging["more"]) is not paging["more_when"]):
        return None
    if kind in ("offset", "page"):
        more = len(body["rows"]) == paging["size"]
        return {paging["param"]: str(place * 3 if kind == "offset" else place + 1)} if more else None
    if kind == "cursor":
        token = look(body, paging["cursor"])
    elif kind == "header_token":
        token = answer.headers.get("x-next")
    elif kind == "next_url":
        token = look(body, paging["cursor"])
    elif kind == "link":
        links = answer.headers.get("link", "")
        token = links.split(", <")[1].split(">")[0] if links else None
    else:
        token = answer.headers.get("next-page")
    if not token:
        return None
    return dict(parse_qsl(urlsplit(token).query)) if "?" in token else {paging["param"]: token}


@pytest.mark.parametrize("name", sorted(PAGINGS))
def test_every_kind_shows_every_record_once(name: str, clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """Following the pages as the kind says gives all records, in order, and ends."""
    paging = PAGINGS[name]
    call = client(build(clock, paging)[1])
    seen, params, place = [], {"limit": "3"}, 0
    while params is not None:
        answer = call("GET", "/t", **{"limit": "3", **params})
        body, place = orjson.loads(answer.content), place + 1
        seen += [row["title"] for row in body["rows"]]
        params = following(paging, answer, body, place)
    assert seen == [str(number) for number in range(RECORDS)]


def test_next_links_point_at_the_backend(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """An absolute next link names the backend, unless the system was told its public address."""
    for links, start in ((None, "http://backend.test/t?"), ("https://gate.test/b", "https://gate.test/b/t?")):
        _, api = build(clock, PAGINGS["header_url"], links=links)
        assert client(api)("GET", "/t", limit="3").headers["next-page"].startswith(start)


def test_a_page_past_the_end_may_be_an_error(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """The help desk answers 404 for the page after the last."""
    call = client(build(clock, PAGINGS["page"])[1])
    assert [call("GET", "/t", page=page).status for page in ("3", "4")] == [200, 404]


def test_cursors_expire(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """A cursor that is too old → 410."""
    call = client(build(clock, PAGINGS["header_token"], cursor_life=60.0)[1])
    token = call("GET", "/t", limit="3").headers["x-next"]
    clock.advance(61)
    assert call("GET", "/t", after=token).status == 410


def test_hidden_records_make_short_pages(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """Access rules applied after the limit leave a page short, or empty, in the middle."""
    _, api = build(clock, PAGINGS["offset"])
    api.hidden = {"1", "2", "3"}
    body = client(api).json("GET", "/t", limit="3", offset="0")
    assert body == {"rows": [], "total": RECORDS}


def test_rows_shift_while_people_edit(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """An edit of a record on page 1 makes a row skip between the pages of a list sorted by change."""
    system, api = build(clock, PAGINGS["offset"])
    call = client(api)
    first = call.json("GET", "/t", limit="3", offset="0")["rows"]
    system.person_edits("1", title="edited")
    second = call.json("GET", "/t", limit="3", offset="3")["rows"]
    assert [row["id"] for row in first + second] == ["1", "2", "3", "5", "6", "7"]


def test_the_server_bounds_the_page_size(clock: ManualClock, client: Callable[[FakeApi], Any]) -> None:
    """A larger size than the server allows is cut."""
    call = client(build(clock, PAGINGS["offset"], max_page=2)[1])
    assert len(call.json("GET", "/t", limit="100")["rows"]) == 2
