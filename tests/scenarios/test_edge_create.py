"""Edge cases 24 to 36: a record is made once, whatever becomes of the call (see also test_create_once)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.habits import FieldHabits
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.systems import KINDS
from tests.scenarios.world import BOND, changed

CREATE = changed("plain").resource.create.model_dump()
#: Finds out by looking up, and by nothing else.
LOOKED_UP = changed("plain", create={**CREATE, "once": {"kind": "none"}})


def opens(it, **values):
    return it.left.system.person_creates({"title": "one", "status": "new", **values})


def posts(it) -> int:
    return sum(call.startswith("POST") for call in it.calls(it.right))


def with_habits(preset, **fields: FieldHabits):
    return replace(preset, habits=replace(preset.habits, fields={**preset.habits.fields, **fields}))


@pytest.mark.parametrize(
    ("create", "fault"),
    [
        ({"returns": "nothing", "id": None}, None),
        ({"returns": "fields"}, None),
        ({}, faults.truncate),
        ({"id": None}, faults.truncate),
    ],
    ids=["Location only", "some fields", "cut off", "cut off, Location"],
)
def test_an_answer_that_shows_no_record_is_enough_to_link_it(world, create, fault):
    """26: the id is taken from where it is, or looked up; one record, and nothing more is written."""
    it = world("plain", changed("plain", create={**CREATE, **create}))
    opens(it)
    if fault:
        it.right.faults.next(fault, when=writes)
    it.settle()
    assert (posts(it), len(it.right.system.ids()), it.write_count()) == (1, 1, 1)


@pytest.mark.parametrize("lookup", [None, PRESETS["bare"]().resource.lookup.model_dump()], ids=["feed", "look-up"])
def test_our_own_new_record_in_the_feed_is_adopted_and_not_created_back(world, lookup):
    """29: the feed shows it before its id is stored."""
    it = world("plain", changed("bare", lookup=lookup))
    opens(it)
    it.right.faults.next(faults.lose_answer, when=writes)
    it.settle()
    assert (len(it.left.system.ids()), len(it.right.system.ids()), len(it.links())) == (1, 1, 1)
    assert it.held() == []


@pytest.mark.parametrize(("twins", "linked"), [(1, 1), (2, 0)])
def test_records_made_by_hand_on_both_sides_are_matched_if_there_is_one_candidate(world, twins, linked):
    """30: exactly one is linked; of two nobody knows which, so all are held and none is made."""
    it = world(bond={"match": {"keys": [["title"]]}})
    opens(it)
    for _ in range(twins):
        it.right.system.person_creates({"title": "one", "status": "new"})
    it.sync()
    assert (len(it.links()), len(it.left.system.ids()), len(it.right.system.ids())) == (linked, 1, twins)
    assert len(it.held()) == (0 if linked else 1 + twins)


def test_a_link_holds_by_id_whatever_becomes_of_the_correlation(world):
    """31: a person writes over it; edits go on in both directions."""
    it = world()
    left = opens(it)
    it.settle()
    right = it.partner(Side.LEFT, left)
    it.right.system.person_edits(right, external_ref="mine now", title="by the right")
    it.settle()
    it.left.system.person_edits(left, urgency=3)
    it.settle()
    assert (it.links(), it.value(Side.LEFT, left, "title"), it.value(Side.RIGHT, right, "urgency")) == (
        {left: right}, "by the right", 3,
    )  # fmt: skip


def test_a_look_up_proves_nothing_where_the_system_drops_the_correlation(world):
    """31: an earlier answer showed it; a lost create is held and not repeated."""
    it = world("plain", with_habits(LOOKED_UP, external_ref=FieldHabits(read_only=True)))
    opens(it)
    it.settle()
    opens(it, title="two")
    it.right.faults.next(faults.lose_answer, when=writes)
    for _ in range(3):
        it.sync()
    assert (posts(it), len(it.right.system.ids()), len(it.left.system.ids())) == (2, 2, 2)
    assert "does not keep the correlation" in it.held()[0][2]


def test_a_clone_of_a_linked_record_is_a_stranger(world):
    """32: it carries our correlation, and its id is another's; it gets a partner of its own."""
    it = world()
    left = opens(it)
    it.settle()
    right = it.partner(Side.LEFT, left)
    clone = it.right.system.person_creates(it.right.system.values(right))
    it.settle()
    assert it.links()[left] == right
    assert it.partner(Side.RIGHT, clone) != left
    assert len(it.left.system.ids()) == len(it.right.system.ids()) == 2


@pytest.mark.parametrize("lookup", [True, False], ids=["look-up", "feed"])
def test_a_clone_of_a_record_whose_create_is_open_is_held(world, lookup):
    """32: two carry our correlation; which is ours nobody can tell, so none is adopted and none is made."""
    it = world("plain", LOOKED_UP if lookup else changed("bare", lookup=None))
    opens(it)
    it.right.faults.next(faults.lose_answer, when=writes)
    it.sync(after=0)
    (made,) = it.right.system.ids()
    it.right.system.person_creates(it.right.system.values(made))
    for _ in range(3):
        it.sync()
    assert (posts(it), it.links(), len(it.left.system.ids()), len(it.right.system.ids())) == (1, {}, 1, 2)
    assert "more than one record" in it.held()[0][2]


def test_nothing_is_repeated_while_the_index_may_trail_behind(world):
    """33: the look-up shows nothing for 30 s; then it shows our record."""
    it = world("plain", KINDS["lagging"]())
    opens(it)
    it.right.faults.next(faults.lose_answer, when=writes)
    it.sync()
    for _ in range(3):
        it.sync(after=5)
    assert (posts(it), it.links()) == (1, {})
    it.settle()
    assert (posts(it), len(it.right.system.ids()), len(it.links())) == (1, 1, 1)


def test_a_repetition_that_is_lost_is_waited_for_like_the_first_try(world):
    """33, 25: the first try made nothing, the second was sent and the process died: the lag counts from then."""
    it = world("plain", KINDS["lagging"]())
    opens(it)
    it.right.faults.next(faults.vanish, when=writes)
    it.sync()
    assert it.crashing_sync(it.right, at=0, before=False)
    it.sync(after=5)
    it.settle()
    assert (len(it.right.system.ids()), len(it.links())) == (1, 1)


def test_a_record_that_exists_already_is_held_with_the_reason(world):
    """34: the system says 409; without a match key nobody knows that it is the same."""
    it = world("plain", with_habits(PRESETS["plain"](), title=FieldHabits(required=True, unique=True)), bond={
        "left": {"create": False}
    })  # fmt: skip
    it.right.system.person_creates({"title": "one", "status": "new"})
    opens(it)
    for _ in range(2):
        it.sync()
    assert (it.links(), len(it.right.system.ids()), len(it.left.system.ids())) == ({}, 1, 1)
    assert [("exists already" in reason) for *_, reason in it.held()] == [True]


def test_it_exists_already_may_mean_our_own_first_try(world):
    """34, 31: the first answer was lost; the repetition meets its record, which nothing can look up: held."""
    once = {"kind": "idempotency_key"}
    base = changed("plain", create={**CREATE, "once": once}, lookup=None, correlation=None)
    habits = replace(base.habits, idempotency_ttl=None)
    it = world("plain", with_habits(replace(base, habits=habits), title=FieldHabits(required=True, unique=True)))
    opens(it)
    it.right.faults.next(faults.lose_answer, when=writes)
    for _ in range(3):
        it.sync()
    assert (len(it.left.system.ids()), len(it.right.system.ids())) == (1, 1)
    assert it.store.summary(BOND).open_creates == 1


def test_a_key_that_the_server_may_have_forgotten_is_not_relied_on(world):
    """35: after half of its time the record is looked up first."""
    it = world()
    opens(it)
    it.right.faults.next(faults.lose_answer, when=writes)
    it.sync()
    it.sync(after=50_000)
    assert (posts(it), len(it.right.system.ids()), len(it.links())) == (1, 1, 1)


PICKY = with_habits(PRESETS["plain"](), urgency=FieldHabits(values=("1", "2")))


def test_a_create_refused_for_one_optional_field_is_made_without_it(world):
    """36: the field is held with the reason, the rest is there."""
    it = world("plain", PICKY)
    left = opens(it, urgency=7, description="text")
    it.settle()
    assert it.pair(left)[1].get("description") == "text"
    assert [(what, field) for what, field, _ in it.held()] == [("parked", "urgency")]


def test_a_lost_answer_to_the_smaller_create_empties_nothing_here(world):
    """36, 24: what was not sent is not taken for something that the other side has cleared."""
    it = world("plain", replace(PICKY, resource=LOOKED_UP.resource))
    left = opens(it, urgency=7)
    it.right.faults.next(lambda app, raw: app(raw), faults.lose_answer, when=writes)
    it.settle()
    assert (it.value(Side.LEFT, left, "urgency"), len(it.right.system.ids())) == (7, 1)
    assert [(what, field) for what, field, _ in it.held()] == [("parked", "urgency")]


def test_the_smaller_create_has_a_key_of_its_own(world):
    """36: a server that remembers the first key would not take another body for it."""
    it = world("plain", PICKY)
    opens(it, urgency=7)
    it.sync()
    sent = [
        raw.headers["Idempotency-Key"]
        for raw in it.right.transport.calls
        if raw.method == "POST" and "tickets" in raw.url
    ]
    assert len(set(sent)) == len(sent) == 2


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "lost"])
def test_a_field_that_the_create_passes_over_is_still_carried(world, lost):
    """49, 50: some systems begin every record with a status of their own; ours follows, or is held."""
    it = world("plain", with_habits(LOOKED_UP, status=FieldHabits(ignored_at_create=True, default="new")))
    left = it.left.system.person_creates({"title": "one", "status": "closed"})
    if lost:
        it.right.faults.next(faults.lose_answer, when=writes)
    it.settle()
    assert it.value(Side.LEFT, left, "status") == "closed"
    held = [field for _, field, _ in it.held()]
    assert (it.pair(left)[1]["status"], held) == (("new", ["status"]) if lost else ("closed", []))
