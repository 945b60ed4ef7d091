"""``ebond approve BOND --up-to N``: let so many deletions be followed that blew the fuse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import BondArgument, DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import console, counted, print_json
from ebond.cli.records import operator
from ebond.clock import SystemClock
from ebond.errors import UsageError


def approve(
    bond: BondArgument,
    up_to: Annotated[
        int, typer.Option("--up-to", help="As many as `ebond status BOND` shows; where more wait, none is.", min=1)
    ],
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Let the deletions be followed that wait because they were too many at once. The next sync does it.

    Those that come later count on their own. Example: ebond approve acme-partner --up-to 500
    """
    place = Place(folder, database)
    place.definitions().bond(bond)
    with place.store() as store:
        by = operator()
        count = store.approve(bond, up_to=up_to, by=by, now=SystemClock().now())
    if count == 0:
        raise UsageError("no deletion waits for an approval", todo=f"See `ebond status {bond}`")
    if count > up_to:
        raise UsageError(
            f"{count} deletions wait, more than {up_to}; none was approved",
            todo=f"Look at `ebond status {bond}` again",
        )
    if json:
        print_json({"bond": bond, "approved": count, "by": by})
    else:
        console().print(f"{counted(count, 'deletion')} approved; the next `ebond sync {bond}` follows", markup=False)
    raise typer.Exit(Exit.OK)
