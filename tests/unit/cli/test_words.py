"""What commands say of a plan that ended early, of a folder that is hardly the right one, and of flags."""

from __future__ import annotations

import pytest

from ebond.cli.main import run, wrong_folder
from ebond.cli.plan import Preview
from ebond.errors import CallError, DefinitionError, EbondError, Problem
from ebond.state import Side

SILENT = CallError("no connection")


def problems(count: int, files: int) -> DefinitionError:
    return DefinitionError([Problem(f"{n % files}.yaml", n, 1, "wrong") for n in range(count)])


@pytest.mark.parametrize(
    ("error", "held", "line"),
    [
        (None, 0, "total: nothing to do"),
        (None, 1, "total: held records 1"),
        (SILENT, 0, "nothing is known: no connection"),
        (SILENT, 1, "nothing more is known: no connection"),
    ],
)
def test_a_plan_tells_totals_of_what_was_read_only(error: EbondError | None, held: int, line: str) -> None:
    """What could not be read could hold anything."""
    assert Preview(held=[(Side.LEFT, "1", "a reason")] * held).last_line(error) == line


@pytest.mark.parametrize(
    ("error", "arguments", "environ", "asks"),
    [
        (problems(21, 4), ("status",), {}, True),
        (problems(20, 4), ("status",), {}, False),
        (problems(21, 3), ("status",), {}, False),
        (problems(21, 4), ("status", "--folder=x"), {}, False),
        (problems(21, 4), ("status", "-f", "x"), {}, False),
        (problems(21, 4), ("status",), {"EBOND_FOLDER": "x"}, False),
        (SILENT, ("status",), {}, False),
    ],
)
def test_a_folder_that_nobody_named_and_that_is_all_wrong_is_asked_about(
    error: EbondError, arguments: tuple[str, ...], environ: dict[str, str], asks: bool
) -> None:
    """Many problems in many files are more likely another folder."""
    assert (wrong_folder(error, arguments, environ) is not None) is asks


@pytest.mark.parametrize("arguments", [("--help",), ("sync", "--help"), ("resolve", "--help")], ids=" ".join)
def test_help_shows_flags_as_flags(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """They want no value; options that do want one say of what type."""
    run(arguments)
    out = capsys.readouterr().out
    assert "--help" in out
    assert "bool" not in out
    assert ("<path>" in out) is (len(arguments) > 1)
