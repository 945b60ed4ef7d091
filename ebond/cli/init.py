"""``ebond init``: a commented starter folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import Exit, JsonOption
from ebond.cli.output import console, print_json
from ebond.definitions.folder import presets
from ebond.errors import UsageError


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", metavar="FOLDER")], json: JsonOption = False
) -> None:
    """Make a folder with commented definitions to start from; nothing that exists is overwritten."""
    starter = presets() / "starter"
    files = sorted(path.relative_to(starter) for path in starter.rglob("*") if path.is_file())
    if taken := [name for name in files if (folder / name).exists()]:
        raise UsageError(f"{folder} has a file {taken[0]} already", todo="Give another folder")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(starter / name, folder / name)
    if json:
        print_json({"folder": folder, "files": [str(name) for name in files]})
    else:
        out = console()
        for name in files:
            out.print(f"made {folder / name}", markup=False)
        out.print(
            f"next: fill in what is marked with <…>, then `ebond check --offline --folder {folder}`", markup=False
        )
    raise typer.Exit(Exit.OK)
