"""What follows from deletions, on fake systems: once, on an unedited record only, and undone where it comes back."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing.faults import answer, login_page, lose_answer
from ebond.testing.row_faults import rows
from tests.scenarios.flows import WAYS, by_table, flowing
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.test_every_crash import Points
from tests.scenarios.world import BOND

DELETE = {"policy": "delete"}
CLOSE = {"policy": "close", "set": {"status": "closed"}}
OFTEN = {"every": "1m", "sweep_every": "1m"}


@pytest.fixture
def pairs(world):
    """Make a world whose right side has a policy, with some links that are in step."""

    def make(policy, *, left="kinto", right="plain", count=1, **bond):
        often = {} if left == "kinto" else {"schedule": OFTEN}
        it = world(left, right, bond={"right": {"partner_deleted": policy}, **often, **bond})
        status = it.left.preset.statuses[1]
        # Without another record nobody could tell that it is not all of them that cannot be seen.
        ids = [it.left.system.person_creates({"title": f"t{n}", "status": status}) for n in range(count + 1)]
        it.settle()
        return it, [(one, it.partner(Side.LEFT, one)) for one in ids[:count]]

    return make


def alive(it):
    """Return the records that are there, but for those of the pair that every world has."""
    last = max(it.links(), key=int)
    return set(it.left.system.ids()) - {last}, set(it.right.system.ids()) - {it.links()[last]}


def writes_of(it, runs=3):
    before = it.write_count()
    for _ in range(runs):
        report = it.sync()
        assert report.ok, (report.status, str(report.error))
    return it.write_count() - before


def states(it):
    return [one["state"] for one in it.store.deleted(BOND)]


@pytest.mark.parametrize("left", ["kinto", "plain", "bare"])
def test_a_delete_is_carried_once(pairs, left):
    """68: a tombstone, or two reads that find nothing: the unedited partner is deleted, with one call."""
    it, [(one, _), (two, kept)] = pairs(DELETE, left=left, count=2)
    it.left.system.person_deletes(one)
    assert writes_of(it, 4) == 1
    assert alive(it) == ({two}, {kept})
    assert writes_of(it) == 0


def test_a_sweep_that_is_asked_for_finds_what_the_schedule_would_find_a_day_later(pairs):
    """68: a list without tombstones tells no deletion between two sweeps; one by hand reads both lists whole."""
    it, [(one, _), (two, kept)] = pairs(DELETE, left="plain", count=2, schedule={"every": "1m", "sweep_every": "1d"})
    it.left.system.person_deletes(one)
    assert writes_of(it, 3) == 0
    assert run_bond(it.bench.bond(BOND), owner="a test", sweep=True).ok
    assert writes_of(it, 3) <= 1
    assert alive(it) == ({two}, {kept})


def test_a_close_is_carried_once_and_the_record_does_not_become_a_stranger(pairs):
    """68: the partner is closed, once, and neither made again nor carried back."""
    it, [(one, other)] = pairs(CLOSE)
    it.left.system.person_deletes(one)
    assert writes_of(it) == 1
    assert (it.value(Side.RIGHT, other, "status"), alive(it)) == ("closed", (set(), {other}))
    it.right.system.person_edits(other, title="later")
    assert (writes_of(it), it.store.summary(BOND).dirty) == (0, 0)


def test_what_is_closed_already_is_not_written_to(pairs):
    """68: a person has closed it by hand in the meantime: there is nothing to do, and nothing to ask."""
    it, [(one, other)] = pairs(CLOSE)
    it.left.system.person_deletes(one)
    it.right.system.person_edits(other, status="closed")
    assert (writes_of(it), it.journal().count("parted")) == (0, 1)


@pytest.mark.parametrize("policy", [DELETE, CLOSE])
def test_an_edit_on_the_other_side_is_held(pairs, policy):
    """69: deleted here, edited there: nothing is destroyed, and the reason is told; taken back, it goes on."""
    it, [(one, other)] = pairs(policy)
    it.left.system.person_deletes(one)
    it.right.system.person_edits(other, title="mine")
    assert (writes_of(it), it.value(Side.RIGHT, other, "title")) == (0, "mine")
    assert [("edited on the right" in one["reason"], one["state"]) for one in it.store.deleted(BOND)] == [
        (True, "held")
    ]
    it.right.system.person_edits(other, title="t0")
    assert writes_of(it) == 1


def held_edit(pairs, policy=CLOSE):
    """Return a world whose deletion is held because of an edit, the ids, and the link."""
    it, [(one, other)] = pairs(policy)
    it.left.system.person_deletes(one)
    it.right.system.person_edits(other, title="mine")
    assert it.sync().books.deleted == 1
    return it, one, other, it.store.link(BOND, it.store.link_of(BOND, Side.LEFT, one))


def follow(it, link):
    """An operator lets the deletion be followed, seeing the record as it is known now."""
    base = {rule: link.right.view.get(rule) for rule in link.right.base}
    return it.store.follow_all_the_same(BOND, link.id, Side.RIGHT, base, by="ops", now=it.clock.now())


@pytest.mark.parametrize("policy", [DELETE, CLOSE])
def test_an_operator_may_have_it_followed_in_spite_of_the_edit(pairs, policy):
    """69: once, by the next run; there is nothing more to decide then."""
    it, _, other, link = held_edit(pairs, policy)
    assert (follow(it, link), writes_of(it), it.store.deleted(BOND)) == (True, 1, [])
    assert (other in it.right.system.ids(), follow(it, link)) == (policy is CLOSE, False)


def test_what_was_edited_since_is_held_again(pairs):
    """69: nobody has decided about that edit."""
    it, _, other, link = held_edit(pairs)
    it.right.system.person_edits(other, title="mine again")
    assert (follow(it, link), writes_of(it), states(it)) == (True, 0, ["held"])


def test_an_operator_may_keep_the_record_that_is_left(pairs):
    """69: it stays as it is, the link ends, and nobody is asked again."""
    it, _, other, link = held_edit(pairs)
    keep = [it.store.keep_left(BOND, link.id, by="ops", now=it.clock.now()) for _ in range(2)]
    assert (keep, writes_of(it), it.store.deleted(BOND)) == ([True, False], 0, [])
    assert it.value(Side.RIGHT, other, "title") == "mine"


def test_an_edit_may_win(pairs):
    """69: with `edited: keep` the record stays, the link ends and nobody is asked."""
    it, [(one, other)] = pairs({**DELETE, "edited": "keep"})
    it.left.system.person_deletes(one)
    it.right.system.person_edits(other, title="mine")
    assert (writes_of(it), alive(it), it.store.deleted(BOND)) == (0, (set(), {other}), [])


def test_an_edit_that_lands_between_the_look_and_the_delete_is_not_lost(pairs):
    """69: the version guards the delete; the next look finds the edit, and holds."""
    it, [(one, other)] = pairs(DELETE)
    it.left.system.person_deletes(one)
    edits = iter([None])

    def edit(raw):
        if raw.method == "DELETE" and next(edits, 0) is None:
            it.right.system.person_edits(other, title="mine")

    it.right.faults.before = edit
    it.sync()
    it.right.faults.clear()
    assert (writes_of(it), it.value(Side.RIGHT, other, "title")) == (0, "mine")


@pytest.mark.parametrize("policy", [DELETE, CLOSE, {"policy": "ignore"}])
def test_deleted_on_both_sides_ends_the_link(pairs, policy):
    """70: no error, no call, nothing to look at."""
    it, [(one, other)] = pairs(policy, right="kinto")
    it.left.system.person_deletes(one)
    it.right.system.person_deletes(other)
    assert (writes_of(it), it.store.deleted(BOND)) == (0, [])


@pytest.mark.parametrize("policy", [DELETE, CLOSE])
def test_made_again_with_the_same_key_is_a_new_link(pairs, policy):
    """71: a new record with the same natural key makes a new link; the old partner is not reused."""
    it, [(one, other)] = pairs(policy, match={"keys": [["title"]]})
    it.left.system.person_deletes(one)
    it.settle()
    new = it.left.system.person_creates({"title": "t0", "status": "open"})
    it.settle()
    assert it.partner(Side.LEFT, new) != other
    assert it.right.system.values(it.partner(Side.LEFT, new))["title"] == "t0"


def test_what_comes_back_after_a_close_is_reopened(pairs):
    """72: the deleted record is there again: its partner is as it was before, and edits are carried."""
    it, [(one, other)] = pairs(CLOSE)
    it.left.system.person_deletes(one)
    it.settle()
    it.left.system.person_restores(one)
    it.settle()
    assert it.value(Side.RIGHT, other, "status") == "open"
    it.left.system.person_edits(one, title="again")
    it.settle()
    assert (it.links()[one], it.value(Side.RIGHT, other, "title")) == (other, "again")


def test_what_comes_back_after_a_delete_makes_a_new_link(pairs):
    """72: the partner is gone for good: one new record is made of what came back, and the link is a new one."""
    it, [(one, other)] = pairs(DELETE)
    it.left.system.person_deletes(one)
    it.settle()
    it.left.system.person_restores(one)
    it.settle()
    assert (it.links().keys() >= {one}, other in it.links().values()) == (True, False)
    assert len(it.right.system.ids()) == len(it.links()) == 2


TROUBLE = {str(status): answer(status) for status in (401, 403, 500, 503)} | {"login": login_page}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
def test_no_answer_but_a_clear_one_deletes_anything(pairs, fault):
    """73: whatever a system in trouble answers, to reads and lists: nothing follows from it."""
    it, links = pairs(DELETE, left="bare", count=3)
    it.left.faults.always(fault)
    for _ in range(4):
        it.sync(after=4000)
    it.left.faults.clear()
    it.store.resume(BOND, by="a test", now=it.clock.now())
    it.settle()
    assert alive(it) == ({one for one, _ in links}, {other for _, other in links})


@pytest.mark.parametrize("policy", [DELETE, CLOSE])
def test_a_mass_deletion_waits_for_an_approval(pairs, policy):
    """74: nothing is done to any; approved are those that were shown; later ones blow the fuse again."""
    it, links = pairs(policy, count=30, guard={"deletions": 4, "deletions_percent": 100})
    for one, _ in links[:10]:
        it.left.system.person_deletes(one)
    assert (writes_of(it), it.store.count_fused(BOND)) == (0, 10)
    it.left.system.person_deletes(links[10][0])
    assert (writes_of(it), it.store.count_fused(BOND)) == (0, 11)
    assert it.store.approve(BOND, up_to=10, by="ops", now=it.clock.now()) == 11
    assert writes_of(it) == 0
    it.store.approve(BOND, up_to=11, by="ops", now=it.clock.now())
    for one, _ in links[20:28]:
        it.left.system.person_deletes(one)
    assert (writes_of(it), it.store.count_fused(BOND)) == (11, 8)


def test_a_late_page_does_not_bring_a_record_back(pairs):
    """75: a list that still shows it after its deletion and ours: looked at, and believed in neither."""
    it, [(one, other), _] = pairs(DELETE, left="bare", right="bare", count=2)
    it.left.system.person_deletes(one)
    it.settle()
    shown = {"left": {"id": int(one), "title": "t0", "status": "open"}, "right": {"id": int(other), "title": "late"}}
    for name, end in (("left", it.left), ("right", it.right)):
        end.faults.always(rows(lambda found, row=shown[name]: found.insert(0, row)), when=_lists)
    for _ in range(4):
        assert it.sync(after=4000).ok
    for end in it.ends:
        end.faults.clear()
    assert (writes_of(it), [len(ids) for ids in alive(it)]) == (0, [1, 1])


def _lists(raw):
    return raw.method == "GET" and raw.url.split("?")[0].endswith("/tickets")


@pytest.mark.parametrize(("policy", "kept"), [(DELETE, 1), (CLOSE, 2)])
def test_old_tombstones_are_forgotten_with_old_runs(pairs, policy, kept):
    """75: not before, and never where a record is left: it would be a stranger, and made again."""
    it, [(one, _)] = pairs(policy)
    it.left.system.person_deletes(one)
    it.settle()
    ended = it.clock.now()
    for before, links in ((ended - timedelta(days=1), 2), (ended + timedelta(days=1), kept)):
        it.store.prune(runs_before=before, journal_before=before)
        assert len(it.links()) == links
    assert writes_of(it) == 0


def test_a_delete_whose_answer_was_lost_is_looked_at_again(pairs):
    """68: it was applied: the next run finds nothing there, and takes it for its own."""
    it, [(one, _)] = pairs(DELETE)
    it.left.system.person_deletes(one)
    it.right.faults.next(lose_answer, when=lambda raw: raw.method == "DELETE")
    assert (writes_of(it), it.journal().count("parted"), it.store.summary(BOND).gone) == (1, 1, 0)


@pytest.mark.parametrize("policy", [DELETE, CLOSE])
@pytest.mark.parametrize("right", ["plain", "bare"])
def test_a_crash_at_any_place_does_it_once(pairs, policy, right):
    """25, 68: whatever was half done is finished by the next runs; no second delete, no second close."""
    for at in itertools.count(step=1 if LONG else 6):
        it, [(one, _), (two, other)] = pairs(policy, right=right, count=2)
        it.left.system.person_deletes(one)
        before = it.write_count()
        points = Points(it, at)
        points.sync()
        it.settle()
        assert it.write_count() - before == 1
        assert (it.links()[two], it.store.summary(BOND).gone) == (other, 0)
        it.close()
        if points.passed < at:
            break
    assert at > 8, "the run has places to die at"


# -- where the status moves by transitions ----------------------------------------------------------------------


@pytest.fixture
def flows(world):
    """Make a world with one link whose right status is new, and moves step by step."""

    def make(right, policy=CLOSE):
        it = world("kinto", right, bond={"right": {"partner_deleted": policy}})
        one, _ = (it.left.system.person_creates({"title": f"t{n}", "status": "new"}) for n in range(2))
        it.settle()
        return it, one, it.partner(Side.LEFT, one)

    return make


def went(it, record_id):
    """Return the states that the right record went through by calls."""
    mine = [one for one in it.right.system.history if (one.record_id, one.field) == (record_id, "status")]
    return [one.after for one in mine if one.cause.startswith("api:") and one.before is not None]


@pytest.mark.parametrize("way", WAYS)
def test_closing_goes_along_the_permitted_steps_and_back(flows, way):
    """59, 68, 72: one request for each step, once; where the deleted record is back, so is its partner."""
    it, one, other = flows(WAYS[way]("plain"))
    it.left.system.person_edits(one, status="open")
    it.settle()
    it.left.system.person_edits(one, status="held")
    it.settle()
    it.left.system.person_deletes(one)
    it.settle()
    assert went(it, other)[-2:] == ["open", "closed"]
    it.left.system.person_restores(one)
    it.settle()
    assert (went(it, other)[-2:], it.left.system.api_writes[one], it.held()) == (["open", "held"], 0, [])


@pytest.mark.parametrize(("way", "kind"), [("table", "plain"), ("calls", "bare")])
def test_a_crash_at_any_place_of_closing_is_resumed(flows, way, kind):
    """59, 68: no step is made twice, and no station is taken for an edit."""
    for at in itertools.count(step=1 if LONG else 6):
        it, one, other = flows(WAYS[way](kind))
        it.left.system.person_deletes(one)
        points = Points(it, at)
        points.sync()
        it.settle()
        assert (went(it, other)[-2:], it.store.deleted(BOND)) == (["open", "closed"], [])
        it.close()
        if points.passed < at:
            break
    assert at > 8, "the run has places to die at"


def test_without_a_way_closing_is_held_and_nobody_is_asked_again(flows):
    """59: the reason says from where to where; no call is made for it until the record moves."""
    it, one, other = flows(by_table("plain"), {"policy": "close", "set": {"status": "new"}})
    it.left.system.person_edits(one, status="open")
    it.settle()
    it.left.system.person_deletes(one)
    it.sync()
    ((state, reason),) = [(held["state"], held["reason"]) for held in it.store.deleted(BOND)]
    assert (state, reason.rpartition(": ")[2]) == ("held", "no transition leads from 'open' to 'new'")
    with it.counting() as calls:
        it.sync()
    assert not any(f"/{other}" in call for call in calls["right"])


def test_a_record_that_cannot_be_opened_again_parks_its_status_alone(flows):
    """72: closed for good over there: the field is parked with the reason, and other edits are carried."""
    final = [{"from": ["new"], "to": "open"}, {"from": ["open"], "to": "closed"}]
    moves = {"new": ("open",), "open": ("closed",), "closed": ()}
    it, one, other = flows(flowing("plain", {"transitions": final, "initial": ["new"]}, moves=moves, first="new"))
    it.left.system.person_deletes(one)
    it.settle()
    it.left.system.person_restores(one)
    it.settle()
    it.left.system.person_edits(one, title="again")
    it.settle()
    assert (it.value(Side.RIGHT, other, "title"), it.value(Side.LEFT, one, "status")) == ("again", "new")
    assert it.held() == [("parked", "status", "no transition leads from 'closed' to 'new'")]
