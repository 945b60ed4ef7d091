"""``ebond status``: each bond, what it is at, and what waits for a human."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from ebond.cli.app import DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import ago, console, print_json
from ebond.clock import SystemClock
from ebond.definitions import Definitions
from ebond.store import BondSummary
from ebond.sync.workbench import Workbench


def status(folder: FolderOption = Path(), database: DatabaseOption = None, json: JsonOption = False) -> None:
    """Show every bond: state, last run, lag, links, conflicts, parked, quota left, and what waits for you."""
    with Place(folder, database).workbench() as bench:
        now = SystemClock().now()
        rows = [describe(bench, name, now) for name in bench.definitions.bonds]
        if json:
            print_json({"bonds": rows})
        else:
            print_table(rows, now)
    raise typer.Exit(Exit.ATTENTION if any(row["state"] in ("failed", "stopped") for row in rows) else Exit.OK)


def describe(bench: Workbench, name: str, now: datetime) -> dict[str, Any]:
    """Return one bond's state as plain data."""
    summary = bench.store.summary(name)
    lag = (now - summary.last_ok).total_seconds() if summary.last_ok else None
    return {
        "bond": name,
        "state": state_of(summary),
        "reason": summary.stopped or (summary.last.error if summary.last else None),
        "last_run": summary.last.finished if summary.last else None,
        "lag_s": None if lag is None else round(lag, 1),
        "links": summary.links,
        "waiting": summary.dirty,
        "conflicts": summary.conflicts,
        "parked": summary.parked_fields + summary.parked_links,
        "held_records": summary.held_records,
        "open_creates": summary.open_creates,
        "deleted": summary.gone,
        "quota_left": quota_left(bench, bench.definitions, name),
        "held": list(bench.store.held(name)),
    }


def state_of(summary: BondSummary) -> str:
    """Say in a word how a bond is."""
    if summary.stopped:
        return "stopped"
    if summary.paused:
        return "paused"
    if summary.last is None:
        return "new"
    return "ok" if summary.last.status == "ok" else "failed" if summary.last.finished else "running"


def quota_left(bench: Workbench, definitions: Definitions, name: str) -> dict[str, dict[str, int]]:
    """Return what is left of each gateway's quota, as far as this machine knows."""
    mapping = definitions.mappings[definitions.bonds[name].mapping]
    gateways = {definitions.systems[side.partition("/")[0]].gateway for side in (mapping.left, mapping.right)}
    return {gateway: bench.quota_left(gateway) for gateway in sorted(gateways)}


def print_table(rows: list[dict[str, Any]], now: datetime) -> None:
    """Print the bonds as a table, and under it what waits for a human."""
    out = console()
    table = Table("bond", "state", "last run", "lag", "links", "waiting", "conflicts", "parked", "held")
    for row in rows:
        colour = {"ok": "green", "stopped": "red", "failed": "red"}.get(row["state"], "yellow")
        lag = "–" if row["lag_s"] is None else f"{row['lag_s']:.0f} s"
        counts = [str(row[key]) for key in ("links", "waiting", "conflicts", "parked", "held_records")]
        state = f"[{colour}]{row['state']}[/{colour}]"
        table.add_row(row["bond"], state, ago(row["last_run"], now), lag, *counts)
    out.print(table)
    for row in rows:
        out.print(f"{row['bond']}: quota left: {_quota(row['quota_left'])}", markup=False)
        if row["reason"]:
            out.print(f"{row['bond']}: {row['reason']}", markup=False)
        for held in row["held"]:
            out.print(f"{row['bond']}: {_held(held)}", markup=False)


def _held(held: Mapping[str, Any]) -> str:
    ids = ", ".join(f"{side} {held[side]}" for side in ("left", "right") if held.get(side))
    field = f" {held['field']}" if held.get("field") else ""
    return f"{held['what']} {ids}{field}: {held['reason']}"


def _quota(left: Mapping[str, Mapping[str, int]]) -> str:
    parts = [
        f"{name} {', '.join(f'{n} of {window}' for window, n in windows.items())}" for name, windows in left.items()
    ]
    return "; ".join(part for part in parts if part.strip() and " of " in part) or "no limit"
