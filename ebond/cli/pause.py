"""``ebond pause`` and ``ebond resume``: let nothing be written for a bond, and let it go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import BondArgument, DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import console, print_json
from ebond.cli.records import operator
from ebond.clock import SystemClock


def pause(
    bond: BondArgument, folder: FolderOption = Path(), database: DatabaseOption = None, json: JsonOption = False
) -> None:
    """Let nothing more be written for a bond: it takes effect before the next write, in every process."""
    _set(Place(folder, database), bond, paused=True, json=json)


def resume(
    bond: BondArgument,
    afresh: Annotated[
        bool,
        typer.Option(
            "--afresh",
            help="A side was reset or restored: keep the links, read everything anew, and decide about what differs as "
            "at a first meeting (`match.differences`).",
        ),
    ] = False,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Let a bond that was paused, or that stopped because a system was reset, go on."""
    _set(Place(folder, database), bond, paused=False, afresh=afresh, json=json)


def _set(place: Place, bond: str, *, paused: bool, json: bool, afresh: bool = False) -> None:
    with place.store() as store:
        if not store.is_known(bond):
            # One that never ran is known by its definition alone. For the others a fault in a definition must not
            # keep anybody from the brake.
            place.definitions().bond(bond)
        if afresh:
            store.begin_afresh(bond, by=operator(), now=SystemClock().now())
        change = store.pause if paused else store.resume
        change(bond, by=operator(), now=SystemClock().now())
    if json:
        print_json({"bond": bond, "paused": paused})
    else:
        said = "paused; nothing more is written" if paused else "goes on with its next run"
        console().print(f"{bond} {said}", markup=False)
    raise typer.Exit(Exit.OK)
