"""People are named on both sides by what each side calls them, with the fewest calls, and nobody's choice is undone."""

from __future__ import annotations

import pytest
import structlog

from ebond.cli.plan import Preview
from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing.fake_people import peopled
from ebond.testing.faults import answer
from ebond.testing.wiring import PRESETS
from tests.scenarios.world import BOND

BY_MAIL = {"left": {"resource": "user", "by": "email"}, "right": {"resource": "user", "by": "email"}}


def assigned(world, lookup=None, *, left=None, right=None, rule=None, **kwargs):
    """Return a world whose tickets have assignees, that are looked up by their e-mail addresses."""
    rules = [
        {"left": "title", "right": "title"},
        {"left": "assignee", "right": "assignee", "lookup": lookup or BY_MAIL, **(rule or {})},
    ]
    ends = left or peopled(PRESETS["plain"]()), right or peopled(PRESETS["plain"]())
    return world(*ends, mapping={"fields": rules}, **kwargs)


def staffed(it, count, *, on=(Side.LEFT, Side.RIGHT)):
    """Give so many people accounts on both sides, with other ids; return their ids by side."""
    ids = {Side.LEFT: [], Side.RIGHT: []}
    for number in range(count):
        for side, name in ((Side.LEFT, "l"), (Side.RIGHT, "r")):
            if side in on:
                who = it.end(side).people.joins(f"p{number}@example.org", id=f"{name}{number}")
                ids[side].append(who)
    return ids


def ticket(it, assignee, title="Printer"):
    return it.left.system.person_creates({"title": title, "status": "new", "assignee": assignee})


def asked(it):
    return len(it.left.people.calls), len(it.right.people.calls)


def reasons(it):
    return [(what, field) for what, field, _ in it.held()]


def test_each_distinct_person_is_looked_up_once(world):
    """500 tickets of five people: five reads here and five searches there, on the first load and no more after it."""
    it = assigned(world, bond={"workers": 4})
    staffed(it, 5)
    ids = [ticket(it, f"l{number % 5}", f"t{number}") for number in range(500)]
    it.settle()
    assert [it.pair(one)[1]["assignee"] for one in ids] == [f"r{number % 5}" for number in range(500)]
    assert asked(it) == (5, 5)


def test_a_short_list_is_read_once(world):
    """Where the contract says that the list is short, it is read, and nobody is asked for."""
    it = assigned(world, left=peopled(PRESETS["plain"](), small=True), right=peopled(PRESETS["plain"](), small=True))
    staffed(it, 12)
    ids = [ticket(it, f"l{number % 12}", f"t{number}") for number in range(24)]
    it.sync()
    assert [it.pair(one)[1]["assignee"] for one in ids] == [f"r{number % 12}" for number in range(24)]
    assert asked(it) == (1, 1)


def test_another_process_finds_what_was_looked_up(world):
    """What one process was answered stands in the database for an hour; then it is asked for again."""
    it = assigned(world)
    staffed(it, 1)
    ticket(it, "l0", "a")
    it.sync()
    it.restart()
    ticket(it, "l0", "b")
    it.sync(after=1800.0)
    before = asked(it)
    it.restart()
    ticket(it, "l0", "c")
    it.sync(after=4000.0)
    assert (before, asked(it)) == ((1, 1), (2, 2))


def test_both_ways(world):
    """A new assignee on either side becomes the same person on the other; nobody is asked for what did not move."""
    it = assigned(world)
    staffed(it, 3)
    left = ticket(it, "l0")
    it.settle()
    right = it.partner(Side.LEFT, left)
    it.right.system.person_edits(right, assignee="r1")
    it.settle()
    first = it.value(Side.LEFT, left, "assignee")
    it.left.system.person_edits(left, assignee="l2")
    it.settle()
    calls = asked(it)
    it.left.system.person_edits(left, title="other")
    it.settle()
    assert (first, it.value(Side.RIGHT, right, "assignee"), it.held()) == ("l1", "r2", [])
    assert asked(it) == calls


def test_nobody_is_nobody(world):
    """An empty field stays empty, and costs no call."""
    it = assigned(world, {**BY_MAIL, "unknown": {"right": "desk"}})
    left = ticket(it, None)
    it.settle()
    assert ("assignee" in it.pair(left)[1], asked(it)) == (False, (0, 0))


@pytest.mark.parametrize("searching", ["exact", "parts", "ignored"])
def test_what_a_search_shows_is_compared_once_more(world, searching):
    """A system that searches by parts of words, or not at all, names nobody else; capitals and blanks do not matter."""
    it = assigned(world)
    it.left.people.joins("Ann@Example.org ", id="l-ann")
    for one in ("ann@example.org.uk", "joann@example.org", "ann@example.ORG"):
        it.right.people.joins(one, id=one)
    it.right.people.searching = searching
    left = ticket(it, "l-ann")
    it.settle()
    assert (it.pair(left)[1]["assignee"], it.held()) == ("ann@example.ORG", [])


def test_a_search_that_is_ignored_by_many_pages_proves_nothing(world):
    """Nobody is taken to be missing, or read to the last page, because a system ignores a parameter."""
    it = assigned(world)
    staffed(it, 1, on=[Side.LEFT])
    for number in range(400):
        it.right.people.joins(f"x{number}@example.org")
    it.right.people.searching = "ignored"
    ticket(it, "l0")
    it.sync()
    ((what, field, reason),) = it.held()
    assert (what, field, len(it.right.people.calls)) == ("unasked", "assignee", 3)
    assert "shows more than 150 records" in reason


def test_somebody_unknown_parks_the_field_alone(world):
    """65: Somebody without an account there: the ticket goes, its other fields too, and the reason is told."""
    it = assigned(world)
    it.left.people.joins("nobody@example.org", id="l0")
    left = ticket(it, "l0")
    it.settle()
    it.left.system.person_edits(left, title="still carried")
    it.settle()
    mine, theirs = it.pair(left)
    assert (mine["assignee"], theirs.get("assignee"), theirs["title"]) == ("l0", None, "still carried")
    assert it.held() == [("unknown", "assignee", "nobody on the right side is the one that is 'l0' here")]


def test_somebody_who_joins_later_is_found_with_the_next_plan(world):
    """65: Once there is an account there, the next change of the ticket carries the assignee, too."""
    it = assigned(world)
    it.left.people.joins("late@example.org", id="l0")
    left = ticket(it, "l0")
    it.settle()
    it.right.people.joins("late@example.org", id="r0")
    it.clock.advance(700)
    it.left.system.person_edits(left, title="again")
    it.settle()
    assert (it.pair(left)[1]["assignee"], it.held()) == ("r0", [])


def test_the_default_for_somebody_unknown_is_never_written_back(world):
    """65: What stands in for somebody there is not taken for an edit, whatever else moves, on either side."""
    it = assigned(world, {**BY_MAIL, "unknown": {"left": "l-desk", "right": "r-desk"}})
    it.left.people.joins("stranger@example.org", id="l0")
    it.left.people.joins("desk@left.example", id="l-desk")
    it.right.people.joins("desk@right.example", id="r-desk")
    left = ticket(it, "l0")
    it.settle()
    right = it.partner(Side.LEFT, left)
    writes = it.write_count()
    for number in range(3):
        it.right.system.person_edits(right, title=f"by the right {number}")
        it.left.system.person_edits(left, description=f"by the left {number}")
        it.settle()
    assert (it.value(Side.LEFT, left, "assignee"), it.value(Side.RIGHT, right, "assignee")) == ("l0", "r-desk")
    assert (it.left.system.api_writes[left], it.write_count() - writes, it.held()) == (3, 3, [])
    # A person's own choice goes over, and comes back as chosen.
    it.right.system.person_edits(right, assignee=None)
    it.settle()
    assert it.value(Side.LEFT, left, "assignee") is None


def test_several_accounts_with_one_address(world):
    """Which of them is meant nobody can tell, unless the first will do."""
    it = assigned(world)
    staffed(it, 1, on=[Side.LEFT])
    for one in ("a", "b"):
        it.right.people.joins("p0@example.org", id=one)
    left = ticket(it, "l0")
    it.settle()
    held = it.held()
    it.redefine(mapping={"fields": [rule(it, several="first")]})
    it.settle()
    assert held == [("unknown", "assignee", "several on the right side have the key of 'l0'")]
    assert (it.pair(left)[1]["assignee"], it.held()) == ("a", [])


def rule(it, **lookup):
    (_, assignee) = (one.model_dump() for one in it.mapping.fields)
    return {**assignee, "lookup": {**assignee["lookup"], **lookup}}


def test_somebody_who_was_renamed_stays_the_same(world):
    """An id stays where a login or an address changes; a new address is seen when the answer is an hour old."""
    it = assigned(world)
    staffed(it, 2)
    left = ticket(it, "l0")
    it.settle()
    it.left.people.changes("l0", email="new@example.org", login="new")
    it.right.people.changes("r0", email="new@example.org", login="neu")
    it.clock.advance(4000)
    it.left.system.person_edits(left, assignee="l1")
    it.settle()
    it.left.system.person_edits(left, assignee="l0")
    it.settle()
    assert (it.pair(left)[1]["assignee"], it.held()) == ("r0", [])


def test_a_side_may_show_the_key_itself_or_a_login(world):
    """One side shows addresses, the other one logins: one call for each person that is carried."""
    lookup = {"right": {"resource": "user", "by": "email", "gives": "login"}}
    it = assigned(world, lookup)
    it.right.people.joins("Ann@example.org", login="ann.b", id="r0")
    left = ticket(it, "ann@example.org")
    it.settle()
    right = it.partner(Side.LEFT, left)
    there, calls = it.value(Side.RIGHT, right, "assignee"), asked(it)
    it.right.people.joins("bob@example.org", login="bob", id="r1")
    it.right.system.person_edits(right, assignee="bob")
    it.settle()
    assert (there, calls) == ("ann.b", (0, 1))
    assert (it.value(Side.LEFT, left, "assignee"), asked(it), it.held()) == ("bob@example.org", (0, 2), [])


def test_a_table_goes_before_the_look_up(world):
    """Who stands in the value map is not asked for."""
    it = assigned(world, rule={"values": [{"left": "l-robot", "right": "r-robot"}]})
    staffed(it, 1)
    one, two = ticket(it, "l-robot", "a"), ticket(it, "l0", "b")
    it.settle()
    assert [it.pair(each)[1]["assignee"] for each in (one, two)] == ["r-robot", "r0"]
    assert asked(it) == (1, 1)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_accounts_that_cannot_be_read_keep_no_ticket_back(world, status):
    """A user list that is closed to us, or broken, parks the field; once it answers, the field goes by itself."""
    it = assigned(world)
    staffed(it, 1)
    left = [ticket(it, "l0", f"t{number}") for number in range(5)]
    people = lambda raw: "/users?" in raw.url  # noqa: E731
    it.right.faults.always(answer(status), when=people)
    it.sync()
    made, held = len(it.right.system.ids()), it.held()
    it.right.faults.clear()
    it.settle()
    assert (made, {what for what, _, _ in held}, len(held)) == (5, {"unasked"}, 5)
    assert ([it.pair(one)[1]["assignee"] for one in left], it.held()) == (["r0"] * 5, [])


def test_a_resource_in_trouble_does_not_close_the_whole_system(world):
    """Many people cannot be looked up, as their list is broken: after two of them nobody is asked for a while."""
    it = assigned(world)
    staffed(it, 30)
    ids = [ticket(it, f"l{number}", f"t{number}") for number in range(30)]
    it.right.faults.always(answer(500), when=lambda raw: "/users?" in raw.url)
    assert it.sync().ok
    made, tried = len(it.right.system.ids()), {call for call in it.calls(it.right) if "/users?" in call}
    it.right.faults.clear()
    it.settle()
    assert (made, len(tried)) == (30, 2)
    assert ([it.pair(one)[1]["assignee"] for one in ids], it.held()) == ([f"r{n}" for n in range(30)], [])


@pytest.mark.parametrize("value", ["a\x00b", "line\nbreak", "x" * 400])
def test_what_could_name_nobody_is_not_asked_for(world, value):
    """A value that no system takes for a key, and not every database keeps, parks its field without a call."""
    it = assigned(world)
    ticket(it, value)
    it.settle()
    assert (reasons(it), asked(it)) == ([("unknown", "assignee")], (0, 0))


@pytest.mark.parametrize("fault", [None, answer(400), answer(500)])
def test_no_address_is_written_down(world, fault):
    """101: keys may be people's addresses: neither holds nor the journal nor the log show them, whatever happens."""
    it = assigned(world)
    staffed(it, 1)
    it.left.people.joins("nobody@example.org", id="l9")
    for one in ("l0", "l9"):
        ticket(it, one, one)
    if fault is not None:
        it.right.faults.always(fault, when=lambda raw: "/users" in raw.url)
    with structlog.testing.capture_logs() as lines:
        it.sync()
    told = repr([it.held(), it.store.read_journal(BOND, limit=99), lines])
    assert ("example.org" in told, "'l9'" in told) == (False, True)


def test_records_that_meet_for_the_first_time_are_compared_by_who_is_meant(world):
    """Matched tickets that name one person by two ids agree: nothing is written."""
    it = assigned(world, bond={"match": {"keys": [["title"]]}})
    staffed(it, 2)
    it.left.system.person_creates({"title": "Printer", "status": "new", "assignee": "l0"})
    it.right.system.person_creates({"title": "Printer", "status": "new", "assignee": "r0"})
    it.settle()
    assert (it.write_count(), it.held()) == (0, [])


def test_a_preview_looks_up_and_keeps_nothing(world):
    """`ebond plan` shows who it will be, by the calls that the sync would make, and stores nothing for it."""
    it = assigned(world)
    staffed(it, 1)
    ticket(it, "l0")
    preview = Preview()
    with it.bench.preview(BOND, watcher=preview) as context:
        run_bond(context, owner="a test", kind="plan")
    ((_, _, values, parked),) = preview.creates
    it.restart()
    it.sync()
    assert (values["assignee"], parked, asked(it)) == ("r0", {}, (2, 2))


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("side", list(Side))
def test_a_crash_around_a_look_up_changes_nothing(world, side, at, before):
    """A process that dies while it looks somebody up leaves nothing behind: the ticket is made once, and assigned."""
    it = assigned(world)
    staffed(it, 2)
    ids = [ticket(it, f"l{number}", f"t{number}") for number in range(2)]
    it.crashing_sync(it.end(side), at=at, when=lambda raw: "/users" in raw.url, before=before)
    it.settle()
    assert [it.pair(one)[1]["assignee"] for one in ids] == ["r0", "r1"]
    assert len(it.right.system.ids()) == 2


def test_watchers_are_looked_up_one_by_one_and_merged(world):
    """84: Lists of people: one added here and another one removed there, at the same time; both hold on both sides."""
    rules = [
        {"left": "title", "right": "title"},
        {"left": "watchers", "right": "watchers", "conflict": "merge", "lookup": BY_MAIL},
    ]
    it = world(peopled(PRESETS["plain"]()), peopled(PRESETS["plain"]()), mapping={"fields": rules})
    staffed(it, 4)
    left = it.left.system.person_creates({"title": "t", "status": "new", "watchers": ["l0", "l1"]})
    it.settle()
    right = it.partner(Side.LEFT, left)
    it.left.system.person_edits(left, watchers=["l0", "l1", "l2"])
    it.right.system.person_edits(right, watchers=["r1", "r3"])
    it.settle()
    assert sorted(it.value(Side.LEFT, left, "watchers")) == ["l1", "l2", "l3"]
    assert (sorted(it.value(Side.RIGHT, right, "watchers")), it.held()) == (["r1", "r2", "r3"], [])
