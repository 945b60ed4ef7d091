"""A ticket that names another one: the partner of that one is named on the other side, as soon as there is one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing.wiring import PRESETS
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.test_every_crash import Points
from tests.scenarios.world import BOND

KINDS = ("plain", "bare", "versioned", "kinto", "roundup", "servicenow")


def naming(kind="plain", **field):
    """Return a kind of system whose tickets name a parent and related ones."""
    preset = PRESETS[kind]()
    resource = preset.resource.model_dump()
    resource["fields"]["parent"] = {"path": "/parent", **field}
    resource["fields"]["related"] = {"path": "/related", "type": "list", "ordered": False, "empty": "list"}
    return replace(preset, resource=type(preset.resource).model_validate(resource))


def family(world, left=None, right=None, *, rule=None, related=None, **kwargs):
    """Return a world whose tickets name their parents."""
    reference = {"left": "parent", "right": "parent", "link": {}, **(rule or {})}
    rules = [{"left": "title", "right": "title"}, reference]
    if related is not None:
        rules.append({"left": "related", "right": "related", "link": {}, **related})
    return world(left or naming(), right or naming(), mapping={"fields": rules}, **kwargs)


def opened(it, title, side=Side.LEFT, record_id=None, **values):
    end = it.end(side)
    base = {"title": title, "status": end.preset.statuses[0]}
    return end.system.person_creates({**base, **values}, record_id=record_id)


def there(it, record, side=Side.LEFT):
    """Return the parent that a record's partner has, by the id that the record's own side knows it by."""
    parent = it.value(side.other, it.partner(side, record), "parent")
    return parent and it.partner(side.other, str(parent))


def waiting(it):
    return [(what, reason) for what, _, reason in it.held()]


@pytest.mark.parametrize("right", KINDS)
@pytest.mark.parametrize("left", KINDS)
def test_a_child_made_before_its_parent_gets_it_in_the_same_run(world, left, right):
    """37: both are new, and the child comes first: it is made without its parent, which is written when it is there."""
    it = family(world, naming(left), naming(right))
    parent = opened(it, "parent", record_id="9")
    child = opened(it, "child", record_id="1", parent=parent)
    it.sync()
    same_run = there(it, child) == parent
    it.settle()
    assert (there(it, child), it.held()) == (parent, [])
    assert same_run or left == "bare" or right == "bare"


@pytest.mark.parametrize("side", list(Side))
def test_a_parent_that_comes_later_is_waited_for_without_a_call(world, side):
    """37: a parent out of scope: the field waits and says for what; when it comes, the field goes by itself."""
    it = family(world, bond={str(side): {"scope": [{"field": "status", "not_in": ["held"]}]}})
    parent = it.end(side).system.person_creates({"title": "parent", "status": "held"})
    child = opened(it, "child", side, parent=parent)
    it.settle()
    held = waiting(it)
    with it.counting() as calls:
        it.sync()
    it.end(side).system.person_edits(parent, status="open")
    writes = it.write_count()
    it.settle()
    assert held == [("waiting", f"waits for {side} {parent!r} to be bonded")]
    assert {call.partition("?")[0] for call in calls["left"] + calls["right"]} <= {
        "GET /l/v1/tickets",
        "GET /r/v1/tickets",
    }
    assert (there(it, child, side), it.held(), it.write_count() - writes) == (parent, [], 2)


def test_a_child_that_is_edited_goes_on_without_its_parent(world):
    """37: what waits keeps nothing else back, in either direction."""
    it = family(world, bond={"left": {"scope": [{"field": "status", "not_in": ["held"]}]}})
    parent = it.left.system.person_creates({"title": "parent", "status": "held"})
    child = opened(it, "child", parent=parent)
    it.settle()
    it.left.system.person_edits(child, title="edited")
    it.settle()
    it.right.system.person_edits(it.partner(Side.LEFT, child), title="edited again")
    it.settle()
    assert (it.pair(child)[0]["title"], it.pair(child)[1]["title"]) == ("edited again", "edited again")
    assert [what for what, _ in waiting(it)] == ["waiting"]


def test_tickets_that_name_each_other_are_made_and_then_named(world):
    """37: a circle, and one that names itself: creates go without, and each reference is one update."""
    it = family(world)
    one, two, three = (opened(it, name) for name in ("one", "two", "three"))
    for child, parent in ((one, two), (two, one), (three, three)):
        it.left.system.person_edits(child, parent=parent)
    it.settle()
    assert ([there(it, child) for child in (one, two, three)], it.held()) == ([two, one, three], [])
    assert it.write_count() == 6


def test_a_reference_goes_both_ways(world):
    """A parent that is chosen, changed and taken away on either side is so on the other; then it is quiet."""
    it = family(world)
    one, two, three = (opened(it, name) for name in ("one", "two", "three"))
    it.settle()
    theirs = {record: it.partner(Side.LEFT, record) for record in (one, two, three)}
    for side, parent in ((Side.LEFT, two), (Side.RIGHT, three), (Side.RIGHT, None), (Side.LEFT, three)):
        child, wanted = (one, parent) if side is Side.LEFT else (theirs[one], parent and theirs[parent])
        it.end(side).system.person_edits(child, parent=wanted)
        before = it.write_count()
        it.settle()
        assert (it.value(Side.LEFT, one, "parent"), there(it, one)) == (parent, parent)
        assert it.write_count() - before == 1
    assert it.held() == []


@pytest.mark.parametrize(("left", "right"), [("plain", "plain"), ("bare", "versioned")])
def test_a_crash_at_any_place_between_create_and_reference(world, left, right):
    """25, 37: whoever dies where, both are made once, and the child has its parent in the end."""
    for at in itertools.count(step=1 if LONG else 5):
        it = family(world, naming(left), naming(right))
        parent, child = opened(it, "parent", record_id="9"), opened(it, "child", record_id="1", parent="9")
        points = Points(it, at)
        points.sync()
        it.settle()
        assert (there(it, child), len(it.right.system.ids()), it.held()) == (parent, 2, [])
        it.close()
        if points.passed < at:
            break
    assert at > 10, "the run has places to die at"


# -- required -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [{"required": True}, {"write": "create_only"}])
def test_a_child_that_cannot_be_without_its_parent_is_made_after_it(world, field):
    """37: where the other side makes none without a parent, or never takes one later, the child waits for it."""
    rule = {"direction": "to_right", "default": {"right": "none"}}
    it = family(world, right=naming(**field), rule=rule, bond={"left": {"create": False}})
    parent = opened(it, "parent", record_id="9")
    child = opened(it, "child", record_id="1", parent="9")
    report = it.sync()
    assert (report.books.created, report.books.held, there(it, child)) == (2, 0, parent)
    assert [line for line in it.journal() if line in ("held", "created")] == ["held", "created", "created"]
    it.settle()
    it.store.touch_met(BOND)
    assert (it.held(), it.store.summary(BOND).dirty) == ([], 0)


def _parent(it):
    return it.mapping.fields[1].model_dump()


def test_a_circle_of_those_that_cannot_be_without_each_other_is_told(world):
    """37: nobody can make the first of them: all are set aside, and say why; take one out, and the rest follows."""
    it = family(world, right=naming(required=True))
    it.redefine(mapping={"fields": [it.mapping.fields[0].model_dump(), {**_parent(it), "default": {"right": "none"}}]})
    ids = [opened(it, name, record_id=name) for name in ("a", "b", "c")]
    for child, parent in zip(ids, ("b", "c", "a"), strict=True):
        it.left.system.person_edits(child, parent=parent)
    it.sync()
    it.sync()
    circle = "parent is required on the right side, and these name each other: left c → a → b → c"
    assert [(what, reason.partition(";")[0]) for what, reason in waiting(it)] == [("record", circle)] * 3
    it.left.system.person_edits("b", parent=None)
    it.settle()
    assert ([there(it, one) for one in ("a", "c")], it.held()) == (["b", "a"], [])


# -- never bonded ---------------------------------------------------------------------------------------------

OUT = {"left": {"scope": [{"field": "status", "not_in": ["held"]}]}}


@pytest.mark.parametrize(("unbonded", "shown"), [("wait", None), ("drop", None), ("default", "root")])
def test_what_is_never_bonded(world, unbonded, shown):
    """A parent out of scope is waited for, left out, or stood in for; none of it comes back to the child."""
    it = family(world, rule={"link": {"unbonded": unbonded}, "default": {"right": "root"} if shown else {}}, bond=OUT)
    if shown:
        it.redefine(mapping={"fields": [it.mapping.fields[0].model_dump(), {**_parent(it), "direction": "to_right"}]})
    parent = it.left.system.person_creates({"title": "parent", "status": "held"})
    child = opened(it, "child", parent=parent)
    it.settle()
    it.left.system.person_edits(child, title="later")
    it.settle()
    assert (it.value(Side.RIGHT, it.partner(Side.LEFT, child), "parent"), it.value(Side.LEFT, child, "parent")) == (
        shown,
        parent,
    )
    assert [what for what, _ in waiting(it)] == (["waiting"] if unbonded == "wait" else [])


@pytest.mark.parametrize("unbonded", ["drop", "default"])
def test_a_parent_that_is_about_to_come_is_waited_for_all_the_same(world, unbonded):
    """In a first load nobody is given a stand-in for a parent that is made a moment later."""
    it = family(world, rule={"link": {"unbonded": unbonded}, "direction": "to_right", "default": {"right": "root"}})
    parent, child = opened(it, "parent", record_id="9", parent="9"), opened(it, "child", record_id="1", parent="9")
    it.settle()
    assert (there(it, child), it.held()) == (parent, [])
    history = [one.after for one in it.right.system.history if one.field == "parent"]
    assert "root" not in history


def test_a_parent_that_is_never_created_there_is_not_waited_for(world):
    """Where the bond makes no records on the other side, one that has no partner is not about to get one."""
    rule = {"link": {"unbonded": "drop"}, "direction": "to_right"}
    it = family(world, rule=rule, bond={"right": {"create": False}, "match": {"keys": [["title"]]}})
    parent = opened(it, "parent")
    opened(it, "child", Side.RIGHT)
    child = opened(it, "child", parent=parent)
    it.settle()
    assert (it.pair(child)[1].get("parent"), it.held()) == (None, [])


# -- in another bond ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [BOND, "problems"])
def test_a_record_of_another_bond_is_named_and_waited_for(world, first):
    """37: an incident names a problem that has a bond of its own: whichever of the two runs first."""
    it = family(world, rule={"link": {"bond": "problems"}}, bond=_only("^incident"))
    defined = it.bench.definitions
    titles = it.mapping.model_copy(update={"mapping": "titles", "fields": it.mapping.fields[:1]})
    problems = it.bond.model_validate(
        {**it.bond.model_dump(by_alias=True), "bond": "problems", "mapping": "titles", **_only("^problem")}
    )
    it.bench.definitions = replace(
        defined, mappings={**defined.mappings, "titles": titles}, bonds={**defined.bonds, "problems": problems}
    )
    problem = opened(it, "problem", record_id="9")
    incident = opened(it, "incident", parent=problem)
    for name in (first, *{BOND, "problems"} - {first}, BOND):
        assert run_bond(it.bench.bond(name), owner="a test").ok
    partner = dict(it.store.links_of("problems"))[problem]
    assert (it.value(Side.RIGHT, it.partner(Side.LEFT, incident), "parent"), it.held()) == (partner, [])


def _only(title):
    scope = {"scope": [{"field": "title", "matches": title}]}
    return {"left": scope, "right": scope}


def test_what_could_be_no_id_is_parked(world):
    """A value that no record goes by is not looked for, nor waited for."""
    it = family(world)
    opened(it, "child", parent="a\x00b")
    it.settle()
    assert waiting(it) == [("parked", "a text of 3 characters names no record")]


# -- what becomes of the named one ------------------------------------------------------------------------------


def test_a_parent_whose_partner_was_deleted_is_waited_for_anew(world):
    """37: nobody is given the name of a record that is not there any more."""
    it = family(world, naming("kinto"), naming("kinto"))
    parent, child = opened(it, "parent"), opened(it, "child")
    it.settle()
    it.right.system.person_deletes(it.partner(Side.LEFT, parent))
    it.settle()
    it.left.system.person_edits(child, parent=parent)
    it.settle()
    assert it.held() == [("waiting", "parent", f"waits for left {parent!r} to be bonded anew: its partner was deleted")]


def test_lists_of_references_are_carried_when_all_of_them_have_partners(world):
    """Related tickets: the list goes over as one, and merges where both sides changed it."""
    it = family(world, related={"conflict": "merge"})
    one = opened(it, "one", record_id="1", related=["3", "4"])
    others = [opened(it, name, record_id=name) for name in ("3", "4", "5", "6")]
    it.settle()
    mine = it.partner(Side.LEFT, one)
    first = [it.partner(Side.RIGHT, each) for each in it.value(Side.RIGHT, mine, "related")]
    theirs = [it.partner(Side.LEFT, each) for each in others]
    it.left.system.person_edits(one, related=["3", "4", "5"])
    it.right.system.person_edits(mine, related=[theirs[1], theirs[3]])
    it.settle()
    assert (sorted(first), sorted(it.value(Side.LEFT, one, "related")), it.held()) == (["3", "4"], ["4", "5", "6"], [])
    assert sorted(it.value(Side.RIGHT, mine, "related")) == sorted([theirs[1], theirs[2], theirs[3]])
