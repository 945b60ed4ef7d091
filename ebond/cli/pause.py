"""``ebond pause`` and ``ebond resume``: let nothing be written for a bond, and let it go on."""

from __future__ import annotations

from pathlib import Path

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
    bond: BondArgument, folder: FolderOption = Path(), database: DatabaseOption = None, json: JsonOption = False
) -> None:
    """Let a bond that was paused go on."""
    _set(Place(folder, database), bond, paused=False, json=json)


def _set(place: Place, bond: str, *, paused: bool, json: bool) -> None:
    place.definitions().bond(bond)
    with place.store() as store:
        change = store.pause if paused else store.resume
        change(bond, by=operator(), now=SystemClock().now())
    if json:
        print_json({"bond": bond, "paused": paused})
    else:
        said = "paused; nothing more is written" if paused else "goes on with its next run"
        console().print(f"{bond} {said}", markup=False)
    raise typer.Exit(Exit.OK)
