"""Logs at the keyboard."""

from __future__ import annotations

import pytest
import structlog

from ebond.cli.logs import set_up_logs


@pytest.mark.parametrize("verbose", [False, True])
def test_what_a_command_tells_by_itself_is_logged_for_the_curious_only(capsys, verbose):
    """The message of a bond that stopped is not said a second time, by a line of the log."""
    try:
        set_up_logs(verbose=verbose)
        structlog.get_logger("ebond.reset").error("system was reset or restored", bond="b")
    finally:
        structlog.reset_defaults()
    shown = capsys.readouterr()
    assert (shown.out, "system was reset or restored" in shown.err) == ("", verbose)
