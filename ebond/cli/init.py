"""``ebond init``: a commented starter folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import Exit, JsonOption
from ebond.cli.output import console, print_json
from ebond.definitions import load, secrets_of
from ebond.definitions.folder import presets
from ebond.errors import UsageError

_SCHEMA = "schema.json"


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", metavar="FOLDER")], json: JsonOption = False
) -> None:
    """Make a folder with commented definitions to start from; nothing that exists is overwritten."""
    texts = _texts(presets())
    if taken := [name for name in texts if (folder / name).exists()]:
        raise UsageError(f"{folder} has a file {taken[0]} already", todo="Give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    secrets = [str(reference) for reference in secrets_of(load(folder))]
    if json:
        print_json({"folder": folder, "files": list(texts), "secrets": secrets})
    else:
        _print(folder, list(texts), secrets)
    raise typer.Exit(Exit.OK)


def _texts(shipped: Path) -> dict[str, str]:
    """Return the files of a new folder; the schema lies beside them, so that editors find it."""
    files = sorted((shipped / "starter").glob("*.yaml"))
    texts = {path.name: path.read_text(encoding="utf-8").replace(f"=../{_SCHEMA}", f"={_SCHEMA}") for path in files}
    return texts | {_SCHEMA: (shipped / _SCHEMA).read_text(encoding="utf-8")}


def _print(folder: Path, names: list[str], secrets: list[str]) -> None:
    out = console()
    for name in names:
        out.print(f"made {folder / name}", markup=False)
    variables = [name.removeprefix("env:") for name in secrets if name.startswith("env:")]
    out.print("next: fill in what is marked with <…>,", markup=False)
    out.print(f"      set {', '.join(variables)},", markup=False)
    out.print(f"      then `ebond check --offline --folder {folder}`", markup=False)
