"""``ebond plan BOND``: exactly what sync would do, record by record and field by field; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from ebond.cli.app import BondArgument, DatabaseOption, FolderOption, JsonOption, Place
from ebond.cli.output import console, counted, print_json, short
from ebond.cli.sync import report_code
from ebond.errors import EbondError
from ebond.state import Side
from ebond.sync.merge import Action
from ebond.sync.planned import FieldPlan, LinkPlan
from ebond.sync.process import this_process
from ebond.sync.run import RunReport, run_bond


def plan(
    bond: BondArgument,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show what `ebond sync BOND` would do now, record by record; nothing is written to either system.

    Example: ebond plan acme-partner | less
    """
    preview = Preview()
    report = make(bond, folder, database, preview)
    if json:
        print_json({**preview.as_json(), "error": str(report.error) if report.error else None})
    else:
        preview.print(report.error)
    raise typer.Exit(report_code(report))


def make(bond: str, folder: Path, database: str | None, preview: Preview) -> RunReport:
    """Fill a preview of a bond's next run."""
    with Place(folder, database).workbench() as bench, bench.preview(bond, watcher=preview) as context:
        return run_bond(context, owner=this_process(), kind="plan")


@dataclass(slots=True)
class Preview:
    """Collects a preview."""

    links: list[LinkPlan] = field(default_factory=list)
    creates: list[tuple[Side, str, Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)
    held: list[tuple[Side, str, str]] = field(default_factory=list)
    comments: list[tuple[Side, str, int]] = field(default_factory=list)
    files: list[tuple[Side, str, tuple[str, ...]]] = field(default_factory=list)
    partings: list[tuple[Side, str, str, str]] = field(default_factory=list)
    matched: int = 0

    def page(self, side: Side, rows: int) -> None: ...
    def todo(self, what: str, count: int) -> None: ...
    def done(self, count: int) -> None: ...

    def paired(self, count: int) -> None:
        self.matched += count

    def planned(self, plan: LinkPlan) -> None:
        self.links.append(plan)

    def creating(self, source: Side, record_id: str, values: Mapping[str, Any], parked: Mapping[str, str]) -> None:
        self.creates.append((source, record_id, dict(values), dict(parked)))

    def holding(self, side: Side, record_id: str, reason: str) -> None:
        self.held.append((side, record_id, reason))

    def commenting(self, source: Side, record_id: str, count: int) -> None:
        self.comments.append((source, record_id, count))

    def attaching(self, source: Side, record_id: str, names: Sequence[str]) -> None:
        self.files.append((source, record_id, tuple(names)))

    def parting(self, side: Side, record_id: str, what: str, reason: str) -> None:
        self.partings.append((side, record_id, what, reason))

    def totals(self) -> dict[str, int]:
        """Count what would be done."""
        actions = Counter(planned.action for link in self.links for planned in link.fields)
        return {
            "matched": self.matched,
            "create_left": sum(side is Side.RIGHT for side, *_ in self.creates),
            "create_right": sum(side is Side.LEFT for side, *_ in self.creates),
            "update_left": sum(bool(link.writes(Side.LEFT)) for link in self.links),
            "update_right": sum(bool(link.writes(Side.RIGHT)) for link in self.links),
            "fields_written": actions[Action.WRITE_LEFT] + actions[Action.WRITE_RIGHT],
            "conflicts": actions[Action.HOLD],
            "parked_fields": actions[Action.PARK],
            "held_records": len(self.held),
            "comments": sum(count for *_, count in self.comments),
            "files": sum(len(names) for *_, names in self.files),
            "partings": len(self.partings),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the preview as plain data."""
        return {
            "links": [_link_json(link) for link in self.links if not _idle(link)],
            "creates": [
                {"from": side, "record": record_id, "on": side.other, "values": values, "parked": parked}
                for side, record_id, values, parked in self.creates
            ],
            "comments": [
                {"from": side, "record": record, "on": side.other, "count": count}
                for side, record, count in self.comments
            ],
            "files": [
                {"from": side, "record": record, "on": side.other, "names": list(names)}
                for side, record, names in self.files
            ],
            "held": [{"side": side, "record": record, "reason": reason} for side, record, reason in self.held],
            "partings": [
                {"side": side, "record": record, "what": what, "reason": reason}
                for side, record, what, reason in self.partings
            ],
            "totals": self.totals(),
        }

    def _along(self) -> Iterator[str]:
        """Yield a line for what goes along with the fields of each record."""
        for side, record_id, count in self.comments:
            yield f"{counted(count, 'comment')} of {side} {record_id} to the {side.other}"
        for side, record_id, names in self.files:
            yield f"files of {side} {record_id} to the {side.other}: {', '.join(names)}"

    def print(self, error: EbondError | None = None) -> None:
        """Print the preview for people; ``error`` is what ended it early."""
        out = console()
        for link in self.links:
            if _idle(link):
                continue
            out.print(f"[bold]left {link.left_id} ↔ right {link.right_id}[/bold]")
            for planned in link.fields:
                out.print(f"    {_line(planned)}", markup=False)
        for side, record_id, values, parked in self.creates:
            out.print(f"[bold]create on the {side.other} from {side} {record_id}[/bold]")
            for name, value in values.items():
                out.print(f"    {name} = {short(value)}", markup=False)
            for name, reason in parked.items():
                out.print(f"    {name}: parked, {reason}", markup=False)
        for line in self._along():
            out.print(line, markup=False)
        for side, record_id, reason in self.held:
            out.print(f"hold {side} {record_id}: {reason}", markup=False)
        for side, record_id, what, reason in self.partings:
            out.print(f"{what} {side} {record_id}: {reason}", markup=False)
        out.print(self.last_line(error), markup=False)

    def last_line(self, error: EbondError | None) -> str:
        """Return the totals, or why there are none: what was not read could hold anything."""
        if error is None:
            return self.total_line()
        return f"nothing{' more' if any(self.totals().values()) else ''} is known: {error}"

    def total_line(self) -> str:
        """Return the totals in one line; what is zero is left out."""
        totals = [f"{name.replace('_', ' ')} {count}" for name, count in self.totals().items() if count]
        return f"total: {', '.join(totals) or 'nothing to do'}"


def _idle(link: LinkPlan) -> bool:
    return all(planned.action is Action.SETTLE for planned in link.fields)


def _line(planned: FieldPlan) -> str:
    match planned.action:
        case Action.WRITE_RIGHT:
            return f"{planned.rule}: right {short(planned.right)} → {short(planned.raw)}  ({planned.reason})"
        case Action.WRITE_LEFT:
            return f"{planned.rule}: left {short(planned.left)} → {short(planned.raw)}  ({planned.reason})"
        case Action.SETTLE:
            return f"{planned.rule}: settled, nothing to write"
    kind = "conflict" if planned.action is Action.HOLD else "parked"
    return f"{planned.rule}: {kind}, left {short(planned.left)}, right {short(planned.right)}  ({planned.reason})"


def _link_json(link: LinkPlan) -> dict[str, Any]:
    return {
        "link": link.link_id,
        "left": link.left_id,
        "right": link.right_id,
        "fields": [
            {
                "field": planned.rule,
                "action": planned.action,
                "left": planned.left,
                "right": planned.right,
                "write": planned.raw,
                "reason": planned.reason,
            }
            for planned in link.fields
        ],
    }
