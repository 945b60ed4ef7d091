"""Where calls go: bases, paths, queries and links."""

from __future__ import annotations

import pytest

from ebond.errors import ContractError
from ebond.gateway.client import SystemClient
from ebond.gateway.pacer import MARGIN
from ebond.gateway.wire import Request
from tests.unit.gateway.conftest import Open, secret

JOINED: list[tuple[str, str, str, str]] = [
    ("https://gw.test", "", "/x", "https://gw.test/x"),
    ("https://gw.test/", "/desk/v1", "/x", "https://gw.test/desk/v1/x"),
    ("https://gw.test/api", "/desk/v1", "/x", "https://gw.test/api/desk/v1/x"),
    ("https://gw.test/api/", "/desk/v1/", "x", "https://gw.test/api/desk/v1/x"),
    ("https://gw.test/api", "/desk", "", "https://gw.test/api/desk"),
    ("https://gw.test/api", "/desk", "?a=1", "https://gw.test/api/desk?a=1"),
    ("https://gw.test", "/a", "/group%2Fproject/issues", "https://gw.test/a/group%2Fproject/issues"),
    ("https://gw.test", "/a", "/x y/é", "https://gw.test/a/x%20y/%C3%A9"),
    ("https://gw.test", "/a", "/100%/%zz", "https://gw.test/a/100%25/%25zz"),
    ("https://gw.test", "/a", "/records('7')?$expand=b", "https://gw.test/a/records('7')?$expand=b"),
    ("https://gw.test", "/a", "/a.b/..c/...", "https://gw.test/a/a.b/..c/..."),
    ("https://gw.test:8443/api", "", "/x", "https://gw.test:8443/api/x"),
    ("http://[::1]:8080", "", "/x", "http://[::1]:8080/x"),
]


@pytest.mark.parametrize(("base", "base_path", "path", "url"), JOINED)
def test_base_and_path(desk: Open, base: str, base_path: str, path: str, url: str) -> None:
    """Base URL, base path and path stand one behind the other, and what is encoded stays so."""
    one = desk(base_url=base, system={"base_path": base_path})
    one.client.send(Request("GET", path))
    assert [raw.url for raw in one.calls] == [url]


@pytest.mark.parametrize("path", ["/a/../b", "/a/..", "/%2e%2E/b", "/./a", "/.%2e/token"])
def test_path_that_leads_elsewhere(desk: Open, path: str) -> None:
    """An id that climbs out of its resource is refused before anything is sent."""
    one = desk()
    with pytest.raises(ContractError, match="leads out of its resource"):
        one.client.send(Request("GET", path))
    assert one.wire.calls == []


def test_parameters_arrive_as_given(desk: Open) -> None:
    """Names and values of a query come out at the other end exactly so; a plus is not a blank, a semicolon no end."""
    one = desk()
    params = (("since", "2026-11-24T12:00:00+01:00"), ("q", "a b&c=d;e#f%20"), ("filter[a]", "é"), ("q", ""))
    one.client.send(Request("GET", "/x", params=params))
    assert one.calls[0].url.partition("?")[2] == (
        "since=2026-11-24T12:00:00%2B01:00&q=a%20b%26c%3Dd%3Be%23f%2520&filter%5Ba%5D=%C3%A9&q="
    )


def test_parameters_of_the_contract_go_with_every_call(desk: Open) -> None:
    """What gateway and system want is added, unless the call says otherwise; the system's own wins."""
    one = desk(query={"tenant": "g", "v": "1"}, system={"query": {"tenant": "s"}})
    one.client.send(Request("GET", "/x?v=2", params=(("a", "1"),)))
    assert one.calls[0].url.partition("?")[2] == "v=2&a=1&tenant=s"


LINKS: list[tuple[str, str]] = [
    ("https://gw.test/api/desk/v1/x?page=2", "https://gw.test/api/desk/v1/x?page=2"),
    ("HTTPS://GW.TEST:443/repositories/7/x?page=2", "https://gw.test/repositories/7/x?page=2"),
    ("https://gw.test/api/x?cursor=a%2Bb%3D%3D", "https://gw.test/api/x?cursor=a%2Bb%3D%3D"),
    ("https://gw.test", "https://gw.test"),
]


@pytest.mark.parametrize(("link", "url"), LINKS)
def test_link_of_the_same_origin(desk: Open, link: str, url: str) -> None:
    """A link is followed as it is, whatever its path; the base path is not put before it again."""
    one = desk()
    one.client.send(Request("GET", link))
    assert one.calls[0].url == url


ELSEWHERE = [
    "https://evil.test/api/x",
    "http://gw.test/api/x",
    "https://gw.test:8443/api/x",
    "https://gw.test.evil.test/x",
    "https://gw.test@evil.test/x",
    "https://evil.test\\@gw.test/x",
    "https://evil.test#@gw.test/x",
    "https://evil.test?@gw.test/x",
    "https://:secret@gw.test/x",
    "https:///x",
    "https://gw.test:99999/x",
    "https://gw.test /x",
    "https://gw\u3002test/x",
]


@pytest.mark.parametrize("link", ELSEWHERE)
def test_link_of_another_origin(desk: Open, link: str) -> None:
    """Credentials go to the configured origin only: a link elsewhere is refused before anything is sent."""
    one = desk(auth={"kind": "bearer", "token": "env:TOKEN"})
    with pytest.raises(ContractError, match=r"is not the configured origin|names no"):
        one.client.send(Request("GET", link))
    assert one.wire.calls == []


def test_keys_in_a_link_are_replaced(desk: Open) -> None:
    """A link to the next page brings the key of the last call along: each goes once, as it is now."""
    one = desk(secret_query={"key": "env:KEY"})
    one.client.send(Request("GET", "https://gw.test/x?page=2&key=old&b=1"))
    assert one.calls[0].url == "https://gw.test/x?page=2&b=1&key=KEY-5ecret"


def test_verbs_of_the_contract(desk: Open) -> None:
    """A verb that the contract does not name is never sent."""
    one = desk(system={"verbs": ["GET", "POST"]})
    with pytest.raises(ContractError, match=r"^the contract of desk does not allow DELETE\. It allows GET, POST"):
        one.client.send(Request("DELETE", "/x"))
    assert (one.wire.calls, one.records) == ([], [])


def test_headers_of_the_contract(desk: Open) -> None:
    """Gateway, system and call each say their headers; the nearer one wins, however it is spelled."""
    one = desk(
        headers={"X-Env": "prod", "Accept": "application/vnd.g+json"},
        secret_headers={"X-Key": "env:KEY"},
        system={"headers": {"x-env": "test"}, "secret_headers": {"X-Own": "env:OWN"}},
    )
    one.client.send(Request("PATCH", "/x", headers={"ACCEPT": "a/b"}, json={"a": 1}, media_type="application/m+json"))
    sent = {name.lower(): value for name, value in one.calls[0].headers.items()}
    assert sent.pop("x-request-id") == one.records[0].request_id
    assert sent == {
        "accept": "a/b",
        "user-agent": "ebond",
        "x-env": "test",
        "x-key": "KEY-5ecret",
        "x-own": "OWN-5ecret",
        "content-type": "application/m+json",
    }


@pytest.mark.parametrize("value", ["a\r\nX: y", " a", "a ", "\x00", "日"])
def test_header_that_cannot_be_sent(desk: Open, value: str) -> None:
    """A version or id that no header can carry is said before anything is sent."""
    one = desk()
    with pytest.raises(ContractError, match=r"^the header If-Match of PATCH /x on desk cannot carry its value\."):
        one.client.send(Request("PATCH", "/x", headers={"If-Match": value}, json={}))
    assert one.wire.calls == []


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"', '"abc-gzip"', '"a b"', '""', "2026-11-24T12:00:00Z", '"caf\xe9"'])
def test_entity_tags_travel_unchanged(desk: Open, etag: str) -> None:
    """Weak, suffixed, odd: a tag goes out as it came in."""
    one = desk()
    one.client.send(Request("PATCH", "/x", headers={"If-Match": etag}, json={}))
    assert one.calls[0].headers["If-Match"] == etag


def test_body_that_is_no_json(desk: Open) -> None:
    """A value that JSON cannot hold is a fault of the mapping, and never sent."""
    one = desk()
    with pytest.raises(ContractError, match="cannot be written as JSON"):
        one.client.send(Request("POST", "/x", json={"a": {1, 2}}))
    assert one.wire.calls == []


def test_same_system_opened_twice_shares_its_quota(desk: Open) -> None:
    """However often a system is opened, its quota and its circuit are one."""
    one = desk(system={"quota": [{"calls": 2, "per": "1m"}]})
    again = SystemClient(one.connection, one.client.system, resolve=secret)
    for client in (one.client, again, one.client):
        client.send(Request("GET", "/x"))
    assert one.clock.monotonic() == 60 + MARGIN
