"""The whole life of a ticket between two systems, by the presets that ship: opened, edited, talked about, held,
resolved, reopened, closed, cancelled, deleted; with nothing written but what has to be, whatever goes wrong.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

import pytest

from ebond.testing.faults import answer, answer_after, lose_answer, vanish
from ebond.testing.interference import writes
from ebond.testing.servicenow import ServiceNow, cancelled
from tests.scenarios.life_stories import SECRET, STORIES, Stage, Story, Tale
from tests.scenarios.test_every_crash import Points

FAULTS = (lose_answer, answer_after(502), cancelled, answer(503), vanish)
#: Places between two that are tried; ``EBOND_LONG`` tries all of them.
STEP = 53
Written = tuple[list[str], list[str]]


LONG = bool(os.environ.get("EBOND_LONG"))


def done(tale: Tale, stage: Stage, *, first: Callable[[], object] | None = None) -> Written:
    """Do a stage until it is quiet, ``first`` in place of its first run; return what was written on either side."""

    def do() -> None:
        stage.do(tale)
        if first is not None:
            first()
        for _ in range(stage.runs):
            assert tale.life.sync(after=4000).ok

    left, right = tale.life.written(do)
    return [short(one) for one in left], [short(one) for one in right]


def short(call: str) -> str:
    verb, _, path = call.partition(" ")
    last = path.rpartition("/")[2]
    return last if last in ("cancel", "close", "reopen") else verb


def lived(story: Story, tale: Tale) -> None:
    """Assert that a life went as it should: what was said stands there once, in order, and no state came twice."""
    ours, theirs = tale.ours, tale.theirs
    assert ([text for _, text in ours.said(tale.one)], [text for _, text in theirs.said(tale.two)]) == story.said
    assert (ours.states(tale.one), theirs.states(tale.two)) == tuple(map(list, story.states))
    assert SECRET not in str(theirs.tickets)
    assert len(theirs.tickets) == 3
    assert [theirs.tickets[tale.partner(number)]["status"] for number in (0, 1)] == story.ends
    assert [what for what, _, _ in tale.life.held()] == story.held
    assert [report.books.balanced for report in tale.life.reports] == [True] * len(tale.life.reports)


@pytest.mark.parametrize("name", STORIES)
def test_a_life_is_carried_with_the_fewest_writes(tell, name):
    """Each stage causes these writes and no others, on both sides, and then it is quiet."""
    story = STORIES[name]
    tale = tell(story)
    for stage in story.stages:
        assert (stage.name, *done(tale, stage)) == (stage.name, list(stage.left), list(stage.right))
    lived(story, tale)


@pytest.mark.parametrize(("name", "first"), [(name, 3 + 5 * at) for at, name in enumerate(STORIES)])
def test_a_process_that_dies_in_every_stage_writes_nothing_twice(tell, name, first):
    """25, 59, 77: at the same place of each stage's first run; the next process goes on from there."""
    story = STORIES[name]
    for at in itertools.count(0 if LONG else first, 1 if LONG else STEP):
        tale, passed = tell(story), 0
        for stage in story.stages:
            points = Points(tale.life, at)
            written = done(tale, stage, first=points.sync)
            passed = max(passed, points.passed)
            assert (at, stage.name, *written) == (at, stage.name, list(stage.left), list(stage.right))
        lived(story, tale)
        tale.life.close()
        if passed < at:
            break
    assert at > STEP, "a run has places to die at"


@pytest.mark.parametrize("turn", range(len(FAULTS)) if LONG else [0])
@pytest.mark.parametrize(("name", "first"), [(name, at) for at, name in enumerate(STORIES)])
def test_answers_that_are_lost_in_every_stage_double_nothing(tell, name, first, turn):
    """24, 27, 54, 77: the first write of each stage meets another fault, on either side, done or not."""
    story = STORIES[name]
    tale, faults = tell(story), itertools.islice(itertools.cycle(FAULTS), first + turn, None)
    for stage, fault in zip(story.stages, faults, strict=False):
        for end in tale.life.ends:
            # Only ServiceNow says 200 and means an error.
            own = fault is not cancelled or isinstance(end.app, ServiceNow)
            end.faults.next(fault if own else lose_answer, when=writes)
        written = done(tale, stage, first=lambda: tale.life.sync(after=60))
        for end in tale.life.ends:
            end.faults.clear()
        assert (stage.name, *written) == (stage.name, list(stage.left), list(stage.right))
    lived(story, tale)
    assert [len(end.faults.fired) >= 5 for end in tale.life.ends] == [True, True]
