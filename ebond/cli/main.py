"""The ``ebond`` command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import ebond
from ebond.cli import check, demo, init, journal, plan, schema, status, sync
from ebond.cli.app import exit_code
from ebond.cli.logs import set_up_logs
from ebond.cli.output import console, print_json
from ebond.errors import DefinitionError, EbondError

app = typer.Typer(
    name="ebond",
    help="Keeps two companies' tickets on the same incident in step, through their API gateways.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:  # typer calls it by position
    if wanted:
        console().print(f"ebond {ebond.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[  # noqa: ARG001  # handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each call on standard error.")] = False,
) -> None:
    set_up_logs(verbose=verbose)


for command in (init.init, check.check, plan.plan, sync.sync, status.status, journal.journal, schema.schema, demo.demo):
    app.command()(command)


def main() -> None:
    """Run the command line; errors that a user can cause end in a message and an exit code."""
    try:
        app()
    except EbondError as error:
        _report(error)
        sys.exit(exit_code(error))


def _report(error: EbondError) -> None:
    if "--json" in sys.argv:
        problems = [str(problem) for problem in error.problems] if isinstance(error, DefinitionError) else []
        print_json(
            {
                "error": type(error).__name__,
                "message": error.message,
                "where": error.where,
                "todo": error.todo,
                "problems": problems,
            }
        )
        return
    console(error=True).print(f"[red]error:[/red] {_escape(str(error))}")


def _escape(text: str) -> str:
    return text.replace("[", r"\[")


if __name__ == "__main__":
    main()
