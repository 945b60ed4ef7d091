"""``ebond migrate``: bring the database up to date as a step of its own, before a new version starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import console, print_json
from ebond.store import Standing

CheckOption = Annotated[
    bool, typer.Option("--check", help="Change nothing; exit with 1 where there is something to do.")
]


def migrate(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    check: CheckOption = False,
    json: JsonOption = False,
) -> None:
    """Create the database's tables or bring them up to date. Other commands do so too; a fleet does it once, first."""
    with Place(folder, database).store(migrate=False) as store:
        found = store.standing()
        if not check:
            store.upgrade()
    waiting = check and bool(found.pending)
    if json:
        print_json(
            {
                "current": found.current if check else found.newest,
                "newest": found.newest,
                "made": [] if check else list(found.pending),
                "pending": list(found.pending) if check else [],
            }
        )
    else:
        console().print(_said(found, check=check), markup=False)
    raise typer.Exit(Exit.ATTENTION if waiting else Exit.OK)


def _said(found: Standing, *, check: bool) -> str:
    if not found.pending:
        return f"the tables are up to date ({found.newest})"
    made = "to do" if check else "done"
    return f"{made}: {', '.join(found.pending)}; the tables were at {found.current or 'nothing'}"
