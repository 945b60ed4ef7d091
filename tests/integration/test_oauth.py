"""Tokens, secrets, scopes and quotas of a real authorisation server and gateway."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from ebond.demo.stack import ITSM_CLIENT, PARTNER_CLIENT
from ebond.gateway.wire import Raw
from ebond.testing.fault_proxy import FaultProxy
from tests.integration.deal import Deal, creates, writes


def token_requests(deal: Deal) -> list[int | None]:
    return [call.status for call in deal.proxy.calls if call.line == "POST /oauth/token"]


def revoke(deal: Deal, client: tuple[str, str], token: str) -> None:
    """Revoke a token at the authorisation server's own endpoint (RFC 7009)."""
    basic = base64.b64encode(":".join(map(quote_plus, client)).encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    with closing(HTTPConnection(urlsplit(deal.stack.gateway).netloc, timeout=30)) as connection:
        connection.request("POST", "/oauth/revoke", urlencode({"token": token}), headers)
        assert connection.getresponse().status == 200


@contextmanager
def behind(deal: Deal, **settings: object) -> Iterator[None]:
    """Put another gateway behind the proxy, before the same systems."""
    old, gateway = deal.proxy.upstream, deal.stack.another_gateway(f"gateway-{id(deal)}", **settings)  # type: ignore[arg-type]
    deal.proxy.upstream = gateway.url
    try:
        yield
    finally:
        deal.proxy.upstream = old
        gateway.stop()


def test_one_token_for_each_client_and_run(deal: Deal) -> None:
    """However many threads call, each client asks once for a token and uses it (edge cases 88, 89)."""
    for _ in range(6):
        deal.file_issue()
        deal.file_document()
    assert deal.sync().ok
    tokens = {call.raw.headers["Authorization"] for call in deal.proxy.calls if "/oauth/" not in call.raw.url}
    assert (token_requests(deal), len(tokens)) == ([200, 200], 2)


@pytest.mark.parametrize("system", ["/itsm/v2", "/partner/v1"])
def test_a_token_revoked_in_mid_run_is_renewed_once(deal: Deal, system: str) -> None:
    """The server revokes the token between two creates: one renewal for all threads, everything arrives once (88)."""
    for _ in range(6):
        deal.file_issue()
        deal.file_document()
    client = ITSM_CLIENT if system == "/itsm/v2" else PARTNER_CLIENT
    revoked: list[str] = []

    def after_the_first(raw: Raw) -> None:
        if creates(system)(raw) and not revoked:
            revoked.append(raw.headers["Authorization"].removeprefix("Bearer "))
            revoke(deal, client, revoked[0])

    deal.proxy.faults.after = after_the_first
    report = deal.sync()
    assert (report.ok, report.books.created, token_requests(deal)) == (True, 12, [200, 200, 200])
    deal.in_step(12)
    assert 401 in [call.status for call in deal.proxy.calls]


def test_short_lived_tokens_are_renewed_in_time(deal: Deal) -> None:
    """A gateway whose tokens live a second: each is renewed before it ends, and none of the calls fails (88)."""
    for _ in range(4):
        deal.file_issue()
        deal.file_document()
    with behind(deal, token_lifetime=2):
        assert deal.sync().ok
        deal.restart()
        assert deal.sync().ok
    deal.in_step(8)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("EBOND_DEMO_ITSM_SECRET", "wrong"),
        ("EBOND_DEMO_PARTNER_SECRET", "p+rtner%20:s/ecre"),
        ("EBOND_DEMO_ITSM_ID", "x"),
    ],
)
def test_a_wrong_client_stops_the_bond_without_hammering(deal: Deal, name: str, secret: str) -> None:
    """``invalid_client``: asked once, the bond is stopped and says why, the exit code too; nothing is written."""
    deal.file_issue()
    deal.file_document()
    right = deal.environ[name]
    deal.environ[name] = secret
    code, report = deal.cli("sync", deal.bond)
    assert (code, report["status"], token_requests(deal).count(401)) == (4, "stopped", 1)
    assert "client" in report["error"]
    assert secret == "x" or secret not in str(report)
    assert [call for call in deal.proxy.calls if writes()(call.raw)] == []
    assert deal.cli("status")[1]["bonds"][0]["state"] == "stopped"
    deal.environ[name] = right
    assert deal.cli("sync", deal.bond)[1]["status"] == "ok"
    deal.in_step(2)


@pytest.mark.parametrize(("encoding", "status"), [("raw", "stopped"), ("rfc6749", "ok")])
def test_a_secret_with_odd_characters_is_encoded_as_the_contract_says(deal: Deal, encoding: str, status: str) -> None:
    """``+``, ``%``, ``:`` and ``/`` in a secret: form-encoded they are taken, raw this server refuses them."""
    deal.define("gateways", "basic_encoding: rfc6749", f"basic_encoding: {encoding}")
    assert deal.sync().status == status


def test_a_secret_in_the_body_needs_no_encoding(deal: Deal) -> None:
    """``client_auth: body`` carries the odd secret as a form field."""
    deal.define("gateways", "basic_encoding: rfc6749", "client_auth: body")
    assert deal.sync().ok


def test_an_unknown_scope_stops_the_bond_with_its_name(deal: Deal) -> None:
    """``invalid_scope`` (400): the bond is stopped and says which scope; nothing else is called."""
    deal.define("gateways", "scopes: [incidents]", "scopes: [everything]")
    report = deal.sync()
    assert report.status == "stopped"
    assert "scope" in str(report.error)
    assert {call.line for call in deal.proxy.calls} == {"POST /oauth/token"}


def test_a_quota_far_too_small_is_obeyed(deal: Deal) -> None:
    """The gateway answers 429 with Retry-After: waited for, and everything arrives, once (edge case 86)."""
    deal.define("gateways", "  - {calls: 200, per: 1s}\n", "")
    deal.define("gateways", "  - {calls: 6000, per: 1m}\n", "")
    deal.define("gateways", "quota:\n", "")
    for _ in range(5):
        deal.file_issue()
        deal.file_document()
    with behind(deal, rate="8/s"):
        report = deal.sync()
    answered = [call.status for call in deal.proxy.calls]
    assert (report.ok, report.books.created, 429 in answered) == (True, 10, True)
    deal.in_step(10)


def test_a_quota_that_the_contract_names_is_never_broken(deal: Deal) -> None:
    """With the quota in the definition not one call is answered 429 (issue: pacing by the contract's quota)."""
    deal.define("gateways", "  - {calls: 200, per: 1s}\n", "  - {calls: 8, per: 2s}\n")
    for _ in range(4):
        deal.file_issue()
        deal.file_document()
    with behind(deal, rate="16/2s"):
        assert deal.sync().ok
    assert 429 not in [call.status for call in deal.proxy.calls]
    deal.in_step(8)


def test_credentials_stay_with_the_gateway(deal: Deal, proxy: FaultProxy) -> None:
    """Roundup's one-time address names its own host: the create goes to the gateway, with the gateway's token only."""
    deal.file_document()
    with deal.counting() as made:
        assert deal.sync().ok
    assert {call.raw.url.partition("/itsm")[0].partition("/partner")[0] for call in made} == {proxy.url}
    assert {call.raw.headers["Authorization"].partition(" ")[0] for call in made} == {"Bearer"}


def test_no_secret_is_written_down(deal: Deal) -> None:
    """Neither the database with its journal nor what the commands print holds a secret or a token (edge case 101)."""
    deal.file_issue()
    code, printed = deal.cli("sync", deal.bond)
    assert code == 0
    tokens = [call.raw.headers["Authorization"] for call in deal.proxy.calls]
    secrets = [ITSM_CLIENT[1], PARTNER_CLIENT[1], *(one.partition(" ")[2] for one in tokens)]
    kept = b"".join(path.read_bytes() for path in deal.folder.glob("ebond.db*")).decode("latin-1") + str(printed)
    assert [secret for secret in secrets if secret in kept] == []
