"""What a run did, in one line."""

from __future__ import annotations

import pytest

from ebond.cli.sync import done_line
from ebond.state import Done

LINES = {
    "nothing": (Done(), ""),
    "all": (
        Done(created=3, begun_before=1, updated=5, fields=7, comments=2, files=1),
        "done: 3 records created (1 begun by an earlier run), 5 updated (7 fields), 2 comments and 1 file carried",
    ),
    "one field": (Done(updated=1, fields=1), "done: 1 updated (1 field)"),
    "files alone": (Done(files=2), "done: 2 files carried"),
}


@pytest.mark.parametrize(("done", "line"), LINES.values(), ids=LINES.keys())
def test_what_was_done_is_told_and_nothing_else(done, line):
    """Each part only where there is something to it."""
    assert done_line(done) == line
