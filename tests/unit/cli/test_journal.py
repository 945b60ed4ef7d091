"""The journal in sentences."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ebond
from ebond.cli.journal import SENTENCES, sentence

LINE = {
    "id": 1, "at": datetime(2026, 11, 25, 3, 0, tzinfo=UTC), "run_id": 4, "link_id": 2, "side": None,
    "record_id": None, "field": "title", "event": "settled", "detail": {},
}  # fmt: skip

LINES = {
    "written": (
        {"event": "written", "side": "right", "detail": {"before": "aa", "after": "bb", "request": "r1", "by": "ann"}},
        "2026-11-25 03:00:00 run 4 link 2: wrote title on the right (before aa, after bb, request r1, by ann)",
    ),
    "conflict": (
        {"event": "conflict", "detail": {"reason": "both moved {x}"}},
        "2026-11-25 03:00:00 run 4 link 2: held title, a conflict: both moved {x}",
    ),
    "decided": (
        {"event": "decided", "run_id": None, "detail": {"by": "ann", "take": "left"}},
        "2026-11-25 03:00:00 by hand link 2: was told by ann to take left for title",
    ),
    "decision_dropped": (
        {"event": "decision_dropped", "detail": {"by": "ann", "take": "left", "reason": "it has changed"}},
        "2026-11-25 03:00:00 run 4 link 2: set the decision of ann about title aside: it has changed (take left)",
    ),
    "intended": (
        {"event": "intended", "link_id": None, "side": "left", "record_id": "7", "detail": {"fields": ["a", "b"]}},
        "2026-11-25 03:00:00 run 4: decided to create left 7 on the other side, with a, b",
    ),
    "of another version": (
        {"event": "sung", "detail": {"song": "x"}},
        "2026-11-25 03:00:00 run 4 link 2: sung (song x)",
    ),
}


@pytest.mark.parametrize(("changes", "expected"), LINES.values(), ids=LINES.keys())
def test_a_line_is_told_in_a_sentence(changes, expected):
    """When, in which run, of which link, what; what the sentence leaves out follows in brackets."""
    assert sentence({**LINE, **changes}) == expected


def test_every_event_that_is_written_has_its_sentence():
    """A new event must not reach operators as a bare word."""
    sources = [
        path.read_text() for part in ("sync", "store") for path in (Path(ebond.__file__).parent / part).rglob("*.py")
    ]
    written = {event for text in sources for event in re.findall(r'(?:Entry\(\s*|_note\(|_entry\(\w+, )"(\w+)"', text)}
    assert written <= SENTENCES.keys()
    assert {"matched", "intended", "decided", "retried"} <= written
