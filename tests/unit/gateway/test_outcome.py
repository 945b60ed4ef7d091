"""What answers mean for the call that got them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.answers import ErrorRule
from ebond.gateway import signs
from ebond.gateway.evidence import Evidence
from ebond.gateway.outcome import RULES, Outcome, classify
from ebond.gateway.user_rules import compile_rules
from tests.unit.gateway.vendor_answers import ROWS


def evidence(
    method: str, status: int, body: Any = None, headers: dict[str, str] | None = None, **facts: Any
) -> Evidence:
    """Build an answer; GET is safe, POST creates."""
    content = body.encode() if isinstance(body, str) else b"" if body is None else orjson.dumps(body)
    given = {"content-type": "application/json", **(headers or {})}
    known = {"safe": method == "GET", "creating": method == "POST"}
    return Evidence(method, status, given, content, **{**known, **facts})


CONDITIONAL = evidence("PUT", 412, conditional=True)
OF_A_FILE = [evidence("GET", 302, file=True), evidence("POST", 415, file=True)]
SEEN = [
    CONDITIONAL,
    *OF_A_FILE,
    *(evidence(method, status, body, headers) for _, method, status, body, headers, _ in ROWS),
]


@pytest.mark.parametrize(
    ("method", "status", "body", "headers", "outcome"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_answer_means(method: str, status: int, body: Any, headers: dict[str, str], outcome: Outcome) -> None:
    """Each answer that vendors are known to give means one thing for the call that got it."""
    assert classify(evidence(method, status, body, headers)).outcome is outcome


def test_conditional_create_finds_its_record() -> None:
    """A PUT that must not find anything and does says that the record exists."""
    assert classify(CONDITIONAL).outcome is Outcome.EXISTS


def test_a_refused_file_stops_nobody() -> None:
    """A file that lies elsewhere, or whose type is not taken, is refused; the bond goes on."""
    assert [classify(one).outcome for one in OF_A_FILE] == [Outcome.REFUSED] * 2


def test_every_row_of_the_table_is_reached() -> None:
    """No row of the table stands behind others that always match first."""
    reached = {id(next(rule for rule in RULES if rule.when(seen))) for seen in SEEN}
    assert [rule.why for rule in RULES if id(rule) not in reached] == []


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_every_status_means_something(method: str) -> None:
    """No status is without an outcome, and no 5xx or odd one lets a write be made again."""
    for status in (100, 101, *range(200, 601), 999):
        verdict = classify(evidence(method, status))
        assert verdict.why
        if method != "GET" and not 200 <= status < 500:
            assert verdict.outcome in (Outcome.UNKNOWN, Outcome.STOP)


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"<", b"[" * 100_000, b'{"error":', b"null", b'"', b"{}" * 9])
def test_no_body_is_too_odd(content: bytes) -> None:
    """Whatever a body holds, the verdict comes from the table."""
    for status in (200, 302, 400, 401, 403, 404, 409, 429, 500, 503):
        assert classify(Evidence("POST", status, {}, content, safe=False, creating=True)).why


CODES: list[tuple[frozenset[str], int, Outcome]] = [
    (signs.QUOTA_CODES, 403, Outcome.RATE_LIMITED),
    (signs.EXPIRED_CODES, 400, Outcome.REAUTH),
    (signs.CLIENT_CODES, 403, Outcome.STOP),
    (signs.UNSUBSCRIBED_CODES, 403, Outcome.STOP),
    (signs.NO_ROUTE_CODES, 404, Outcome.STOP),
]


@pytest.mark.parametrize(("codes", "status", "outcome"), CODES)
def test_codes_are_known_wherever_errors_keep_them(codes: frozenset[str], status: int, outcome: Outcome) -> None:
    """Each code counts in every shape of error that vendors use, however it is spelled."""
    for code in codes:
        shapes = ({"error": code}, {"errors": [{"extensions": {"code": code.upper()}}]}, [{"errorCode": code}])
        deep = {"fault": {"detail": {"errorcode": f"some.policy.{code}"}}}
        xml = f"<e:Envelope><e:Fault><code>{code}</code></e:Fault></e:Envelope>"
        assert {classify(evidence("PATCH", status, body)).outcome for body in (*shapes, deep, xml)} == {outcome}


SAID = [
    "quotaexceeded", "quota exceeded", "invalid_token", "the token expired", "invalid client", "already exists",
    "no route matched", "the requested url", "missing authentication token", "<html>", "53", "42",
]  # fmt: skip
TOLD = st.sampled_from(["code", "message", "error", "errors", "type", "detail", "fault", "description", "title"])
BODIES = st.recursive(
    st.sampled_from(SAID) | st.sampled_from([42, 53, 41, True, None]),
    lambda inner: st.dictionaries(TOLD, inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=6,
)


@given(BODIES, st.sampled_from(["POST", "PATCH"]), st.sampled_from([500, 502, 503, 504, 520, 599]))
def test_no_words_of_a_system_have_a_write_made_again(body: Any, method: str, status: int) -> None:
    """A system that fails may have written before, whatever it says: only the gateway's own policies prove else."""
    assert classify(evidence(method, status, body)).outcome is Outcome.UNKNOWN


@given(BODIES, st.sampled_from([200, 201]))
def test_no_words_make_a_record_of_an_error_or_an_error_of_a_record(body: Any, status: int) -> None:
    """A 2xx with a record in it is done whatever the record says; one without is never told apart by its words."""
    record = {**body, "id": "7"} if isinstance(body, dict) else {"id": "7", "title": body}
    assert classify(evidence("PATCH", status, record)).outcome is Outcome.APPLIED
    assert classify(evidence("PATCH", status, body)).outcome in (Outcome.APPLIED, Outcome.UNKNOWN)


def rules(*documents: dict[str, Any]) -> Any:
    return compile_rules(ErrorRule.model_validate(document) for document in documents)


RULE_CASES: list[tuple[str, dict[str, Any], bool]] = [
    ("status", {"status": [200, 422]}, True),
    ("other status", {"status": [201]}, False),
    ("verb", {"method": ["PATCH"]}, True),
    ("other verb", {"method": ["GET"]}, False),
    ("header", {"header": {"X-Kind": "^bad"}}, True),
    ("missing header", {"header": {"X-Other": ""}}, False),
    ("text in the body", {"body": {"/state": "^fail"}}, True),
    ("boolean as the body writes it", {"body": {"/ok": "false"}}, True),
    ("boolean", {"body": {"/ok": False}}, True),
    ("a number is no boolean", {"body": {"/ok": 0}}, False),
    ("number", {"body": {"/code": 7}}, True),
    ("number by pattern", {"body": {"/code": "^7$"}}, True),
    ("anything but null", {"body": {"/more": "."}}, True),
    ("null never matches", {"body": {"/none": ".*"}}, False),
    ("missing never matches", {"body": {"/nowhere": ".*"}}, False),
    ("inside of a list", {"body": {"/rows/0/state": "error"}}, True),
    ("words", {"text": "(?i)FAIL"}, True),
    ("all parts", {"status": [200], "body": {"/ok": False}, "text": "fail"}, True),
    ("all but one part", {"status": [200], "body": {"/ok": True}, "text": "fail"}, False),
]


@pytest.mark.parametrize(("when", "matches"), [row[1:] for row in RULE_CASES], ids=[row[0] for row in RULE_CASES])
def test_row_of_a_definition(when: dict[str, Any], matches: bool) -> None:
    """A row matches where every part of it does, on values as the answer writes them."""
    body = {"state": "failed", "ok": False, "code": 7, "none": None, "more": {"a": 1}, "rows": [{"state": "error"}]}
    seen = evidence("PATCH", 200, body, {"x-kind": "badly"})
    verdict = classify(seen, rules({"when": when, "is": "refused", "why": "ours"}))
    assert (verdict.outcome, verdict.why) == ((Outcome.REFUSED, "ours") if matches else (Outcome.APPLIED, "done"))


def test_first_row_of_a_definition_wins() -> None:
    """Rows of a definition come before ebond's, in their order."""
    table = rules(
        {"when": {"status": [429], "text": "daily"}, "is": "stop"}, {"when": {"status": [429]}, "is": "retry"}
    )
    assert classify(evidence("GET", 429, "daily limit"), table).outcome is Outcome.STOP
    assert classify(evidence("GET", 429), table).outcome is Outcome.RETRY
