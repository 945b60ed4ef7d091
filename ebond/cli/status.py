"""``ebond status``: each bond, what it is at and why, and what waits for a human.

The JSON of ``--json`` is stable: ``{"bonds": [BOND, …]}``, where each BOND has

======================= ====================================================================================
bond, state             name; ``ok``, ``behind``, ``running``, ``stopped``, ``paused``, ``never run``,
                        ``interrupted``, ``failed`` or ``unbalanced``
reason, todo            why, and what to do; null where there is nothing to say
worker                  who works on it now, or null
last_run                ``run, kind, status, started, finished, calls, books, error``, or null
lag_s                   seconds since the end of the last run that went well, or null
links, waiting          links; those that wait for the next run
conflicts, parked       fields in conflict; fields and links parked
held_records            records without a link that were set aside
open_creates, deleted   creates whose outcome is open; records that were deleted and not followed to the end
to_approve              deletions that were too many at once: see ``ebond approve``
out_of_scope            records that left the scope and whose partner was told, or is to be
quota_left              gateway → window → calls left
details                 with BOND only: see ``status_details``
======================= ====================================================================================
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ebond.cli.app import DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import ago, console, print_json, span
from ebond.cli.standing import COLOURS, NEEDS_A_LOOK, standing, waits
from ebond.cli.status_details import details, print_details
from ebond.store import BondSummary, Store
from ebond.sync.process import is_dead
from ebond.sync.workbench import Workbench


def status(
    bond: Annotated[str | None, typer.Argument(help="One bond, in detail.", metavar="[BOND]")] = None,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show how each bond stands and what waits for you; with BOND every conflict, parked field and failure of it.

    Exit code 1 where a bond needs a look: stopped, failed, interrupted, behind.
    """
    with Place(folder, database).workbench() as bench:
        now = bench.clock.now()
        names = [bench.definitions.bond(bond).bond] if bond else list(bench.definitions.bonds)
        rows = [describe(bench, name, now) for name in names]
        if bond:
            rows[0]["details"] = details(bench.store, bond)
        if json:
            print_json({"bonds": rows})
        else:
            print_rows(bench.store, rows, now)
    raise typer.Exit(Exit.ATTENTION if any(row["state"] in NEEDS_A_LOOK for row in rows) else Exit.OK)


def describe(bench: Workbench, name: str, now: datetime) -> dict[str, Any]:
    """Return one bond's state as plain data."""
    summary = bench.store.summary(name)
    worker = worker_on(bench.store, name, now)
    every = bench.definitions.bonds[name].schedule.every
    stands = standing(name, summary, worker=worker, every=every, now=now)
    lag = (now - summary.last_ok).total_seconds() if summary.last_ok else None
    return {
        "bond": name,
        "state": stands.state,
        "reason": stands.reason or None,
        "todo": stands.todo or None,
        "worker": worker,
        "last_run": _last_run(summary),
        "lag_s": None if lag is None else round(lag, 1),
        "links": summary.links,
        "waiting": summary.dirty,
        "conflicts": summary.conflicts,
        "parked": summary.parked_fields + summary.parked_links,
        "held_records": summary.held_records,
        "held_comments": summary.held_comments,
        "held_files": summary.held_files,
        "open_creates": summary.open_creates,
        "deleted": summary.gone,
        "to_approve": summary.fused,
        "out_of_scope": summary.departed,
        "quota_left": quota_left(bench, name),
    }


def _last_run(summary: BondSummary) -> dict[str, Any] | None:
    if summary.last is None:
        return None
    run = asdict(summary.last)
    return {"run": run.pop("id"), **run}


def worker_on(store: Store, bond: str, now: datetime) -> str | None:
    """Name the processes that work on a bond, each as ``pid 4711 on host``; None where none does any more."""
    alive = [name for name, until in store.at_work(bond) if until > now and not is_dead(name)]
    return ", ".join(map(_process, alive)) or None


def _process(name: str) -> str:
    parts = name.split("/")
    return f"pid {parts[2]} on {parts[0]}" if len(parts) > 2 else name


def quota_left(bench: Workbench, name: str) -> dict[str, dict[str, int]]:
    """Return what is left of each gateway's quota, as far as this machine knows."""
    definitions = bench.definitions
    mapping = definitions.mappings[definitions.bonds[name].mapping]
    gateways = {definitions.systems[side.partition("/")[0]].gateway for side in (mapping.left, mapping.right)}
    return {gateway: bench.quota_left(gateway) for gateway in sorted(gateways)}


def print_rows(store: Store, rows: list[dict[str, Any]], now: datetime) -> None:
    """Print the bonds as a table that fits 80 columns, and under it what needs saying."""
    out = console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("bond", overflow="fold")
    for heading in ("state", "last run", "lag"):
        table.add_column(heading, no_wrap=True)
    for heading in ("links", "waiting", "conflicts", "parked"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        colour = COLOURS.get(row["state"], "yellow")
        last = row["last_run"]
        lag = "–" if row["lag_s"] is None else span(row["lag_s"])
        aside = row["parked"] + row["held_records"] + row["held_comments"] + row["held_files"]
        counts = (row["links"], row["waiting"], row["conflicts"], aside)
        ran = ago(last["finished"] or last["started"], now) if last else "–"
        table.add_row(row["bond"], f"[{colour}]{row['state']}[/]", ran, lag, *map(str, counts))
    out.print(table)
    for row in rows:
        _explain(store, row)
        if "details" in row:
            print_details(row["bond"], row["details"], now)


def _explain(store: Store, row: dict[str, Any]) -> None:
    name, out = row["bond"], console()
    lines = [f"{row['state']}: {row['reason']}"] if row["reason"] else []
    lines += [f"next: {row['todo']}"] if row["todo"] else []
    lines += [] if "details" in row else waits(name, store.summary(name))
    lines += [f"quota left: {_quota(row['quota_left'])}"] if any(row["quota_left"].values()) else []
    if lines:
        out.print(f"\n[bold]{name}[/bold]")
    for line in lines:
        out.print(f"  {line}", markup=False)


def _quota(left: dict[str, dict[str, int]]) -> str:
    parts = [
        f"{name} {', '.join(f'{n} of {window}' for window, n in windows.items())}" for name, windows in left.items()
    ]
    return "; ".join(part for part in parts if " of " in part)
