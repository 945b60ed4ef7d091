"""Logins that are no OAuth: what is sent, where the token is found, and how it goes with calls."""
# ruff: noqa: E501  # a table reads best with one row a line

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from ebond.definitions.auth import Login
from ebond.errors import BondStopped
from ebond.gateway.outcome import Outcome
from ebond.gateway.token_answer import NoToken, Token, read_answer
from ebond.gateway.token_request import proof, token_request
from ebond.gateway.wire import Raw, RawAnswer, Request
from ebond.secrets import Secret, SecretRef
from tests.unit.gateway.conftest import Open, reply

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "https://gw.test/token"
LIST = Request("GET", "/tickets", operation="list")


def login(**parts: Any) -> Login:
    return Login.model_validate({"kind": "login", "url": URL, **parts})


def request(**parts: Any) -> Raw:
    return token_request(login(**parts), secret, now=0, nonce="")


def secret(reference: SecretRef) -> Secret:
    return Secret(f"<{reference.name}>")


def told(answer: RawAnswer, **form: Any) -> str | tuple[Outcome, str]:
    read = read_answer(answer, login(answer=form).answer, received=0, now=NOW)
    return read.secret.reveal() if isinstance(read, Token) else (read.outcome, read.why)


def test_a_form_holds_name_and_password() -> None:
    """AR System, and OAuth with a user's password."""
    raw = request(
        body="form", params={"username": "me & co"}, secret_params={"password": "env:PW"}, answer={"at": "text"}
    )
    assert (raw.method, raw.url, raw.content) == ("POST", URL, b"username=me+%26+co&password=%3CPW%3E")
    assert dict(raw.headers) == {"Accept": "text/plain, */*", "Content-Type": "application/x-www-form-urlencoded"}


def test_json_may_be_nested() -> None:
    """A name that begins with a slash is a place inside."""
    raw = request(params={"tenant": "t", "/auth/user": "me"}, secret_params={"/auth/password": "env:PW"})
    assert orjson.loads(raw.content) == {"tenant": "t", "auth": {"user": "me", "password": "<PW>"}}


def test_a_login_by_get_has_headers_only() -> None:
    """GLPI's initSession: the user's token in one header, the application's in another; or a Basic header."""
    raw = request(
        method="GET", body="none", headers={"X-A": "b"}, secret_headers={"App-Token": "env:APP"}, query={"v": "1"},
        basic={"username": "me", "password": "env:PW"},
    )  # fmt: skip
    assert (raw.method, raw.url, raw.content) == ("GET", URL + "?v=1", b"")
    assert dict(raw.headers) == {
        "Accept": "application/json", "Authorization": "Basic bWU6PFBXPg==", "X-A": "b", "App-Token": "<APP>",
    }  # fmt: skip


def test_another_password_is_another_proof() -> None:
    """Whoever was refused may ask again at once with another secret."""
    auth = login(
        secret_params={"p": "env:A"}, secret_headers={"X": "env:B"}, basic={"username": "me", "password": "env:C"}
    )
    assert [one.reveal() for one in proof(auth, secret)] == ["<A>", "<B>", "<C>"]


COOKIES = "lang=en; Expires=Wed, 25 Nov 2026 10:00:00 GMT; Path=/, SID=abc; HttpOnly, other=1"
TOKENS: list[tuple[str, RawAnswer, dict[str, Any], Any]] = [
    ("bare text", reply(200, b"ey.J0.x\n", content_type="text/plain"), {"at": "text"}, "ey.J0.x"),
    ("text in quotes", reply(200, b'"a#b#1"'), {"at": "text"}, "a#b#1"),
    ("a pointer", reply(200, {"session_token": "s"}), {"token": "/session_token"}, "s"),
    ("a header", reply(200, x_access_key="k-1"), {"at": "header", "name": "X-Access-Key"}, "k-1"),
    ("a cookie among others", reply(200, {}, set_cookie=COOKIES), {"at": "cookie", "name": "SID"}, "abc"),
    ("no such cookie", reply(200, {}, set_cookie=COOKIES), {"at": "cookie", "name": "sid"}, (Outcome.STOP, "an answer without a token as cookie 'sid'")),
    ("no such header", reply(200, {}), {"at": "header", "name": "X"}, (Outcome.STOP, "an answer without a token as header 'X'")),
    ("an object where a text should be", reply(200, {"error": "x"}), {"at": "text"}, (Outcome.STOP, "an answer without a token as text")),
    ("nothing", reply(200), {"at": "text"}, (Outcome.STOP, "an answer without a token as text")),
    ("a maintenance page", reply(200, b"<html><body>back soon"), {"at": "text"}, (Outcome.RETRY, "status 200, a web page")),
    ("refused", reply(401, [{"messageNumber": 623}]), {"at": "text"}, (Outcome.REAUTH, "status 401, an error of its own kind")),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "form", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TOKENS])
def test_tokens_are_found(answer: RawAnswer, form: dict[str, Any], expected: Any) -> None:
    """Wherever the answer keeps it; what is none is never sent as one."""
    assert told(answer, **form) == expected


def test_sessions_live_for_a_while_of_their_own() -> None:
    """Their answers name no lifetime, and a login that is too often repeated piles up sessions there."""
    read = read_answer(reply(200, {"token": "t"}), login().answer, received=5, now=NOW)
    assert read == Token(Secret("t"), 5, 1800)
    assert not isinstance(read, NoToken)


def test_a_token_goes_with_every_call_and_is_renewed(desk: Open) -> None:
    """One login for all calls; a session that ended sooner than thought is opened anew, once."""
    sessions = iter("ab")
    auth = {"kind": "login", "url": URL, "answer": {"at": "text"}, "prefix": "AR-JWT"}

    def gateway(raw: Raw) -> RawAnswer:
        if raw.url == URL:
            return reply(200, next(sessions).encode())
        return reply(401 if calls.append(raw.headers["Authorization"]) or len(calls) == 2 else 200, {})

    calls: list[str] = []
    site = desk(gateway, auth=auth)
    for _ in range(2):
        site.client.send(LIST)
    assert calls == ["AR-JWT a", "AR-JWT a", "AR-JWT b"]
    assert site.tokens == 2


def test_a_token_may_go_as_a_parameter(desk: Open) -> None:
    """Znuny's SessionID; the one that a link to the next page repeats is replaced."""
    auth = {"kind": "login", "url": URL, "answer": {"token": "/SessionID"}, "query_param": "SessionID"}
    site = desk(reply(200, {"SessionID": "s+1"}), auth=auth)
    site.client.send(Request("GET", "/tickets?SessionID=old&p=2", operation="list"))
    assert [raw.url.partition("/tickets")[2] for raw in site.calls] == ["?p=2&SessionID=s%2B1"]
    assert "Authorization" not in site.calls[0].headers


def test_a_session_cookie_has_no_blank(desk: Open) -> None:
    """What ends with '=' is followed by the value at once."""
    auth = {
        "kind": "login",
        "url": URL,
        "answer": {"at": "cookie", "name": "SID"},
        "header": "Cookie",
        "prefix": "SID=",
    }
    site = desk(reply(200, {}, set_cookie="SID=abc; Path=/"), auth=auth)
    site.client.send(LIST)
    assert site.calls[0].headers["Cookie"] == "SID=abc"


def test_a_refused_login_stops_with_what_to_check(desk: Open) -> None:
    """The password is not tried again and again."""
    site = desk(reply(401, {"error": "no"}), auth={"kind": "login", "url": URL})
    for _ in range(2):
        with pytest.raises(
            BondStopped, match=r"no token could be had from https://gw\.test/token: status 401"
        ) as error:
            site.client.send(LIST)
    assert error.value.todo == "Check the login's 'url', the name and the password of this gateway, and 'answer'"
    assert site.tokens == 1
