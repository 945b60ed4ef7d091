"""What follows a verdict."""

from __future__ import annotations

import pytest

from ebond.gateway.outcome import Outcome
from ebond.gateway.steps import ATTEMPTS, Do, Step, Tried, next_step

FAIL = Step(Do.FAIL)

CASES: list[tuple[str, Outcome, Tried, Step]] = [
    ("done", Outcome.APPLIED, Tried(1, safe=False), Step(Do.TAKE)),
    ("taken", Outcome.ACCEPTED, Tried(4, safe=False), Step(Do.TAKE)),
    ("an old token", Outcome.REAUTH, Tried(1, safe=False), Step(Do.RENEW)),
    ("an old token at the last try", Outcome.REAUTH, Tried(ATTEMPTS, safe=True), Step(Do.RENEW)),
    ("even a new token", Outcome.REAUTH, Tried(1, safe=True, renewed=True), FAIL),
    ("quota, a time", Outcome.RATE_LIMITED, Tried(1, safe=False, asked=7), Step(Do.PAUSE, 7)),
    ("quota, no time", Outcome.RATE_LIMITED, Tried(1, safe=False), Step(Do.PAUSE, 5)),
    ("quota, no time, again", Outcome.RATE_LIMITED, Tried(3, safe=False), Step(Do.PAUSE, 20)),
    ("quota, at once", Outcome.RATE_LIMITED, Tried(1, safe=False, asked=0), Step(Do.PAUSE, 1)),
    ("quota, at once, again", Outcome.RATE_LIMITED, Tried(3, safe=False, asked=0), Step(Do.PAUSE, 4)),
    ("quota, as long as allowed", Outcome.RATE_LIMITED, Tried(1, safe=False, asked=60), Step(Do.PAUSE, 60)),
    ("quota, too long", Outcome.RATE_LIMITED, Tried(1, safe=False, asked=61), FAIL),
    ("quota, for the last time", Outcome.RATE_LIMITED, Tried(ATTEMPTS, safe=False, asked=1), FAIL),
    ("a write that was not sent", Outcome.NOT_SENT, Tried(1, safe=False), Step(Do.WAIT, 0.25)),
    ("not sent, again", Outcome.NOT_SENT, Tried(3, safe=False), Step(Do.WAIT, 1)),
    ("not sent, for the last time", Outcome.NOT_SENT, Tried(ATTEMPTS, safe=False), FAIL),
    ("not sent, and never will be", Outcome.NOT_SENT, Tried(1, safe=False, lasting=True), FAIL),
    ("a write that was not done", Outcome.RETRY, Tried(1, safe=False, asked=3), Step(Do.WAIT, 3)),
    ("not done, try at once", Outcome.RETRY, Tried(2, safe=True, asked=0), Step(Do.WAIT, 0.5)),
    ("not done, wait too long", Outcome.RETRY, Tried(1, safe=True, asked=61), FAIL),
    ("a read without an answer", Outcome.UNKNOWN, Tried(1, safe=True), Step(Do.WAIT, 0.25)),
    ("a write without an answer", Outcome.UNKNOWN, Tried(1, safe=False), FAIL),
]


@pytest.mark.parametrize(("outcome", "tried", "step"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_step(outcome: Outcome, tried: Tried, step: Step) -> None:
    """Each situation has one next step."""
    assert next_step(outcome, tried, max_wait=60) == step


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.APPLIED, Outcome.ACCEPTED, Outcome.REAUTH}))
def test_unsafe_calls_are_repeated_only_where_nothing_was_done(outcome: Outcome) -> None:
    """A write is made again after three outcomes and no other, whatever the answer asks for."""
    step = next_step(outcome, Tried(1, safe=False, asked=0), max_wait=60)
    assert (step.do is not Do.FAIL) is (outcome in (Outcome.NOT_SENT, Outcome.RETRY, Outcome.RATE_LIMITED))


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.APPLIED, Outcome.ACCEPTED}))
def test_no_call_is_repeated_for_ever(outcome: Outcome) -> None:
    """After so many tries every outcome but success is the end."""
    assert next_step(outcome, Tried(ATTEMPTS, safe=True, renewed=True, asked=0), max_wait=60) == FAIL
