"""Whatever is wrong gets a clear error, and nothing is lost: issue by issue, as an operator sees it."""

from __future__ import annotations

import re
import socket

import pytest

from ebond.testing import faults
from ebond.testing.interference import reads, writes
from ebond.testing.row_faults import empty_list, rows, spoiled, without
from tests.acceptance.desk import BOND


def last_line(done):
    return done.err.strip().splitlines()[-1]


def test_a_typo_in_the_yaml_is_shown_with_its_place_and_the_nearest_name(desk):
    """File, line, column, and the word that was meant; nothing is called."""
    desk.redefine("bond", lambda bond: bond.update(matsh={}))
    done = desk.run("sync", BOND)
    assert (done.code, done.out, desk.left.transport.calls) == (3, "", [])
    first, second = done.err.splitlines()
    assert first == "error: 1 problem in the definitions:"
    assert re.fullmatch(r".*/bond\.yaml:\d+:\d+: .*'matsh'.*'match'.*", second)


def test_every_problem_of_a_load_is_shown_at_once(desk):
    """Two files with a fault each: both are told."""
    desk.redefine("bond", lambda bond: bond.update(matsh={}))
    desk.redefine("left", lambda system: system.update(gatewai="x"))
    done = desk.run("check", "--offline", "--json")
    assert (done.code, done.json["error"], len(done.json["problems"])) == (3, "DefinitionError", 2)


@pytest.mark.parametrize("command", [("check",), ("sync", BOND), ("plan", BOND)], ids=lambda command: command[0])
def test_a_missing_secret_is_named_and_nothing_is_called(desk, command):
    """The variable's name, and what to do."""
    del desk.environ["FAKE_SECRET"]
    done = desk.run(*command)
    assert (done.code, done.out, desk.left.transport.calls) == (3, "", [])
    assert "the environment variable FAKE_SECRET is not set" in done.err
    assert "Set FAKE_SECRET before you start ebond" in done.err


def test_status_needs_no_secret(synced):
    """Looking is possible for whoever may not write."""
    del synced.environ["FAKE_SECRET"]
    assert synced.run("status").code == 0


def test_an_unreachable_gateway_fails_the_run_with_its_address(synced):
    """Which host and port did not answer; the bond is tried again by the next run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    synced.redefine("right-gateway", lambda gateway: gateway.update(base_url=f"http://{address}"))
    synced.redefine("right-gateway", lambda gateway: gateway["auth"].update(token_url=f"http://{address}/oauth/token"))
    done = synced.run("sync", BOND)
    assert done.code == 1
    assert f"http://{address}" in done.out
    previewed = synced.run("plan", BOND)
    assert (previewed.code, previewed.out.partition(":")[0]) == (1, "nothing is known")


def test_a_wrong_client_secret_stops_the_bond_after_one_call(synced):
    """Exit code 4, the reason in the status, one token request for a gateway, and the way out works."""
    before = synced.right.gateway.calls["token_refused"]
    done = synced.run("sync", BOND, environ={"FAKE_SECRET": "wrong-and-secret"})
    assert (done.code, synced.right.gateway.calls["token_refused"] - before <= 1) == (4, True)
    assert "invalid_client" in done.out
    assert "wrong-and-secret" not in done.out + done.err
    stopped = synced.run("status", "--json")
    (bond,) = stopped.json["bonds"]
    assert (stopped.code, bond["state"]) == (1, "stopped")
    assert "invalid_client" in bond["reason"]
    assert synced.run("sync", BOND).code == 0
    assert synced.run("status", "--json").json["bonds"][0]["state"] == "ok"


UNREADABLE = {"login page": faults.login_page, "truncated": faults.truncate, "server error": faults.answer(500)}


@pytest.mark.parametrize("fault", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_list_that_cannot_be_read_changes_nothing(synced, fault):
    """A web page or half a document is an error and no empty list; the edit is carried by the next run."""
    synced.left.system.person_edits("1", title="edited")
    synced.right.faults.always(fault, when=reads)
    done = synced.run("sync", BOND)
    assert done.code in (1, 4)
    assert synced.right.system.values("1")["title"] == "incident 0"
    synced.right.faults.clear()
    assert synced.run("sync", BOND).code == 0
    assert synced.right.system.values("1")["title"] == "edited"


def test_a_login_page_is_called_one_and_the_request_is_named(synced):
    """What came, from where, and the ids to ask the gateway's team with."""
    synced.right.faults.always(faults.login_page, when=reads)
    done = synced.run("sync", BOND)
    assert done.code == 4
    assert re.search(r"GET /tickets on right: a web page came instead of data.*request [0-9a-f]{32}", done.out)


def test_an_empty_list_where_many_stood_is_an_alarm(desk):
    """Nothing is taken for deleted, nothing is created anew."""
    for number in range(25):
        desk.left.system.person_creates({"title": f"incident {number}", "status": "new"})
    assert desk.run("sync", BOND).code == 0
    desk.redefine("bond", lambda bond: bond.update(right={"params": {"site": "north"}}))
    desk.right.faults.always(empty_list(), when=reads)
    done = desk.run("sync", BOND)
    assert done.code == 1
    assert "right shows an empty list where 25 records stood; nothing was changed" in done.out
    assert (len(desk.right.system.ids()), len(desk.left.system.ids())) == (25, 25)


SPOILED = {"without an id": without("id"), "with a date that is none": spoiled("updated")}


@pytest.mark.parametrize("fault", SPOILED.values(), ids=SPOILED.keys())
def test_one_bad_row_never_stops_the_others(desk, fault):
    """The others are created; the bad one is told, and taken once it is whole."""
    for number in range(3):
        desk.left.system.person_creates({"title": f"incident {number}", "status": "new"})
    desk.left.faults.always(fault, when=reads)
    done = desk.run("sync", BOND, "--json")
    assert (done.json["books"]["failed"], len(done.json["held"])) == (1, 1)
    assert len(desk.right.system.ids()) == 2
    desk.left.faults.clear()
    desk.left.system.person_edits(desk.left.system.ids()[0], urgency=1)
    assert desk.run("sync", BOND).code == 0
    assert len(desk.right.system.ids()) == 3


def test_an_unmapped_status_parks_its_field_alone(synced):
    """The title of the same record goes on, and status says what is missing where."""

    def odd(found):
        for row in found:
            if row["id"] == "1":
                row["status"] = "on the moon"

    synced.left.system.person_edits("1", title="edited")
    synced.left.faults.always(rows(odd), when=reads)
    done = synced.run("sync", BOND, "--json")
    assert (done.code, synced.right.system.values("1")["title"]) == (0, "edited")
    ((held),) = done.json["held"]
    assert (held["what"], held["left"], held["right"], held["field"]) == ("parked", "1", "1", "status")
    assert "on the moon" in held["reason"]
    shown = synced.run("status", BOND).out
    assert "Parked fields: the rest of their links goes on (1)" in shown
    assert "status: left 1 ↔ right 1" in shown


def test_a_text_that_is_too_long_parks_its_field_alone(synced):
    """Declared shorter on the other side: the field is parked with both lengths, the status goes on."""
    synced.redefine("right", lambda system: system["resources"]["ticket"]["fields"]["title"].update(max=20))
    synced.left.system.person_edits("1", title="a title of more than twenty letters", status="open")
    done = synced.run("sync", BOND, "--json")
    assert [(one["what"], one["field"]) for one in done.json["held"]] == [("parked", "title")]
    assert "20" in done.json["held"][0]["reason"]
    assert synced.right.system.values("1")["status"] == "open"


def test_two_candidates_for_one_match_are_set_aside(desk):
    """None is linked and none created; the way out is to make them differ."""
    desk.redefine("bond", lambda bond: bond.update(match={"keys": [["title"]]}))
    desk.left.system.person_creates({"title": "twin", "status": "new"})
    for _ in range(2):
        desk.right.system.person_creates({"title": "twin", "status": "new"})
    done = desk.run("sync", BOND)
    assert "more than one candidate for the match on title: 1 on the left and 2 on the right" in done.out
    assert (len(desk.left.system.ids()), len(desk.right.system.ids())) == (1, 2)
    desk.right.system.person_edits("2", title="another")
    assert desk.run("sync", BOND).code == 0
    assert (len(desk.left.system.ids()), len(desk.right.system.ids())) == (2, 2)


def test_a_record_that_is_refused_never_stops_the_others(desk):
    """One create is refused: it is set aside with the reason and the request, the others are made."""
    for number in range(3):
        desk.left.system.person_creates({"title": f"incident {number}", "status": "new"})
    desk.right.faults.next(faults.answer(422), when=writes)
    done = desk.run("sync", BOND)
    assert done.code == 0
    assert re.search(r"set aside: left \d: .*refused \(422\), request [0-9a-f]{32}", done.out)
    assert len(desk.right.system.ids()) == 2
    assert desk.run("retry", BOND).out == "1 record will be tried again at the next `ebond sync fake-bond`\n"
    assert desk.run("sync", BOND).code == 0
    assert len(desk.right.system.ids()) == 3
