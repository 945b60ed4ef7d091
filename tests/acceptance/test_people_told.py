"""What an operator is told of people that are looked up, and of tickets that wait for others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ebond.testing.fake_people import peopled
from ebond.testing.wiring import PRESETS
from tests.acceptance.desk import BOND, Desk, open_desk

BY_MAIL = {"left": {"resource": "user", "by": "email"}, "right": {"resource": "user", "by": "email"}}
RULES = [
    {"left": "title", "right": "title"},
    {"left": "assignee", "right": "assignee", "lookup": BY_MAIL},
    {"left": "parent", "right": "parent", "link": {}},
]
IN_SCOPE = {"scope": [{"field": "status", "not_in": ["held"]}]}


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Desk]:
    """A bond with one ticket whose assignee is known on both sides, and one of nobody's with a parent out of scope."""
    kind = peopled(PRESETS["plain"](), parent=True)
    with open_desk(tmp_path, kind, kind, rules=RULES, bond={"left": IN_SCOPE}) as desk:
        assert desk.left.people
        assert desk.right.people
        desk.left.people.joins("ann@example.org", id="l-ann")
        desk.left.people.joins("bob@example.org", id="l-bob")
        desk.right.people.joins("Ann@example.org", id="r-ann")
        for title, status, more in (
            ("one", "new", {"assignee": "l-ann"}),
            ("parent", "held", {}),
            ("two", "new", {"assignee": "l-bob", "parent": "2"}),
        ):
            desk.left.system.person_creates({"title": title, "status": status, **more})
        yield desk


def test_an_operator_sees_who_is_meant_and_what_waits(staffed: Desk) -> None:
    """Plan shows who it will be, explain by what key, status what waits; after the repair retry has it carried."""
    preview = staffed.run("plan", BOND).out
    assert "assignee = r-ann" in preview
    assert "assignee: parked, nobody on the right side is the one that is 'l-bob' here" in preview
    assert "parent: parked, waits for left '2' to be bonded" in preview
    assert staffed.run("sync", BOND).code == 0
    told = staffed.run("explain", BOND, "1", "--side", "left").out
    assert "left  l-ann by ann@example.org is r-ann there" in told
    told = staffed.run("explain", BOND, "3", "--side", "left").out
    assert "left  l-bob by bob@example.org is nobody there" in told
    assert "left  2 is not bonded" in told
    details = staffed.run("status", BOND, "--json").json["bonds"][0]["details"]
    assert [[one["field"] for one in details[key]] for key in ("parked_fields", "waiting")] == [
        ["assignee"],
        ["parent"],
    ]
    staffed.right.people.joins("bob@example.org", id="r-bob")
    staffed.left.system.person_edits("2", status="open")
    assert staffed.run("retry", BOND).code == 0
    assert staffed.run("sync", BOND).code == 0
    values = staffed.right.system.values("2")
    assert (values["assignee"], values["parent"]) == ("r-bob", "3")


def test_check_looks_somebody_up(staffed: Desk) -> None:
    """Each side is asked for somebody by the key; a search that finds nobody is an error that stops nothing."""
    found = staffed.run("check", "--json").json["findings"]
    said = [one["text"] for one in found if one["resource"] == "right/user"]
    assert said == ["a record is found by its 'email'", "a read by id shows its 'email'"]
    staffed.redefine("right", lambda it: it["resources"]["user"]["search"]["email"].update(params={"login": "{value}"}))
    done = staffed.run("check", "--json")
    levels = [(one["level"], one["text"]) for one in done.json["findings"] if one["resource"] == "right/user"]
    assert (done.code, levels[0]) == (
        1,
        ("error", "a record is not found by its own 'email': see 'search' of the resource"),
    )
