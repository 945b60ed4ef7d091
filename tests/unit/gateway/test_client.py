"""Calls of a system through its gateway: what is made again, what it ends in, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.errors import (
    BondStopped,
    CallError,
    Exists,
    Gone,
    NotSent,
    RateLimited,
    Refused,
    Stale,
    Unavailable,
    Unknown,
)
from ebond.gateway.breaker import LIMIT, PAUSE
from ebond.gateway.client import LONGEST_PAUSE, SystemClient
from ebond.gateway.outcome import Outcome
from ebond.gateway.steps import ATTEMPTS
from ebond.gateway.wire import Request, TransportFailure
from tests.unit.gateway.conftest import Desk, Open, Reply, reply, secret

GET = Request("GET", "/x", operation="list")
POST = Request("POST", "/x", json={"a": 1}, operation="create")
PATCH = Request("PATCH", "/x/7", json={"a": 1}, operation="update")
PAGE = reply(503, b"<html>busy</html>", content_type="text/html")
LOST = TransportFailure("no answer in time", sent=True)
REFUSED = TransportFailure("no connection", sent=False)
UNTRUSTED = TransportFailure("not trusted", sent=False, lasting=True, todo="Name its authority")


def failure(one: Desk, request: Request) -> CallError:
    with pytest.raises(CallError) as raised:
        one.client.send(request)
    return raised.value


ENDS: list[tuple[str, Request, Reply, type[CallError], int]] = [
    ("a write without an answer", POST, LOST, Unknown, 1),
    ("a write that fails behind the gateway", POST, PAGE, Unknown, 1),
    ("a gateway time-out", PATCH, reply(504), Unknown, 1),
    ("a web page for an answer", PATCH, reply(200, b"<html>log in</html>", content_type="text/html"), Unknown, 1),
    ("a write that never left", POST, REFUSED, NotSent, ATTEMPTS),
    ("a read without an answer", GET, LOST, Unknown, ATTEMPTS),
    ("a read of a system in trouble", GET, PAGE, Unknown, ATTEMPTS),
    ("a read that never left", GET, REFUSED, NotSent, ATTEMPTS),
    ("a certificate that does not verify", GET, UNTRUSTED, BondStopped, 1),
    ("a certificate, for a write", POST, UNTRUSTED, BondStopped, 1),
    ("an answer without end, to a read", GET, TransportFailure("large", sent=True, lasting=True), BondStopped, 1),
    ("an answer without end, to a write", POST, TransportFailure("large", sent=True, lasting=True), Unknown, 1),
    ("a refusal", POST, reply(422, {"error": "closed"}), Refused, 1),
    ("a stale version", PATCH, reply(412), Stale, 1),
    ("a record that exists", POST, reply(409), Exists, 1),
    ("a record that is gone", PATCH, reply(404), Gone, 1),
    ("a record that has moved", PATCH, reply(301, location="/y"), Refused, 1),
    ("a login page", GET, reply(302, location="https://sso.test"), BondStopped, 1),
    ("a quota that never ends", POST, reply(429), RateLimited, ATTEMPTS),
    ("credentials that are not taken", GET, reply(401), BondStopped, 1),
]


@pytest.mark.parametrize(
    ("request_", "replies", "error", "calls"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS]
)
def test_what_calls_end_in(desk: Open, request_: Request, replies: Reply, error: type[CallError], calls: int) -> None:
    """A write is made again only where certainly nothing was done; each end has its error, which knows the call."""
    one = desk(replies)
    failed = failure(one, request_)
    assert (type(failed), len(one.calls), one.client.calls) == (error, calls, calls)
    assert failed.where == f"request {failed.request_id}" == f"request {one.records[-1].request_id}"
    assert failed.__suppress_context__


def test_call_is_made_again_after_a_failure(desk: Open) -> None:
    """A read waits longer after each failure, and each try has an id of its own."""
    one = desk(PAGE, LOST, REFUSED, reply(200, {"a": 1}))
    answer = one.client.send(GET)
    assert (answer.json(), one.clock.sleeps) == ({"a": 1}, [0.25, 0.5, 1.0])
    assert [record.attempt for record in one.records] == [1, 2, 3, 4]
    assert len({record.request_id for record in one.records}) == 4


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("0", 1), ("Tue, 24 Nov 2026 12:00:30 GMT", 30), (None, 5)])
def test_quota_is_waited_out(desk: Open, asked: str | None, waited: float) -> None:
    """What the answer asks for is waited, in seconds or until a date; without a word a little while."""
    one = desk(reply(429, **({"retry_after": asked} if asked else {})), reply(201, {"id": 1}))
    assert (one.client.send(POST).status, one.clock.monotonic()) == (201, waited)


def test_pause_holds_every_system_behind_the_gateway(desk: Open) -> None:
    """A gateway that asks one to wait asks all: nobody's call starts before."""
    one = desk(reply(429, retry_after="200"), reply(200, {}))
    one.client.send(GET)
    one.connection.turnstile.pause(50)
    SystemClient(one.connection, one.client.system, resolve=secret).send(GET)
    assert one.clock.monotonic() == 250


@pytest.mark.parametrize(("asked", "held"), [("301", 301), ("99999999999", LONGEST_PAUSE)])
def test_wait_that_is_too_long(desk: Open, asked: str, held: float) -> None:
    """The run ends without waiting, the next one holds its calls back, too, and no answer closes a gateway for ever."""
    one = desk(reply(429, retry_after=asked), reply(200, {}))
    first, second = failure(one, GET), failure(one, GET)
    assert (type(first), first.retry_after) == (RateLimited, min(float(asked), 366 * 86400))
    assert (second.retry_after, len(one.calls), one.clock.sleeps) == (held, 1, [])


def test_azure_quota_of_days_in_words(desk: Open) -> None:
    """403 with a text of days, hours, minutes and seconds is a quota, not a refusal of the record."""
    text = "Out of call volume quota. Quota will be replenished in 20.09:58:55."
    error = failure(desk(reply(403, {"statusCode": 403, "message": text})), POST)
    assert (type(error), error.retry_after) == (RateLimited, 20 * 86400 + 9 * 3600 + 58 * 60 + 55)


def test_mule_counts_in_milliseconds(desk: Open) -> None:
    """The definition says in which unit the gateway counts."""
    headers = {"reset": "X-RateLimit-Reset", "remaining": "X-RateLimit-Remaining", "reset_unit": "delta_ms"}
    limit = reply(429, x_ratelimit_reset="2500", x_ratelimit_remaining="0")
    one = desk(limit, reply(200, {}), rate_headers=headers)
    one.client.send(GET)
    assert one.clock.monotonic() == 2.5


def test_nobody_calls_after_the_last_call_of_a_quota(desk: Open) -> None:
    """Where the gateway says that nothing is left, the next call waits instead of being refused first."""
    names = {"remaining": "X-Left", "reset": "X-Reset", "reset_unit": "delta_s"}
    one = desk(reply(200, {}, x_left="0", x_reset="42"), reply(200, {}, x_left="9", x_reset="60"), rate_headers=names)
    for _ in range(3):
        one.client.send(GET)
    assert (one.clock.monotonic(), len(one.calls)) == (42, 3)


RULES = [{"when": {"status": [500], "body": {"/code": "E42"}}, "is": "refused", "why": "E42 of the manual"}]


def test_rows_of_the_definitions_come_first(desk: Open) -> None:
    """The system's own rows win over the gateway's, and those over ebond's; what they say is what is read."""
    body = reply(500, {"code": "E42"})
    by_gateway = failure(desk(body, errors=RULES), POST)
    by_system = failure(desk(body, errors=RULES, system={"errors": [{"when": {"status": [500]}, "is": "gone"}]}), POST)
    assert (type(by_gateway), by_gateway.message) == (Refused, "POST /x on desk: E42 of the manual (500)")
    assert (type(by_system), by_system.message) == (Gone, "POST /x on desk: the contract's own rule: gone (500)")


def test_answer_keeps_both_ids(desk: Open) -> None:
    """An answer knows the id that was sent and the gateway's own."""
    one = desk(reply(200, {}, x_request_id="gw-7"))
    answer = one.client.send(GET)
    assert answer.request_id == one.calls[0].headers["X-Request-ID"] == one.records[0].request_id
    assert (answer.gateway_id, one.records[0].gateway_id, answer.outcome) == ("gw-7", "gw-7", Outcome.APPLIED)


IDS: list[tuple[str, dict[str, str], str]] = [
    ("the first that is there", {"x_correlation_id": "c", "x_oapi_request_id": "o"}, "c"),
    ("Orange", {"x_oapi_request_id": "o-1"}, "o-1"),
    ("none", {}, ""),
    ("two words", {"x_request_id": "a b"}, ""),
    ("no end", {"x_request_id": "a" * 999}, ""),
    ("empty", {"x_request_id": "", "x_amzn_requestid": "z"}, "z"),
]


@pytest.mark.parametrize(("headers", "kept"), [row[1:] for row in IDS], ids=[row[0] for row in IDS])
def test_gateways_id(desk: Open, headers: dict[str, str], kept: str) -> None:
    """The gateway's id is in the error's place, where it is one that a log can hold."""
    error = failure(desk(reply(422, {}, **headers)), POST)
    where = f"request {error.request_id}" + (f", gateway's id {kept}" if kept else "")
    assert (error.gateway_id, error.where) == (kept, where)


def test_own_id_that_comes_back_is_not_the_gateways(desk: Open) -> None:
    """A gateway that echoes our id is asked for its own in the next header."""
    echo = lambda raw: reply(200, {}, x_request_id=raw.headers["X-Request-ID"], x_correlation_id="own")  # noqa: E731
    assert desk(echo).client.send(GET).gateway_id == "own"


def test_ids_travel_in_the_headers_of_the_definition(desk: Open) -> None:
    """Which headers carry the ids is the contract's matter."""
    one = desk(reply(200, {}, x_trace="t"), request_ids={"send": "X-Trace", "keep": ["X-Trace"]})
    answer = one.client.send(GET)
    assert (one.calls[0].headers["X-Trace"], answer.gateway_id) == (answer.request_id, "t")


def test_message_says_all(desk: Open) -> None:
    """Which call, what it means, where to look for it and what to do; no query, for it may hold personal data."""
    error = failure(desk(reply(405, {}, x_request_id="gw-1")), Request("PATCH", "/x?who=Marie", json={}))
    assert str(error) == (
        "PATCH /x on desk: the system does not allow this verb: the contract is wrong (405) "
        f"at request {error.request_id}, gateway's id gw-1. "
        "Check the client's rights, the base path and the contract with the API's team"
    )


def test_observer_is_told_of_every_try(desk: Open) -> None:
    """Measurements see each try with its outcome, also those that are made again."""
    one = desk(PAGE, reply(200, {}))
    one.client.send(Request("GET", "/x?who=Marie", operation="list"))
    seen = [(r.system, r.operation, r.method, r.path, r.attempt, r.status, r.outcome) for r in one.records]
    assert seen == [
        ("desk", "list", "GET", "/x", 1, 503, Outcome.RETRY),
        ("desk", "list", "GET", "/x", 2, 200, Outcome.APPLIED),
    ]


def test_observer_that_fails_is_no_matter_of_the_call(desk: Open, logged: list[Any]) -> None:
    """A measurement that breaks does not make a call that was applied look failed."""
    one = desk(reply(201, {"id": 1}))
    one.connection._observer = lambda record: 1 / 0
    assert one.client.send(POST).status == 201
    assert logged[-1] == {"event": "observer failed", "kind": "ZeroDivisionError", "log_level": "warning"}


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit(), MemoryError()])
def test_interrupted_call_leaves_everything_usable(desk: Open, interrupt: BaseException) -> None:
    """Whatever stops a thread in the middle of a call, the next call finds room, and nothing was made again."""

    def stop(_: object) -> Any:
        raise interrupt

    one = desk(*[stop] * 3, reply(200, {}), concurrency=1)
    for _ in range(3):
        with pytest.raises(type(interrupt)):
            one.client.send(POST)
    assert (one.client.send(GET).status, len(one.calls)) == (200, 4)


# -- the circuit ----------------------------------------------------------------------------------------------


def test_storm_opens_the_circuit(desk: Open) -> None:
    """A system that only fails is left alone after so many calls, and says so; nothing of the next call is sent."""
    one = desk(PAGE)
    errors = [type(failure(one, GET)) for _ in range(8)]
    assert (len(one.calls), errors[-4:]) == (LIMIT, [Unavailable] * 4)
    assert str(failure(one, POST)).startswith("desk is in trouble; calls are held back for 30 s. Nothing is lost")


def test_probe_closes_the_circuit(desk: Open) -> None:
    """After the pause one call goes through; when it works all do."""
    one = desk(*[PAGE] * LIMIT, reply(200, {}))
    for _ in range(5):
        failure(one, GET)
    one.clock.advance(PAUSE)
    assert [one.client.send(GET).status for _ in range(3)] == [200] * 3


def test_other_systems_go_on(desk: Open) -> None:
    """The circuit of one system says nothing of the others behind the gateway."""
    one = desk(*[PAGE] * LIMIT, reply(200, {}))
    other = one.client.system.model_copy(update={"system": "crm"})
    for _ in range(5):
        failure(one, GET)
    assert SystemClient(one.connection, other, resolve=secret).send(GET).status == 200
    assert type(failure(one, GET)) is Unavailable


@pytest.mark.parametrize("answer", [reply(422), reply(404), reply(409), reply(301)])
def test_refusals_are_answers(desk: Open, answer: Reply) -> None:
    """However many records a system refuses, it works: its circuit stays closed."""
    one = desk(answer)
    for _ in range(LIMIT * 2):
        assert type(failure(one, PATCH)) is not Unavailable
    assert len(one.calls) == LIMIT * 2
