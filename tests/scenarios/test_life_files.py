"""Files of a ticket between ServiceNow and a TM Forum partner: an attachment API here, a list in the ticket there."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from ebond.testing.faults import answer, answer_after, lose_answer, vanish
from ebond.testing.interference import writes
from tests.scenarios.life_kinds import SERVICENOW
from tests.scenarios.life_stories import STORIES, Stage, Story, Tale
from tests.scenarios.test_every_crash import Points
from tests.scenarios.test_life import LONG, done

_OWN = "    attachments: {own: {/sys_created_by: ebond.integration}}\n"
STORY = replace(
    STORIES["servicenow-tmf4"],
    left=replace(SERVICENOW, definition=SERVICENOW.definition + _OWN),
    mapping=STORIES["servicenow-tmf4"].mapping + "attachments: {}\n",
)
#: All 256 values a byte can have.
BYTES = bytes(range(256))


def _shown(tale: Tale) -> None:
    """ServiceNow shows no change of an incident for a new file: the comment about it does."""
    tale.ours.person_attaches(tale.one, "photo.jpg", BYTES)
    tale.says("see the photo")
    file = {"name": "report.pdf", "mimeType": "application/pdf", "content": base64.b64encode(b"report").decode()}
    tale.theirs.person_edits(tale.two, attachment=[file])


SHOWN = Stage("shown", _shown, ["POST"], ["PATCH"] * 2)


@pytest.fixture
def opened(tell: Callable[[Story], Tale]) -> Callable[[], Tale]:
    """Begin with a ticket on both sides."""

    def begin() -> Tale:
        tale = tell(STORY)
        done(tale, STORY.stages[0])
        return tale

    return begin


def there(tale: Tale) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    """Return names and contents of the ticket's files on both sides, in the order of their names."""
    files = tale.theirs.tickets[tale.two]["attachment"]
    right = [(one["name"], base64.b64decode(one["content"])) for one in files]
    return sorted(tale.ours.files.of(tale.one)), sorted(right)


BOTH = ([("photo.jpg", BYTES), ("report.pdf", b"report")],) * 2


@pytest.mark.parametrize("fault", [None, lose_answer, answer_after(502), answer(503), vanish])
def test_files_go_both_ways_once_whatever_becomes_of_the_answers(opened, fault):
    """83, 77: byte for byte, with one call each, though the first write on either side meets a fault."""
    tale = opened()
    for end in tale.life.ends:
        if fault is not None:
            end.faults.next(fault, when=writes)
    assert done(tale, SHOWN, first=lambda: tale.life.sync(after=60)) == (list(SHOWN.left), list(SHOWN.right))
    assert (there(tale), tale.life.held()) == (BOTH, [])


def test_a_process_that_dies_at_any_place_carries_files_once(opened):
    """25, 83: what was half done is finished by the next run, and nothing is sent twice."""
    for at in itertools.count(1, 1 if LONG else 19):
        tale = opened()
        points = Points(tale.life, at)
        assert (at, *done(tale, SHOWN, first=points.sync)) == (at, list(SHOWN.left), list(SHOWN.right))
        assert (there(tale), tale.life.held()) == (BOTH, [])
        tale.life.close()
        if points.passed < at:
            break
    assert at > 20, "a run has places to die at"
