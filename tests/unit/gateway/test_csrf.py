"""The token that SAP's systems want with every write, and the session that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ebond.errors import NotSent, Refused, Unknown
from ebond.gateway.wire import Raw, RawAnswer, Request, TransportFailure
from tests.unit.gateway.conftest import Open, reply

CSRF = {"csrf": {"path": "/"}, "verbs": ["GET", "POST", "PATCH"]}
CREATE = Request("POST", "/tickets", json={"a": 1}, operation="create")
READ = Request("GET", "/tickets/7", operation="read")


@dataclass
class Sap:
    """Gives tokens with sessions, and takes a write only with both."""

    valid: str = ""
    given: int = 0
    writes: list[str] = field(default_factory=list)
    lose: bool = False

    def __call__(self, raw: Raw) -> RawAnswer:
        token = raw.headers.get("X-CSRF-Token", "")
        if token == "Fetch":
            self.given += 1
            self.valid = f"t{self.given}"
            cookies = (
                f"SID=s{self.given}; path=/; secure, usercontext=client=100; expires=Wed, 01 Jan 2031 00:00:00 GMT"
            )
            return reply(200, {}, x_csrf_token=self.valid, set_cookie=cookies)
        if raw.method == "GET":
            return reply(200, {"id": 7})
        if token != self.valid or raw.headers.get("Cookie") != f"SID=s{self.given}; usercontext=client=100":
            return reply(403, {"error": {"message": "CSRF token validation failed"}}, x_csrf_token="Required")
        self.writes.append(token)
        if self.lose:
            raise TransportFailure("lost", sent=True)
        return reply(201, {"id": 7})


def test_it_is_fetched_once_and_sent_with_writes_only(desk: Open) -> None:
    """With the cookies of its session; a read needs neither."""
    sap = Sap()
    site = desk(app=sap, system=CSRF)
    site.client.send(READ)
    assert sap.given == 0
    for _ in range(2):
        site.client.send(CREATE)
    assert (sap.given, sap.writes) == (1, ["t1", "t1"])
    assert [raw.method for raw in site.wire.calls] == ["GET", "GET", "POST", "POST"]


def test_one_that_is_not_taken_any_more_is_renewed(desk: Open) -> None:
    """The write was turned away, not done: it is sent once more."""
    sap = Sap()
    site = desk(app=sap, system=CSRF)
    site.client.send(CREATE)
    sap.valid = "expired"
    assert site.client.send(CREATE).status == 201
    assert (sap.given, sap.writes) == (2, ["t1", "t2"])


def test_a_write_whose_answer_is_lost_is_not_sent_again(desk: Open) -> None:
    """The token changes nothing of that."""
    sap = Sap(lose=True)
    site = desk(app=sap, system=CSRF)
    with pytest.raises(Unknown):
        site.client.send(CREATE)
    assert sap.writes == ["t1"]


def test_one_that_is_never_taken_is_not_renewed_for_ever(desk: Open) -> None:
    """Once, and then the write is refused."""
    calls: list[Raw] = []

    def stubborn(raw: Raw) -> RawAnswer:
        calls.append(raw)
        fetched = raw.method == "GET"
        return reply(200 if fetched else 403, {}, x_csrf_token="t" if fetched else "Required")

    site = desk(app=stubborn, system=CSRF)
    with pytest.raises(Refused):
        site.client.send(CREATE)
    assert [raw.method for raw in calls] == ["GET", "POST", "GET", "POST"]


@pytest.mark.parametrize("headers", [{}, {"x_csrf_token": ""}, {"x_csrf_token": "Required"}])
def test_where_none_is_given_nothing_is_written(desk: Open, headers: Any) -> None:
    """And the message says where to look."""
    site = desk(reply(200, {}, **headers), system=CSRF)
    with pytest.raises(NotSent, match="desk gives no token in X-CSRF-Token"):
        site.client.send(CREATE)
    assert [raw.method for raw in site.wire.calls] == ["GET"]


def test_a_token_that_cannot_be_had_says_nothing_of_the_record(desk: Open) -> None:
    """404 of the path that gives tokens must not look like a record that is gone."""
    site = desk(reply(404, {}), system=CSRF)
    with pytest.raises(NotSent, match="no token for writes could be had"):
        site.client.send(Request("PATCH", "/tickets/7", json={}, operation="update"))
    assert [raw.method for raw in site.wire.calls] == ["GET"]


def test_another_403_is_what_it_was(desk: Open) -> None:
    """Rights that are missing are no token."""
    site = desk(reply(200, {}, x_csrf_token="t"), reply(403, {"error": "no right"}), system=CSRF)
    with pytest.raises(Refused):
        site.client.send(CREATE)
    assert [raw.method for raw in site.wire.calls] == ["GET", "POST"]
