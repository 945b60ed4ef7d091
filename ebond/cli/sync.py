"""``ebond sync BOND``: one pass over a bond, with a progress bar and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ebond.cli.app import BondArgument, DatabaseOption, Exit, FolderOption, JsonOption, Place, exit_code
from ebond.cli.output import console, counted, print_json
from ebond.state import Done, Side
from ebond.store import Store
from ebond.sync.planned import LinkPlan
from ebond.sync.process import this_process
from ebond.sync.run import RunReport, run_bond

#: How many of the records that were set aside a report shows.
SHOWN: Final = 20


def sync(
    bond: BondArgument,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Read the whole lists now, as every sweep_every: finds also what was deleted."),
    ] = False,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Make one pass over a bond: read both sides, write what changed. Ctrl-C is safe at any time.

    Example: ebond sync acme-partner
    """
    with Place(folder, database).workbench() as bench:
        started, before = bench.clock.now(), bench.store.last_line()
        with ProgressWatcher(bond, quiet=json) as watcher:
            report = run_bond(bench.bond(bond, watcher=watcher), owner=this_process(), sweep=sweep)
        held = [*newly_held(bench.store, bond, since=started), *watcher.held]
        done = bench.store.done(bond, report.run_id, after=before)
    if json:
        print_json(as_json(report, done, held))
    else:
        print_report(report, done, held)
    raise typer.Exit(report_code(report))


def report_code(report: RunReport) -> Exit:
    """Return the exit code of a run."""
    if report.ok:
        return Exit.OK
    return exit_code(report.error) if report.error else Exit.ATTENTION


class ProgressWatcher:
    """Shows how a run goes on standard error, and collects what was set aside."""

    def __init__(self, bond: str, *, quiet: bool) -> None:
        target = console(error=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=target,
            disable=quiet or not target.is_terminal,
            transient=True,
        )
        self._reading = self._progress.add_task(f"{bond}: reading", total=None)
        self._writing = self._progress.add_task(f"{bond}: links and creates", total=0, visible=False)
        self._lock = Lock()
        self.held: list[dict[str, Any]] = []
        """Records that were set aside: ``what, left, right, side, record, field, reason``, some of them None."""

    def __enter__(self) -> ProgressWatcher:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def page(self, side: Side, rows: int) -> None:
        self._progress.update(self._reading, advance=rows, description=f"reading {side}")

    def todo(self, what: str, count: int) -> None:
        task = self._progress.tasks[self._writing]
        self._progress.update(self._writing, total=(task.total or 0) + count, visible=True, description=what)

    def done(self, count: int) -> None:
        self._progress.update(self._writing, advance=count)

    def paired(self, count: int) -> None: ...
    def parting(self, side: Side, record_id: str, what: str, reason: str) -> None: ...
    def planned(self, plan: LinkPlan) -> None: ...
    def creating(self, source: Side, record_id: str, values: Mapping[str, Any], parked: Mapping[str, str]) -> None: ...

    def commenting(self, source: Side, record_id: str, count: int) -> None: ...
    def attaching(self, source: Side, record_id: str, names: Sequence[str]) -> None: ...

    def holding(self, side: Side, record_id: str, reason: str) -> None:
        with self._lock:
            self.held.append(_held("record", reason, side=side, record=record_id))


def newly_held(store: Store, bond: str, *, since: datetime) -> list[dict[str, Any]]:
    """Return the fields that were set aside since a moment."""
    fields = [one for one in store.held(bond) if one["field"] and one["since"] >= since]
    return [
        _held(one["what"], one["reason"], left=one["left"], right=one["right"], field=one["field"]) for one in fields
    ]


def _held(what: str, reason: str, **where: str) -> dict[str, Any]:
    nowhere = dict.fromkeys(("left", "right", "side", "record", "field"))
    return {"what": what, **nowhere, **where, "reason": reason}


def as_json(report: RunReport, done: Done, held: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a run's report as plain data; the keys are stable."""
    return {
        "bond": report.bond,
        "run": report.run_id,
        "status": report.status,
        "books": report.books,
        "matched": report.paired,
        "done": asdict(done),
        "comments": report.comments,
        "calls": report.calls,
        "seconds": round(report.seconds, 3),
        "held": held,
        "error": str(report.error) if report.error else None,
    }


def print_report(report: RunReport, done: Done, held: list[dict[str, Any]]) -> None:
    """Print a run's report for people: how it ended, its books, what it did, what was set aside, and what to do."""
    out, books = console(), report.books
    colour = "green" if report.ok else "red"
    calls = ", ".join(f"{name} {count}" for name, count in report.calls.items())
    out.print(
        f"[{colour}]{report.status}[/{colour}]  {report.bond}, run {report.run_id}, {report.seconds:.1f} s, "
        f"calls: {calls}"
    )
    if report.error:
        out.print(f"    {report.error}", markup=False)
    out.print(
        f"    read {books.read} = unchanged {books.unchanged} + echo {books.echo} + filtered {books.filtered}"
        f" + created {books.created} + updated {books.updated} + held {books.held} + failed {books.failed}"
        + (f" + deleted {books.deleted}" if books.deleted else "")
        + (f"; matched {counted(report.paired, 'pair')}" if report.paired else "")
    )
    if did := done_line(done):
        out.print(f"    {did}", markup=False)
    for item in held[:SHOWN]:
        out.print(f"    {_told(item)}", markup=False)
    if len(held) > SHOWN:
        out.print(f"    … and {len(held) - SHOWN} more")
    if held or not report.ok:
        out.print(f"    what to do: ebond status {report.bond}", markup=False)


def done_line(done: Done) -> str:
    """Say what a run did to the two systems; nothing where it did nothing.

    The books count what was read; records that were known before, and written all the same, are told here only.
    """
    begun = f" ({done.begun_before} begun by an earlier run)" if done.begun_before else ""
    carried = [counted(count, what) for count, what in ((done.comments, "comment"), (done.files, "file")) if count]
    told = [
        f"{counted(done.created, 'record')} created{begun}" if done.created else "",
        f"{done.updated} updated ({counted(done.fields, 'field')})" if done.updated else "",
        f"{' and '.join(carried)} carried" if carried else "",
    ]
    did = ", ".join(filter(None, told))
    return f"done: {did}" if did else ""


def _told(item: dict[str, Any]) -> str:
    if item["field"]:
        return f"{item['what']}: {item['field']} of left {item['left']} ↔ right {item['right']}: {item['reason']}"
    return f"set aside: {item['side']} {item['record']}: {item['reason']}"
