"""What all commands share: where the definitions and the database are, and what the exit codes mean.

==== =====================================================================
code meaning
==== =====================================================================
0    done, and everything is in order
1    done, but something needs a look: a failed run, books that do not balance
2    wrong usage: an unknown bond, command or option; another sync is under way
3    the definitions or a secret are wrong; nothing was called
4    the bond is stopped: credentials or rights do not work
5    the database cannot be used
130  interrupted with Ctrl-C; 143: stopped by a signal; 141: nobody reads the output any more
==== =====================================================================
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ebond.clock import SharedClock, SystemClock
from ebond.definitions import Definitions, load
from ebond.errors import BondStopped, DefinitionError, EbondError, SecretError, StoreError, UsageError
from ebond.secrets import setting
from ebond.shared.fleet import Fleet
from ebond.state import Side
from ebond.store import Store
from ebond.sync.workbench import Workbench


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    ATTENTION = 1
    USAGE = 2
    DEFINITIONS = 3
    STOPPED = 4
    DATABASE = 5
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


#: The environment variable with the URL of the database.
DATABASE_URL: Final = "EBOND_DATABASE_URL"

FolderOption = Annotated[
    Path,
    typer.Option("--folder", "-f", envvar="EBOND_FOLDER", help="The folder with the definitions (YAML)."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar=DATABASE_URL,
        help="Where ebond keeps its state: a URL, or file:PATH with one; ebond.db in the folder unless given.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
BondArgument = Annotated[str, typer.Argument(help="The bond's name.", metavar="BOND", show_default=False)]
RecordArgument = Annotated[
    str, typer.Argument(help="Id of a record on either side.", metavar="RECORD", show_default=False)
]
SideOption = Annotated[
    Side | None,
    typer.Option("--side", help="Whose id RECORD is; needed where both sides have such an id.", show_default=False),
]


def exit_code(error: EbondError) -> Exit:
    """Return the exit code that an error ends a command with."""
    match error:
        case DefinitionError() | SecretError():
            return Exit.DEFINITIONS
        case UsageError():
            return Exit.USAGE
        case BondStopped():
            return Exit.STOPPED
        case StoreError():
            return Exit.DATABASE
    return Exit.ATTENTION


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works."""

    folder: Path
    database: str | None

    def definitions(self) -> Definitions:
        """Load the definitions; raises DefinitionError with every problem, UsageError where there is no folder."""
        if not self.folder.is_dir():
            raise UsageError(
                f"there is no folder {self.folder}",
                todo="Give it with --folder, or make one with `ebond init`",
            )
        return load(self.folder, environ=os.environ)

    def store(self, *, migrate: bool = True) -> Store:
        """Open the database, creating and upgrading it as needed."""
        url = setting(self.database) if self.database else f"sqlite:///{self.folder.resolve() / 'ebond.db'}"
        return Store.open(url, migrate=migrate)

    @contextmanager
    def workbench(self) -> Iterator[Workbench]:
        """Open definitions, database and connections, and close them in order.

        Where the environment names the fleet's Redis, its quota and tokens are used too.
        """
        definitions = self.definitions()
        with self.store() as store, ExitStack() as closing:
            # A file is one machine's, and so is its clock.
            clock = SystemClock() if store.db.sqlite else SharedClock(store.time, SystemClock())
            # Whoever works there now, and this process.
            fleet = Fleet.of(os.environ, clock=clock, processes=lambda: store.working(now=clock.now()) + 1)
            if fleet is not None:
                closing.callback(fleet.close)
            bench = Workbench(definitions, store, clock=clock, environ=os.environ, sharing=fleet)
            yield closing.enter_context(bench)
