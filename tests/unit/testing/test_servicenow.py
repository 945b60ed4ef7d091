"""The fake of ServiceNow's Table API has the habits that the real one is known for."""

from __future__ import annotations

from urllib.parse import quote

import orjson
import pytest

from ebond.gateway.wire import Raw
from ebond.testing.clock import ManualClock
from ebond.testing.servicenow import ServiceNow, cancelled
from tests.unit.testing.calling import ADDRESS, Caller

TABLE = "/api/now/table/incident"
JOURNAL = "/api/now/table/sys_journal_field"
SOLVED = {"close_code": "Solution provided", "close_notes": "done"}


@pytest.fixture
def now():
    return ServiceNow(ManualClock())


@pytest.fixture
def call(now):
    return Caller(now)


def numbers(call, query="", **params):
    asked = "&".join(f"{name}={value}" for name, value in params.items())
    _, body = call("GET", f"{TABLE}?sysparm_query={quote(query)}&{asked}")
    return [row["number"][-1] for row in body["result"]]


def test_everything_is_text_and_nothing_is_null(call):
    """Numbers, flags and empty values read back as texts; unknown fields and system fields are passed over."""
    body = {"short_description": 7, "impact": 2, "active": True, "close_notes": None, "u_none": "x", "sys_id": "mine"}
    status, answer = call("POST", TABLE, body)
    row = answer["result"]
    assert status == 201
    assert {type(value) for value in row.values()} == {str}
    assert (row["short_description"], row["impact"], row["close_notes"]) == ("7", "2", "")
    assert "u_none" not in row
    assert row["sys_id"] != "mine"


def test_a_query_is_kept_as_far_as_it_means_something(now, call):
    """What names no column is ignored and the rest executed, so a typo finds everything."""
    for number in range(4):
        now.person_opens(short_description=f"n{number}", urgency=str(1 + number % 2))
    assert numbers(call, "urgency=1^ORDERBYDESCnumber") == ["3", "1"]
    assert numbers(call, "urgencie=1^short_descriptionLIKEN2^ORshort_description=n0") == ["1", "3"]
    assert numbers(call, "corelation_id=x") == ["1", "2", "3", "4"]
    assert numbers(call, urgency="2") == ["2", "4"]


def test_the_limit_comes_before_the_access_rules(now, call):
    """A page is short, or empty, although more rows follow; headers tell where."""
    ids = [now.person_opens(short_description="x") for _ in range(5)]
    now.hidden = set(ids[:2])
    answer = call.raw("GET", f"{TABLE}?sysparm_limit=2&sysparm_fields=sys_id,none")
    assert (orjson.loads(answer.content), answer.headers["x-total-count"]) == ({"result": []}, "5")
    following = f"{ADDRESS}{TABLE}?sysparm_limit=2&sysparm_fields=sys_id%2Cnone&sysparm_offset=2"
    assert f'<{following}>;rel="next"' in answer.headers["link"]
    assert call("GET", f"{TABLE}/{ids[0]}")[0] == 404


def test_references_are_links_unless_they_are_left_out(now, call):
    """And display values are what people see."""
    one = now.person_opens(caller_id="abel", state="2")
    link = {"link": f"{ADDRESS}/api/now/table/sys_user/abel", "value": "abel"}
    shown = [
        call("GET", f"{TABLE}/{one}?sysparm_fields=caller_id,state{more}")[1]["result"]
        for more in ("", "&sysparm_exclude_reference_link=true", "&sysparm_display_value=all")
    ]
    assert shown[:2] == [{"caller_id": link, "state": "2"}, {"caller_id": "abel", "state": "2"}]
    assert shown[2]["state"] == {"display_value": "In Progress", "value": "2"}


def test_journal_fields_take_a_text_and_show_nothing(now, call):
    """The entries stand in a table of their own, each under an id; the record has changed with each."""
    one = now.person_opens(short_description="x")
    call("PATCH", f"{TABLE}/{one}", {"comments": "hello", "work_notes": "secret"})
    now.person_says(one, "hi")
    record = call("GET", f"{TABLE}/{one}")[1]["result"]
    assert (record["comments"], record["work_notes"], record["sys_mod_count"]) == ("", "", "2")
    _, journal = call("GET", f"{JOURNAL}?sysparm_query=element_id={one}^elementINcomments,work_notes")
    said = [(row["element"], row["value"], row["sys_created_by"]) for row in journal["result"]]
    assert said == [
        ("comments", "hello", "ebond.integration"),
        ("work_notes", "secret", "ebond.integration"),
        ("comments", "hi", "beth.anglin"),
    ]
    shown = call("GET", f"{TABLE}/{one}?sysparm_display_value=true")[1]["result"]["comments"]
    assert shown.startswith("2026-11-24 12:00:00 - beth.anglin (Additional comments)\nhi\n\n")


@pytest.mark.parametrize(("state", "needed"), [("3", {"hold_reason": "1"}), ("6", SOLVED), ("7", SOLVED)])
def test_a_state_wants_its_fields(now, call, state, needed):
    """A data policy refuses it without them, by 403 and a body that says which."""
    one = now.person_opens(short_description="x", state="2")
    status, body = call("PATCH", f"{TABLE}/{one}", {"state": state})
    assert (status, body["status"], body["error"]["message"]) == (403, "failure", "Operation Failed")
    assert body["error"]["detail"].startswith("Data Policy Exception")
    assert call("PATCH", f"{TABLE}/{one}", {"state": state, **needed})[1]["result"]["state"] == state


def test_business_rules_have_the_last_word(now, call):
    """The priority is computed whatever is written; a reopened incident loses its stamps; a hold its reason."""
    one = now.person_opens(short_description="x", impact="1", urgency="1", state="3", hold_reason="1")
    changed = call("PATCH", f"{TABLE}/{one}", {"priority": "4"})
    assert (changed[0], changed[1]["result"]["priority"], changed[1]["result"]["sys_mod_count"]) == (200, "1", "0")
    solved = call("PATCH", f"{TABLE}/{one}", {"state": "6", **SOLVED})[1]["result"]
    back = call("PATCH", f"{TABLE}/{one}", {"state": "2"})[1]["result"]
    assert (solved["hold_reason"], solved["resolved_at"], solved["active"]) == ("", "2026-11-24 12:00:00", "true")
    assert (back["resolved_at"], back["reopen_count"], back["close_code"]) == ("", "1", "Solution provided")


def test_a_closed_incident_takes_comments_and_nothing_else(now, call):
    """Its fields are refused by an access rule."""
    one = now.person_opens(short_description="x", state="7", **SOLVED)
    assert call("PATCH", f"{TABLE}/{one}", {"state": "2"})[0] == 403
    assert (call("PATCH", f"{TABLE}/{one}", {"comments": "thanks"})[0], now.said(one)) == (
        200,
        [("ebond.integration", "thanks")],
    )


def test_a_write_that_changes_nothing_is_no_update(now, call):
    """Neither the counter nor the stamp moves."""
    one = now.person_opens(short_description="x")
    now.clock.advance(60)
    row = call("PATCH", f"{TABLE}/{one}", {"short_description": "x", "urgency": "3"})[1]["result"]
    assert (row["sys_mod_count"], row["sys_updated_on"], now.writes) == ("0", "2026-11-24 12:00:00", [])


def test_errors_have_the_table_apis_form(call):
    """What is not there, what is no table, and what is no JSON."""
    missing, unknown = call("GET", f"{TABLE}/none"), call("GET", "/api/now/table/none")
    assert (missing[0], missing[1]["error"]["message"]) == (404, "No Record found")
    assert (unknown[0], unknown[1]["error"]["message"]) == (400, "Invalid table none")
    assert call("POST", TABLE, [1])[0] == 400


def test_the_rate_limit_says_when_it_ends():
    """429 with the headers that vendors document, and the limit in every answer before."""
    call = Caller(ServiceNow(ManualClock(), hourly=1))
    first, second = (call.raw("GET", TABLE) for _ in range(2))
    assert (first.status, first.headers["x-ratelimit-limit"]) == (200, "1")
    assert (second.status, second.headers["retry-after"]) == (429, "3600")
    assert orjson.loads(second.content)["error"]["message"] == "Rate limit exceeded"


def test_a_cancelled_call_is_done_and_answers_200_with_an_error(now):
    """The record is there although the answer says that something failed."""
    answer = cancelled(now, Raw("POST", ADDRESS + TABLE, {}, b'{"short_description":"x"}'))
    body = orjson.loads(answer.content)
    assert (answer.status, body["status"], len(now.writes)) == (200, "failure", 1)


def test_files_hang_to_an_incident_that_does_not_change_with_them(now, call):
    """They are taken as they are, listed by a query, read back byte by byte, and gone with their incident."""
    one = now.person_opens(short_description="x")
    place = f"/api/now/attachment/file?table_name=incident&table_sys_id={one}&file_name="
    made = now(Raw("POST", f"{ADDRESS}{place}a%20b.txt", {"Content-Type": "text/plain"}, b"\x00hello"))
    row = orjson.loads(made.content)["result"]
    assert (made.status, row["file_name"], row["size_bytes"], row["content_type"]) == (
        201,
        "a b.txt",
        "6",
        "text/plain",
    )
    assert now(Raw("GET", f"{ADDRESS}/api/now/attachment/{row['sys_id']}/file")).content == b"\x00hello"
    now.person_attaches(one, "c.txt", b"c")
    _, listed = call("GET", f"/api/now/attachment?sysparm_query=table_sys_id={one}^ORDERBYDESCfile_name")
    assert [found["file_name"] for found in listed["result"]] == ["c.txt", "a b.txt"]
    assert now.incident(one)["sys_mod_count"] == "0"
    refused = [call("POST", place + "e.txt")[0], call("POST", "/api/now/attachment/file?file_name=x", "x")[0]]
    assert (refused, call("DELETE", f"/api/now/attachment/{row['sys_id']}")[0]) == ([400, 400], 204)
    now.person_deletes(one)
    assert now.files.rows == {}


def test_people_are_found_by_what_is_known_of_them(now, call):
    """Their tables are read like any other, and not written."""
    ann, _ = (now.add("sys_user", user_name=name, email=f"{name}@example.com", active="true") for name in ("ann", "bo"))
    found = call("GET", "/api/now/table/sys_user?sysparm_query=active=true^email=ann@example.com&sysparm_fields=sys_id")
    assert found == (200, {"result": [{"sys_id": ann}]})
    assert call("POST", "/api/now/table/sys_user_group", {"name": "x"})[0] == 403
