"""How a bond stands, as a table of what the store knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ebond.cli.standing import NEEDS_A_LOOK, Standing, standing, waits
from ebond.store import BondSummary, RunSummary

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
RUN = RunSummary(7, "sync", "ok", NOW - timedelta(seconds=20), NOW - timedelta(seconds=10), {}, 2, None)
OK = BondSummary(3, 0, 0, 0, 0, 0, 0, 0, 0, {}, paused=False, stopped=None, last=RUN, last_ok=RUN.finished)


def run(**changes):
    return replace(OK, last=replace(RUN, **changes))


AGAIN = "`ebond sync b` tries again"
TABLE = {
    "ok": (OK, Standing("ok")),
    "never run": (
        replace(OK, last=None),
        Standing("never run", "", "`ebond plan b` shows what a first sync would do, `ebond sync b` does it"),
    ),
    "failed": (run(status="failed", error="no answer"), Standing("failed", "no answer", AGAIN)),
    "unbalanced": (
        run(status="unbalanced"),
        Standing(
            "unbalanced", "the books of the last run do not balance", "report it with `ebond journal`'s lines"
        ),
    ),
    "interrupted": (
        run(status="interrupted"),
        Standing("interrupted", "the last run was ended before it was done", "`ebond sync b` goes on where it was"),
    ),
    "killed": (
        run(status="running", finished=None),
        Standing("interrupted", "the last run was ended before it was done", "`ebond sync b` goes on where it was"),
    ),
    "behind": (
        run(finished=NOW - timedelta(seconds=181)),
        Standing(
            "behind",
            "no run for 3 min, and one is due every 60 s",
            "`ebond sync b`, and see that something runs it on schedule",
        ),
    ),
    "just in time": (run(finished=NOW - timedelta(seconds=180)), Standing("ok")),
    "paused": (replace(OK, paused=True), Standing("paused")),
    "stopped": (
        replace(run(status="stopped", error="no token"), stopped="no token"),
        Standing("stopped", "no token", "repair that, try `ebond check`, then `ebond sync b`"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("summary", "expected"), TABLE.values(), ids=TABLE.keys())
def test_a_bond_stands_as_its_last_run_says(summary, expected):
    """A word, the reason, the next step."""
    assert standing("b", summary, worker=None, every=60.0, now=NOW) == expected


def test_a_bond_that_is_worked_on_is_running_whatever_was_before():
    """Also while it was stopped: the run that is under way will tell."""
    summary = replace(run(status="running", finished=None), stopped="no token")
    shown = standing("b", summary, worker="pid 1 on h", every=60.0, now=NOW)
    assert shown == Standing("running", "pid 1 on h works on it since 20 s")


def test_what_needs_a_look_is_what_an_operator_has_to_act_on():
    """The exit code of ``ebond status`` hangs on this set."""
    states = {expected.state for _, expected in TABLE.values()}
    assert states - NEEDS_A_LOOK == {"ok", "never run", "paused"}


def test_what_waits_is_counted_in_words():
    """One line, with the command that shows more; nothing where nothing waits."""
    assert waits("b", OK) == []
    assert waits("b", replace(OK, conflicts=1, parked_fields=2, gone=1)) == [
        "1 conflict, 2 parked fields, 1 record deleted on one side: see `ebond status b`"
    ]
