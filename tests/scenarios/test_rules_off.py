"""Each load-bearing rule, switched off: the suite has to notice.

A rule that can be taken out without a test failing is a rule that nobody keeps. Each case takes one out, lets the
state machine (or one short story) run, and expects it to find an edit lost, a record doubled or a write too many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ebond import store
from ebond.errors import Stale
from ebond.gateway.wire import Raw
from ebond.records.resource import ResourceClient
from ebond.state import LinkState, Settlement, Side
from ebond.store import Store
from ebond.sync import create, opening, reconcile
from ebond.sync.plan import _Planner
from ebond.sync.reads import Reads
from ebond.sync.recover import Step
from ebond.testing import faults
from ebond.testing.interference import writes
from tests.scenarios.checks import Tape, check
from tests.scenarios.systems import KINDS
from tests.scenarios.test_engine_machine import BlindMachine, EngineMachine
from tests.scenarios.world import World, changed

HUNT = settings(
    max_examples=150,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    database=None,
    # What was found need not be made small: it is thrown away.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def one_base(patch: pytest.MonkeyPatch) -> None:
    """Measure both sides against one base."""
    patch.setattr(_Planner, "_base", lambda self, rule, side: (self.link.left.base or {}).get(rule.name))


def wide_settling(patch: pytest.MonkeyPatch) -> None:
    """Take everything that an answer shows as the new base, not only what was written."""
    narrow = reconcile.settle_link

    def wide(link: LinkState, plan: Any, mapping: Any, policy: Any, **rest: Any) -> Settlement:
        settlement = narrow(link, plan, mapping, policy, **rest)
        for side in Side:
            part = getattr(settlement, side.value)
            if part.record is not None:
                shown = {rule.name: part.record.view.get(rule.field(side)) for rule in mapping.rules}
                settlement = replace(settlement, **{side.value: replace(part, base=shown)}, again=False)
        return settlement

    patch.setattr(reconcile, "settle_link", wide)


def no_intent(patch: pytest.MonkeyPatch) -> None:
    """Send the create first, and note it afterwards."""
    patch.setattr(Store, "open_many", lambda self, intents, **rest: {one.sync_id for one in intents})
    patch.setattr(store.intents, "_end", lambda connection, sync_id, holder: None)


def no_look_up(patch: pytest.MonkeyPatch) -> None:
    """Repeat a create whose outcome is unknown."""
    patch.setattr(create, "next_step", lambda intent, resource, now: Step.REPEAT)


def no_precondition(patch: pytest.MonkeyPatch) -> None:
    """Write without looking, over whatever stands there."""
    guarded = ResourceClient.update

    def blind(self: ResourceClient, record_id: str, changes: Any, *, version: Any = None, current: Any = None) -> Any:
        try:
            return guarded(self, record_id, changes, version=version, current=current)
        except Stale:
            seen = self.read(record_id)
            return guarded(self, record_id, changes, version=seen.version, current=seen.record)

    patch.setattr(ResourceClient, "update", blind)
    patch.setattr(Reads, "must", lambda self, record, side: False)


def no_overlap(patch: pytest.MonkeyPatch) -> None:
    """Ask for changes from the floor on, and not a second before it."""
    for name in ("plain", "lagging", "escaping"):
        patch.setitem(KINDS, name, _without_overlap(KINDS[name]))


def _without_overlap(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(skew: float = 0.0) -> Any:
        preset = make(skew)
        resource = preset.resource.model_dump()
        resource["list"]["since"]["overlap"] = "0s"
        return replace(preset, resource=type(preset.resource).model_validate(resource))

    return made


def strangers_created_back(patch: pytest.MonkeyPatch) -> None:
    """Create what is new on a side, although a create on that side is open."""
    patch.setattr(opening.Opening, "_may_be_ours", lambda self, side: False)


# -- stories: the shortest course of events in which a rule matters ---------------------------------------


def a_server_has_its_own_form(world: Callable[..., World]) -> World:
    """Both servers escape what they are given; then somebody edits another field."""
    it = world(KINDS["escaping"](), KINDS["escaping"]())
    left = it.left.system.person_creates({"title": "a & b", "description": "c < d", "status": "new"})
    it.settle()
    it.left.system.person_edits(left, urgency=5)
    return it


def an_edit_lands_during_our_write(world: Callable[..., World]) -> World:
    """A person edits another field in the moment before our write is applied, and the answer shows both."""
    it = world(changed("plain", update=UNGUARDED), changed("plain", update=UNGUARDED))
    left = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    right = it.partner(Side.LEFT, left)
    it.left.system.person_edits(left, title="by the left")
    _before_the_next_write(it, lambda: it.right.system.person_edits(right, description="by the right"))
    it.sync()
    return it


def the_process_dies_after_a_create(world: Callable[..., World]) -> World:
    """The record is made over there, and nothing here has noted it."""
    it = world("plain", "versioned")
    it.left.system.person_creates({"title": "one", "status": "new"})
    assert it.crashing_sync(it.right, at=0, before=False)
    return it


def the_answer_to_a_create_is_lost(world: Callable[..., World]) -> World:
    """The record is made, and we are told that it timed out."""
    it = world("plain", "versioned")
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(faults.lose_answer, when=writes)
    it.sync()
    return it


def nobody_can_look_it_up(world: Callable[..., World]) -> World:
    """The answer is lost, and the contract has no look-up and no correlation."""
    it = world("plain", changed("bare", correlation=None, lookup=None))
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(faults.lose_answer, when=writes)
    it.sync()
    return it


def both_edit_one_field_at_once(world: Callable[..., World]) -> World:
    """A person edits the very field that we are about to write."""
    it = world()
    left = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    right = it.partner(Side.LEFT, left)
    it.left.system.person_edits(left, title="by the left")
    _before_the_next_write(it, lambda: it.right.system.person_edits(right, title="by the right"))
    it.sync()
    return it


def a_record_is_listed_late(world: Callable[..., World]) -> World:
    """A long transaction: a record is committed after our poll, and stamped before it."""
    it = world(KINDS["plain"](), KINDS["plain"]())
    it.left.system.person_creates({"title": "punctual", "status": "new"})
    it.sync(after=0.0)
    it.left.system.stamp_next(it.clock.now() - timedelta(seconds=10))
    it.left.system.person_creates({"title": "late", "status": "new"})
    return it


UNGUARDED = {"path": "/tickets/{id}", "precondition": "compare"}


def _before_the_next_write(it: World, act: Callable[[], object]) -> None:
    def hook(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.before = None
            act()

    it.right.faults.before = hook


RULES = [
    (one_base, a_server_has_its_own_form),
    (wide_settling, an_edit_lands_during_our_write),
    (no_intent, the_process_dies_after_a_create),
    (no_look_up, the_answer_to_a_create_is_lost),
    (strangers_created_back, nobody_can_look_it_up),
    (no_precondition, both_edit_one_field_at_once),
    (no_overlap, a_record_is_listed_late),
]


def ends_well(story: Callable[..., World], world: Callable[..., World]) -> None:
    """Tell the story to its end and look at everything that has to be true then."""
    tapes: list[Tape] = []

    def taped(*args: Any, **kwargs: Any) -> World:
        it = world(*args, **kwargs)
        tapes.append(Tape(it))
        return it

    it = story(taped)
    it.settle()
    born = sum(
        one.cause.startswith("person:") and one.field == "title" and one.before is None for _, one in tapes[0].changes
    )
    # A create that nobody can look up waits for a human; its record is there, and no other.
    stuck = it.store.summary("fake-bond").open_creates
    assert len(it.left.system.ids()) == len(it.right.system.ids()) == born
    check(it, tapes[0], born=born) if not stuck else None


@pytest.mark.parametrize("story", [story for _, story in RULES], ids=lambda story: story.__name__)
def test_the_story_ends_well(world, story):
    """With all rules in force both sides agree and nothing is lost, doubled or written in vain."""
    ends_well(story, world)


@pytest.mark.parametrize(("switch_off", "story"), RULES, ids=lambda one: one.__name__)
def test_without_the_rule_the_story_ends_badly(world, monkeypatch, switch_off, story):
    """The checks notice that the rule is gone."""
    switch_off(monkeypatch)
    with pytest.raises(AssertionError):
        ends_well(story, world)


@pytest.mark.parametrize(
    ("switch_off", "lefts", "rights"),
    [
        (one_base, ("plain", "escaping"), ("plain", "escaping")),
        (no_intent, ("bare", "versioned"), ("bare", "versioned")),
        (no_look_up, ("bare", "versioned"), ("bare", "versioned")),
        (strangers_created_back, ("plain",), ("blind",)),
        (no_precondition, ("plain", "versioned"), ("plain", "versioned")),
        (wide_settling, ("servicenow",), ("servicenow",)),
        (no_overlap, ("plain",), ("plain",)),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_without_the_rule_the_machine_fails(monkeypatch, switch_off, lefts, rights):
    """Nobody has to know where the rule matters: the machine finds a course of events by itself."""
    kind = BlindMachine if "blind" in rights else EngineMachine
    machine = type("Machine", (kind,), {"lefts": lefts, "rights": rights})
    switch_off(monkeypatch)
    with structlog.testing.capture_logs(), pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=HUNT)


def test_every_rule_is_switched_off_both_ways():
    """Seven rules bear the load; a story and the machine miss each of them."""
    (switched,) = [
        mark.args[1] for mark in test_without_the_rule_the_machine_fails.pytestmark if mark.name == "parametrize"
    ]
    assert {row[0] for row in switched} == {row[0] for row in RULES}
    assert len(RULES) == 7
