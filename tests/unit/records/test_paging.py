"""From one page to the next, for every kind of paging; no list is taken on trust."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.system import Paging
from ebond.errors import ContractError, FeedError
from ebond.records.paging import PageFacts, PageRequest, begin

KINDS: dict[str, dict[str, Any]] = {
    "offset": {"param": "offset"},
    "page": {"param": "page"},
    "cursor": {"param": "cursor", "cursor": "/next"},
    "header_token": {"param": "page", "header": "X-Next-Page"},
    "link": {},
    "next_url": {"cursor": "/next"},
    "header_url": {"header": "Next-Page"},
}


def paging(kind: str, **parts: Any) -> Paging:
    """Build a paging of two rows a page."""
    base = {"kind": kind, "size": 2, "size_param": "limit", **KINDS.get(kind, {})}
    return Paging.model_validate(base | parts)


def facts(rows: int = 2, *, status: int = 200, body: Any = None, **headers: str) -> PageFacts:
    """Build the facts of one answer."""
    return PageFacts(rows, body, {name.replace("_", "-"): text for name, text in headers.items()}, status)


def walked(definition: Paging, *answers: PageFacts) -> list[PageRequest]:
    """Return what a walk asks for, from the first request on; it must end with the last answer."""
    walk = begin(definition)
    asked = [walk.first()]
    for answer in answers[:-1]:
        following = walk.after(answer)
        assert following is not None
        asked.append(following)
    assert walk.after(answers[-1]) is None
    return asked


def positions(asked: list[PageRequest]) -> list[Any]:
    """Return what each request says besides the page size."""
    return [dict(request.params).get(name) for request in asked for name in dict(request.params) if name != "limit"]


def test_a_single_page_is_all() -> None:
    """Nothing follows, however full the page."""
    assert walked(paging("single"), facts(2)) == [PageRequest((("limit", 2),))]


@pytest.mark.parametrize(
    ("kind", "first", "expected"), [("offset", 0, [0, 2, 4]), ("page", 1, [1, 2, 3]), ("page", 0, [0, 1, 2])]
)
def test_counting_goes_on_until_a_short_page(kind: str, first: int, expected: list[int]) -> None:
    """Offsets move by rows, page numbers by one, from the first that the system knows."""
    assert positions(walked(paging(kind, first=first), facts(), facts(), facts(1))) == expected


def test_an_empty_page_ends_a_list_whose_pages_are_full() -> None:
    """The last page was full to the brim."""
    assert positions(walked(paging("offset"), facts(), facts(0))) == [0, 2]


def test_a_known_total_saves_the_empty_page() -> None:
    """Four of four rows are read: no call more."""
    assert len(walked(paging("offset", total="/total"), *[facts(body={"total": 4})] * 2)) == 2


def test_the_total_may_come_in_a_header() -> None:
    """X-Total-Count, as TMF630 wants it."""
    definition = paging("offset", total_header="X-Total-Count")
    assert len(walked(definition, facts(x_total_count="3"), facts(1, x_total_count="3"))) == 2


def test_a_server_that_caps_the_page_size_is_followed_by_rows() -> None:
    """Asked for 100 and given 25 of 60: the next offset is 25, not 100."""
    definition = paging("offset", size=100, total="/total")
    pages = [facts(25, body={"total": 60}), facts(25, body={"total": 60}), facts(10, body={"total": 60})]
    assert positions(walked(definition, *pages)) == [0, 25, 50]


def test_pages_cut_by_access_rules_move_by_whole_pages() -> None:
    """ServiceNow limits before it hides: pages are short or empty in the middle, and rows are not counted."""
    definition = paging("offset", short_page_ends=False, total_header="X-Total-Count")
    pages = [facts(rows, x_total_count="7") for rows in (1, 0, 2, 1)]
    assert positions(walked(definition, *pages)) == [0, 2, 4, 6]


def test_without_a_total_the_link_tells_that_an_empty_page_is_in_the_middle() -> None:
    """The Link header names a next page: the list goes on."""
    definition = paging("offset", short_page_ends=False)
    pages = [facts(0, link="</x?o=2>; rel=next"), facts(1, link="</x?o=4>; rel=next"), facts(0)]
    assert positions(walked(definition, *pages)) == [0, 2, 4]


def test_a_total_that_makes_no_sense_is_not_believed() -> None:
    """A total of zero beside rows says nothing."""
    assert len(walked(paging("page", total="/total"), facts(body={"total": 0}), facts(1, body={"total": 0}))) == 2


def test_partial_content_is_not_the_end() -> None:
    """206 says that more follows, though the page is short (TMF630)."""
    assert positions(walked(paging("offset"), facts(1, status=206), facts(1))) == [0, 1]


@pytest.mark.parametrize(("flag", "when"), [(True, True), (1, True), ("false", False), ("Y", "Y")])
def test_a_flag_in_the_body_decides(flag: Any, when: Any) -> None:
    """``more`` is believed over a short or empty page, in whatever type the system writes it."""
    definition = paging("page", more="/more", more_when=when)
    assert len(walked(definition, facts(0, body={"more": flag}), facts(2, body={"more": "other"}))) == 2


@pytest.mark.parametrize("kind", ["offset", "page"])
def test_rows_that_slid_away_are_read_again(kind: str) -> None:
    """The total shrank while we read: the rows before this page slid up, unread."""
    definition = paging(kind, total="/total")
    pages = [facts(body={"total": 6}), facts(body={"total": 5}), facts(body={"total": 5})]
    rest = [facts(body={"total": 5}), facts(1, body={"total": 5})] if kind == "page" else [facts(body={"total": 5})]
    assert positions(walked(definition, *pages, *rest)) == {"offset": [0, 2, 1, 3], "page": [0, 1, 0, 1, 2]}[kind]


@pytest.mark.parametrize("kind", ["cursor", "header_token"])
def test_a_token_is_sent_back_until_there_is_none(kind: str) -> None:
    """Empty pages in the middle do not end the list; a missing or empty token does."""
    pages = [facts(body={"next": "a"}, x_next_page="a"), facts(0, body={"next": "b"}, x_next_page="b")]
    asked = walked(paging(kind), *pages, facts(1, body={"next": ""}, x_next_page=""))
    assert positions(asked) == ["a", "b"]
    assert all(dict(request.params)["limit"] == 2 for request in asked)


@pytest.mark.parametrize("kind", ["link", "next_url", "header_url"])
def test_a_link_is_followed_until_there_is_none(kind: str) -> None:
    """The link replaces all parameters of ours."""
    page = facts(0, body={"next": "/x?p=2"}, link='</x?p=2>; rel="next"', next_page="/x?p=2")
    asked = walked(paging(kind), page, facts(2, body={"next": None}))
    assert asked[1:] == [PageRequest(url="/x?p=2")]


def test_a_stop_flag_beats_a_cursor() -> None:
    """Zendesk names a cursor even at the end of its stream."""
    definition = paging("cursor", more="/end", more_when=False)
    assert len(walked(definition, facts(body={"next": "a", "end": False}), facts(body={"next": "a", "end": True}))) == 2


@pytest.mark.parametrize("kind", ["cursor", "header_token", "link", "next_url", "header_url"])
def test_a_circle_is_found(kind: str) -> None:
    """a → b → a never ends by itself."""
    walk = begin(paging(kind))
    pages = [facts(body={"next": t}, x_next_page=t, link=f"<{t}>; rel=next", next_page=t) for t in ("/a", "/b", "/a")]
    walk.after(pages[0])
    walk.after(pages[1])
    with pytest.raises(FeedError, match="circle"):
        walk.after(pages[2])


@pytest.mark.parametrize("kind", ["offset", "page", "cursor"])
def test_the_same_page_twice_is_found(kind: str) -> None:
    """A server that ignores the page parameter shows its first page for ever."""
    walk = begin(paging(kind))
    walk.after(PageFacts(2, {"next": 1}, {}, fingerprint=7))
    with pytest.raises(FeedError, match="same page"):
        walk.after(PageFacts(2, {"next": 2}, {}, fingerprint=7))


def test_a_list_without_end_is_stopped() -> None:
    """``max_pages`` guards against what no other rule sees."""
    walk = begin(paging("page", max_pages=2))
    walk.after(facts())
    with pytest.raises(FeedError, match="no end after 2 pages"):
        walk.after(facts())


def test_more_without_a_next_page_is_an_error() -> None:
    """'There is more' and no cursor: the list is cut, not ended."""
    walk = begin(paging("cursor", more="/more"))
    with pytest.raises(FeedError, match="no next page is named"):
        walk.after(facts(body={"more": True}))


@pytest.mark.parametrize(
    ("kind", "without"),
    [
        ("offset", "param"),
        ("cursor", "cursor"),
        ("header_token", "header"),
        ("next_url", "cursor"),
        ("header_url", "header"),
    ],
)
def test_a_definition_that_lacks_a_part_is_refused(kind: str, without: str) -> None:
    """What the kind needs is named."""
    with pytest.raises(ContractError, match=f"'{without}'"):
        begin(paging(kind, **{without: None}))
