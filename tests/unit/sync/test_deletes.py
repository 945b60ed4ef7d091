"""What follows from deletions: the decision table, what counts as an edit, and the fuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ebond.definitions.bond import Guard
from ebond.definitions.parting import PartnerDeleted
from ebond.parting import Parting, PartingState
from ebond.state import Side
from ebond.sync.deletes.decide import Step, decide, edited
from ebond.sync.deletes.fuse import blown
from tests.unit.sync.making import edited as with_edit
from tests.unit.sync.making import link, mapping

LEFT, RIGHT = Side
ONE, BOTH, NONE = frozenset({LEFT}), frozenset(Side), frozenset[Side]()
IGNORE, DELETE, CLOSE, KEEP = (
    PartnerDeleted(policy="ignore"),
    PartnerDeleted(policy="delete"),
    PartnerDeleted.model_validate({"policy": "close", "set": {"status": "closed"}}),
    PartnerDeleted(policy="delete", edited="keep"),
)


def at(state: str, how: str = "delete", gone: Side = LEFT, **sent: str) -> Parting:
    return Parting(1, gone, PartingState(state), how, datetime(2026, 3, 1, tzinfo=UTC), sent=sent)


@pytest.mark.parametrize(
    ("gone", "policy", "parting", "changed", "step"),
    [
        (ONE, IGNORE, None, False, Step.NOTHING),
        (ONE, IGNORE, None, True, Step.NOTHING),
        (ONE, IGNORE, at("held"), True, Step.RELEASE),
        (ONE, DELETE, None, False, Step.CARRY),
        (ONE, CLOSE, None, False, Step.CARRY),
        (ONE, DELETE, None, True, Step.HOLD),
        (ONE, KEEP, None, True, Step.KEEP),
        (ONE, KEEP, None, False, Step.CARRY),
        (ONE, DELETE, at("held"), False, Step.CARRY),
        (ONE, DELETE, at("fused"), False, Step.CARRY),
        (ONE, DELETE, at("approved"), True, Step.HOLD),
        (ONE, DELETE, at("begun"), False, Step.CARRY),
        (ONE, DELETE, at("begun"), True, Step.HOLD),
        (BOTH, DELETE, None, False, Step.END),
        (BOTH, IGNORE, None, False, Step.END),
        (BOTH, DELETE, at("fused"), False, Step.END),
        (BOTH, DELETE, at("ended"), False, Step.NOTHING),
        (ONE, CLOSE, at("ended", "close"), True, Step.NOTHING),
        (ONE, DELETE, at("ended", "keep"), True, Step.NOTHING),
        (ONE, CLOSE, at("ended", "close", gone=RIGHT), False, Step.RELEASE),
        (ONE, DELETE, at("ended", "delete", gone=RIGHT), False, Step.PART),
        (ONE, IGNORE, at("ended", "both"), False, Step.PART),
        (NONE, CLOSE, at("ended", "close", status="closed"), False, Step.REOPEN),
        (NONE, CLOSE, at("begun", "close", status="closed"), False, Step.REOPEN),
        (NONE, DELETE, at("begun"), False, Step.REOPEN),
        (NONE, DELETE, at("ended", "keep"), False, Step.RELEASE),
        (NONE, DELETE, at("held"), False, Step.RELEASE),
        (NONE, CLOSE, at("held", "", status="closed"), False, Step.REOPEN),
        (NONE, DELETE, at("fused"), False, Step.RELEASE),
        (NONE, DELETE, None, False, Step.NOTHING),
    ],
)
def test_the_table(gone, policy, parting, changed, step):
    """Every row of the table, and what lies between them."""
    assert decide(gone, policy, parting, edited=changed).step is step


def test_a_reason_names_both_sides():
    """Who reads it knows what was deleted, what was edited and what to do."""
    reason = decide(ONE, DELETE, None, edited=True).reason
    assert ("deleted on the left" in reason, "edited on the right" in reason) == (True, True)


@pytest.mark.parametrize(
    ("values", "ours", "is_edit"),
    [
        ({}, {}, False),
        ({"title": "other"}, {}, True),
        ({"title": " one "}, {}, True),
        ({"title": "other"}, {"title": "other"}, False),
        ({"title": "third"}, {"title": "other"}, True),
    ],
)
def test_an_edit_is_what_moved_other_than_to_our_values(values, ours, is_edit):
    """What the policy sets anyhow is no edit that it would destroy."""
    rules = mapping()
    same = {"title": "one"}
    settled = link(rules, same, same, base=(same, same))
    assert edited(with_edit(settled, rules, RIGHT, **values), RIGHT, rules, ours) is is_edit


@pytest.mark.parametrize(
    ("count", "links", "is_blown"),
    [(20, 1000, False), (21, 1000, True), (5, 5, False), (6, 100, True), (6, 120, False), (6, 6, True), (1, 1, False)],
)
def test_the_fuse(count, links, is_blown):
    """By number and by share, whichever comes first; few are never too many."""
    assert bool(blown(count, links=links, guard=Guard())) is is_blown
