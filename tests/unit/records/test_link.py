"""Link headers as they come, and links laid onto our side of the gateway."""

from __future__ import annotations

import pytest

from ebond.errors import FeedError
from ebond.records.link import next_link, rebase

LISTING = "/tickets"


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ('<http://b/x?page=2>; rel="next"', "http://b/x?page=2"),
        ("<http://b/x?page=2>; rel=next", "http://b/x?page=2"),
        ('</x?page=1>; rel="prev", </x?page=3>; rel="next"', "/x?page=3"),
        (
            '<http://b/x?fields=a,b;c=d&page=2>; title="a, b; c"; rel="last next"',
            "http://b/x?fields=a,b;c=d&page=2",
        ),
        ('<http://b/x?@sort=a, b&page=2>;REL="Next"', "http://b/x?@sort=a, b&page=2"),
        ('http://b/x?o=0>;rel="first",http://b/x?o=2>;rel="next"', "http://b/x?o=2"),
        ('http://b/x?o=0,1>;rel="first",<http://b/x?o=2>;rel="next"', "http://b/x?o=2"),
        ("http://b/x?o=2; rel=next", "http://b/x?o=2"),
        ('<http://b/x?page=1>; rel="prev"', None),
        ("<>; rel=next", None),
        ("garbage", None),
        ("", None),
        (None, None),
    ],
)
def test_next_link_is_read_from_what_systems_really_send(header: str | None, url: str | None) -> None:
    """RFC 8288, missing brackets, raw blanks and several links are all understood."""
    assert next_link(header) == url


@pytest.mark.parametrize(
    ("url", "path", "params"),
    [
        ("http://backend:8888/v1/tickets?_token=abc%3D", "/tickets", (("_token", "abc="),)),
        ("https://evil.example/steal?page=2", "/tickets", (("page", "2"),)),
        ("?page=2&empty=", "/tickets", (("page", "2"), ("empty", ""))),
        ("/rest/data/tickets?@page_index=2", "/tickets", (("@page_index", "2"),)),
        ("/repositories/1000/issues?page=2", "/tickets", (("page", "2"),)),
        ("/services/v60/tickets/01g-2000", "/tickets/01g-2000", ()),
        ("http://b/tickets/a%2Fb?x=1", "/tickets/a%2Fb", (("x", "1"),)),
        ("http://b/tickets?sort=a, b", "/tickets", (("sort", "a, b"),)),
        ("http://b/tickets/../../token?x=1", "/tickets", (("x", "1"),)),
        ("http://b/ticketsandmore/1?x=1", "/tickets", (("x", "1"),)),
    ],
)
def test_a_link_is_laid_onto_our_side(url: str, path: str, params: tuple[tuple[str, str], ...]) -> None:
    """Host and foreign paths are dropped, the query stays; what lies under the listing keeps its path."""
    target = rebase(url, LISTING)
    assert (target.path, target.params) == (path, params)


def test_a_listing_with_a_trailing_slash_keeps_it() -> None:
    """Django's paths end in a slash; a link without a path below leaves ours as it is."""
    assert rebase("http://b/api/tickets/?page=2", "/tickets/").path == "/tickets/"
    assert rebase("http://b/api/tickets/more/?page=2", "/tickets/").path == "/tickets/more/"


def test_a_link_that_leads_nowhere_on_our_side_is_an_error() -> None:
    """A link without query to another path holds nothing that could be used."""
    with pytest.raises(FeedError, match="outside"):
        rebase("http://backend/elsewhere", LISTING)
