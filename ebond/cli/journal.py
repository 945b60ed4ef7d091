"""``ebond journal BOND``: why a record is as it is; what was observed, decided, sent and answered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import BondArgument, DatabaseOption, FolderOption, JsonOption, Place
from ebond.cli.output import console, print_json


def journal(
    bond: BondArgument,
    record: Annotated[str | None, typer.Argument(help="Id of a record on either side.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many lines, the newest first.", min=1)] = 50,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show what ebond did and why, newest first; fields and digests, never values."""
    place = Place(folder, database)
    place.definitions().bond(bond)
    with place.store() as store:
        lines = store.read_journal(bond, record_id=record, limit=limit)
    if json:
        print_json({"bond": bond, "journal": [dict(line) for line in lines]})
        return
    out = console()
    for line in lines:
        where = " ".join(str(line[key]) for key in ("side", "record_id", "field") if line[key])
        link = f" link {line['link_id']}" if line["link_id"] else ""
        detail = ", ".join(f"{key} {value}" for key, value in (line["detail"] or {}).items())
        at = line["at"].isoformat(timespec="seconds") if line["at"] else ""
        out.print(f"{at} run {line['run_id']}{link} {line['event']} {where} {detail}".rstrip(), markup=False)
