"""``ebond check``: are the definitions right, and do the connection and the rights work?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from ebond.cli.app import DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import console, print_json
from ebond.definitions import missing_secrets
from ebond.errors import AnswerError, CallError, DefinitionError, FeedError
from ebond.records.verify import probe
from ebond.sync.workbench import Workbench


def check(
    offline: Annotated[bool, typer.Option("--offline", help="Look at the definitions only; call nobody.")] = False,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Check the definitions, then the connection and the rights of every resource that a bond uses."""
    place = Place(folder, database)
    definitions = place.definitions()
    if problems := missing_secrets(definitions, os.environ):
        raise DefinitionError(problems)
    counts = {
        "gateways": len(definitions.gateways),
        "systems": len(definitions.systems),
        "mappings": len(definitions.mappings),
        "bonds": len(definitions.bonds),
    }
    findings: list[dict[str, Any]] = []
    if not offline:
        with place.workbench() as bench:
            findings = [finding for reference in _resources(bench) for finding in _probe(bench, reference)]
    if json:
        print_json({"definitions": counts, "findings": findings})
    else:
        _print(counts, findings)
    raise typer.Exit(Exit.ATTENTION if any(one["level"] == "error" for one in findings) else Exit.OK)


def _resources(bench: Workbench) -> list[str]:
    """Return the resources that bonds use, each once."""
    mappings = [bench.definitions.mappings[bond.mapping] for bond in bench.definitions.bonds.values()]
    return list(dict.fromkeys(side for mapping in mappings for side in (mapping.left, mapping.right)))


def _probe(bench: Workbench, reference: str) -> list[dict[str, Any]]:
    _, resource, client, _ = bench.resource(reference)
    try:
        found = probe(client, resource)
    except (CallError, AnswerError, FeedError) as error:
        return [{"resource": reference, "level": "error", "text": str(error)}]
    return [{"resource": reference, "level": finding.level, "text": finding.text} for finding in found]


def _print(counts: dict[str, int], findings: list[dict[str, Any]]) -> None:
    out = console()
    out.print("[green]ok[/green]  definitions: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    colours = {"ok": "green", "warn": "yellow", "warning": "yellow", "error": "red"}
    for one in findings:
        colour = colours.get(one["level"], "white")
        text = one["text"].replace("[", r"\[")
        out.print(f"[{colour}]{one['level']}[/{colour}]  {one['resource']}: {text}")
