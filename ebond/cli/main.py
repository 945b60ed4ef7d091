"""The ``ebond`` command: commands in groups, and every way in which one can end.

Whatever a user can cause ends in a message and an exit code: what happened, where, and what to do.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

import typer
from typer._click.exceptions import ClickException  # typer brings click along, and has no other name for it

import ebond
from ebond.cli import (
    approve,
    check,
    demo,
    explain,
    init,
    journal,
    key,
    migrate,
    pause,
    plan,
    resolve,
    retry,
    schema,
    status,
    sync,
)
from ebond.cli.app import Exit, exit_code
from ebond.cli.flags import Command, Group
from ebond.cli.logs import set_up_logs
from ebond.cli.output import complain, console, print_json, settle_streams
from ebond.errors import DefinitionError, EbondError

_FIRST: Final = "A first bond"
_DAILY: Final = "Every day"
_TROUBLE: Final = "When something waits for you"
_FLEET: Final = "Around the clock"
_MORE: Final = "More"
#: Packages bring further commands in under this name; the fleet does (see the project file).
PLUGINS: Final = "ebond.commands"

COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    (_FIRST, demo.demo),
    (_FIRST, init.init),
    (_FIRST, check.check),
    (_FIRST, plan.plan),
    (_DAILY, sync.sync),
    (_DAILY, status.status),
    (_DAILY, pause.pause),
    (_DAILY, pause.resume),
    (_TROUBLE, explain.explain),
    (_TROUBLE, journal.journal),
    (_TROUBLE, resolve.resolve),
    (_TROUBLE, retry.retry),
    (_TROUBLE, approve.approve),
    (_MORE, schema.schema),
    (_MORE, migrate.migrate),
    (_MORE, key.key),
)

EPILOG: Final = """Examples:

  ebond demo                              see it work, on two real systems

  ebond init my-bonds                     begin a folder of your own

  ebond plan acme-partner                 what would sync do?

  ebond sync acme-partner                 do it

  ebond status                            how do things stand?

Exit codes: 0 fine, 1 needs a look, 2 wrong usage or another sync is under way, 3 definitions or a secret, \
4 the bond is stopped, 5 the database, 130 interrupted.

EBOND_FOLDER stands for --folder, EBOND_DATABASE_URL for --database.
"""

app = typer.Typer(
    name="ebond",
    cls=Group,
    help="Keeps two companies' tickets on the same incident in step, through their API gateways.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
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


for group, command in COMMANDS:
    app.command(cls=Command, rich_help_panel=group)(command)
for plugin in sorted(entry_points(group=PLUGINS), key=lambda one: one.name):
    app.command(plugin.name, cls=Command, rich_help_panel=_FLEET)(plugin.load())


#: More problems than this, in more files than this, are hardly anybody's definitions.
MANY_PROBLEMS: Final = 20
MANY_FILES: Final = 3
_GO_ON: Final = "whatever was under way is finished or will be; run it again to go on"


class Terminated(SystemExit):
    """Somebody stopped the process in an orderly way (SIGTERM)."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    settle_streams()
    signal.signal(signal.SIGTERM, _terminate)
    code = run(sys.argv[1:] if arguments is None else arguments)
    sys.exit(code if _written_out() else Exit.PIPE)


def _written_out() -> bool:
    """Write out what was printed; False where nobody reads any more, and Python must not try again at its end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    as_json = "--json" in arguments
    try:
        code = int(app(args=list(arguments), standalone_mode=False) or Exit.OK)
        if code == Exit.INTERRUPTED:  # typer makes this of Ctrl-C
            complain("interrupted", _GO_ON, as_json=as_json)
        return code
    except EbondError as error:
        _report(error, as_json=as_json, doubt=wrong_folder(error, arguments, os.environ))
        return exit_code(error)
    except ClickException as error:
        _misused(error, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort, Terminated) as end:
        complain("interrupted", _GO_ON, as_json=as_json)
        return Exit.TERMINATED if isinstance(end, Terminated) else Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.PIPE
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        complain("error", f"{error.strerror or error}:{name}", as_json=as_json)
        return Exit.ATTENTION


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of handlers
    raise Terminated


def _misused(error: ClickException, *, as_json: bool) -> None:
    context: Any = getattr(error, "ctx", None)
    todo = f"See `{context.command_path} --help`" if context else ""
    # Choices come one a line, and a mistake is told in one.
    message = " ".join(error.format_message().split()).rstrip(".")
    if not message:
        return  # the help was shown
    if as_json:
        print_json({"error": "UsageError", "message": message, "where": None, "todo": todo, "problems": []})
    else:
        complain("error", f"{message}. {todo}" if todo else message)


def wrong_folder(error: EbondError, arguments: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return a question where so many files are wrong that this can hardly be the folder that was meant."""
    said = any(one.startswith(("--folder", "-f")) for one in arguments) or environ.get("EBOND_FOLDER")
    if said or not isinstance(error, DefinitionError):
        return None
    problems = error.problems
    if len(problems) <= MANY_PROBLEMS or len({one.file for one in problems}) <= MANY_FILES:
        return None
    return f"is {Path.cwd()} the folder of your definitions? Say --folder or EBOND_FOLDER"


def _report(error: EbondError, *, as_json: bool, doubt: str | None) -> None:
    problems = [str(problem) for problem in error.problems] if isinstance(error, DefinitionError) else []
    if as_json:
        kind = type(error).__name__
        print_json(
            {
                "error": kind,
                "message": error.message,
                "where": error.where,
                "todo": error.todo or doubt,
                "problems": problems,
            }
        )
    elif problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the definitions"
        complain("error", "\n".join([count + ":", *problems, *([doubt] if doubt else [])]))
    else:
        complain("error", str(error))


if __name__ == "__main__":
    main()
