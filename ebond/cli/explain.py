"""``ebond explain BOND RECORD``: why each field of a record is what it is, and what the next sync would do.

It plans the link from what is stored: nobody is called, nothing is changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import typer

from ebond.children import Carriage
from ebond.cli.app import (
    BondArgument,
    DatabaseOption,
    Exit,
    FolderOption,
    JsonOption,
    Place,
    RecordArgument,
    SideOption,
)
from ebond.cli.journal import sentence
from ebond.cli.output import console, print_json, short
from ebond.cli.records import Meant, find
from ebond.departure import DepartureState
from ebond.errors import UsageError
from ebond.mapping.asking import NOTHING_KNOWN, Answers, Ask, Finding
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.state import LinkState, Side
from ebond.store import COMMENT_TABLE, FILE_TABLE
from ebond.sync.merge import Action
from ebond.sync.plan import plan_link
from ebond.sync.planned import FieldPlan
from ebond.sync.wanted import of_record
from ebond.sync.workbench import Workbench

_FINDINGS: Final = {
    Finding.FOUND: "is known there",
    Finding.NOBODY: "is nobody there",
    Finding.SEVERAL: "could be several there",
    Finding.PENDING: "is about to be bonded",
    Finding.UNBONDED: "is not bonded",
    Finding.FAILED: "was not looked up lately",
}


def explain(
    bond: BondArgument,
    record: RecordArgument,
    side: SideOption = None,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Say why each field of a record is what it is: both values, who moved, what is planned, and the last lines of it.

    Example: ebond explain acme-partner 4711
    """
    with Place(folder, database).workbench() as bench:
        meant = find(bench.store, bond, record, side)
        found = explained(bench, bond, meant) if meant.link else stranger(bench, bond, meant)
    if json:
        print_json(found)
    else:
        _print(found)
    raise typer.Exit(Exit.OK)


def stranger(bench: Workbench, bond: str, meant: Meant) -> dict[str, Any]:
    """Return what is known of a record that no link holds."""
    held = {one.get(meant.side): one["reason"] for one in bench.store.held(bond) if one["what"] == "record"}
    opened = [one for one in bench.store.unresolved(bond) if one.source_id == meant.record_id]
    why = held.get(meant.record_id)
    if why is None:
        why = "its create is under way" if opened else "it is out of scope, or the next sync decides about it"
    return {
        "bond": bond,
        meant.side.value: meant.record_id,
        "link": None,
        "why": why,
        "fields": [],
        "comments": [],
        "files": [],
        "journal": _lines(bench, bond, meant),
    }


def explained(bench: Workbench, bond: str, meant: Meant) -> dict[str, Any]:
    """Return both values of every field, what is planned about it and why."""
    assert meant.link is not None, "only of links"
    link = bench.store.link(bond, meant.link)
    if link is None:
        raise UsageError(f"record {meant.record_id} has not been read on both sides yet", todo="Run `ebond sync` first")
    compiled, policy = bench.compiled(bond)
    answers = _answers(bench, bond, link, compiled)
    mapping = compiled.knowing(answers)
    plan = plan_link(link, mapping, policy, now=bench.clock.now())
    planned = {field.rule: field for field in plan.fields}
    return {
        "bond": bond,
        "left": link.left.id,
        "right": link.right.id,
        "link": link.id,
        "why": _gone(link) or _departed(bench, link),
        "fields": [
            {**_field(rule, link, mapping, planned.get(rule.name)), "names": _names(rule, link, answers)}
            for rule in mapping.rules
        ],
        "comments": _comments(bench, bond, link.id),
        "files": _files(bench, bond, link.id),
        "journal": _lines(bench, bond, meant),
    }


def _answers(bench: Workbench, bond: str, link: LinkState, mapping: CompiledMapping) -> Answers:
    """Return what was found for all that the link names, as far as it is known; nobody is called."""
    resolver = bench.known(bond)
    asks = [ask for side in Side for ask in of_record(link.side(side).view, side.other, mapping)]
    return resolver.answers(asks, own=bench.store, keeping=False) if resolver is not None and asks else NOTHING_KNOWN


def _names(rule: CompiledRule, link: LinkState, answers: Answers) -> list[dict[str, Any]]:
    """Return whom or what a field names on each side: by what key, and what that is on the other side."""
    return [
        {"side": target.other.value, "value": text, "key": answer.key, "finding": answer.finding, "is": answer.value}
        for target, asked in rule.asked.items()
        for text in asked(link.side(target.other).view)
        if (answer := answers.get(Ask(rule.name, target, text))) is not None
    ]


def _comments(bench: Workbench, bond: str, link_id: int) -> list[dict[str, Any]]:
    """Return what became of each comment; copies are told with what they are copies of."""
    told = [one for one in bench.store.children(COMMENT_TABLE, bond, link_id).all if one.state is not Carriage.COPY]
    return [
        {"side": one.side.value, "comment": one.id, "state": one.state.value, "as": one.partner, "why": one.reason}
        for one in told
    ]


def _files(bench: Workbench, bond: str, link_id: int) -> list[dict[str, Any]]:
    """Return what became of each file; copies are told with what they are copies of."""
    told = [one for one in bench.store.children(FILE_TABLE, bond, link_id).all if one.state is not Carriage.COPY]
    return [
        {
            "side": one.side.value,
            "file": one.id,
            "name": one.file.name,
            "size": one.file.size,
            "state": one.state.value,
            "as": one.partner,
            "why": one.reason,
        }
        for one in told
    ]


def _gone(link: LinkState) -> str | None:
    deleted = [side.value for side in Side if link.side(side).gone]
    return f"deleted on the {' and the '.join(deleted)}; the link rests" if deleted else None


def _departed(bench: Workbench, link: LinkState) -> str | None:
    told = [
        f"the {side} record has left the scope, and the {side.other} side "
        + (f"did not take that: {one.reason}" if one.state is DepartureState.HELD else "was told so")
        for side, one in bench.store.departures(link.id).items()
    ]
    return "; ".join(told) or None


def _field(rule: CompiledRule, link: LinkState, mapping: CompiledMapping, planned: FieldPlan | None) -> dict[str, Any]:
    hold = link.holds.get(rule.name)
    values = {side: _value(rule, link, side) for side in Side}
    return {
        "field": rule.name,
        "sides": [side.value for side in Side if rule.field(side) is not None],
        "left": values[Side.LEFT],
        "right": values[Side.RIGHT],
        "moved": [side.value for side in Side if _moved(rule, link, mapping, side)],
        "action": planned.action if planned else Action.NOTHING,
        "write": planned.raw if planned else None,
        "why": planned.reason if planned and planned.reason else _quiet(rule, link),
        "held_since": hold.since if hold else None,
    }


def _value(rule: CompiledRule, link: LinkState, side: Side) -> Any:
    name = rule.field(side)
    return link.side(side).view.get(name) if name else None


def _moved(rule: CompiledRule, link: LinkState, mapping: CompiledMapping, side: Side) -> bool:
    name, base = rule.field(side), link.side(side).base
    if name is None or base is None or rule.name not in base:
        return False
    return not mapping.view(side).same(name, base[rule.name], link.side(side).view.get(name))


def _quiet(rule: CompiledRule, link: LinkState) -> str:
    if rule.equal(link.left.view, link.right.view):
        return _agreed(rule)
    return "they differ, and nobody has changed it since it was last in step"


def _agreed(rule: CompiledRule) -> str:
    if rule.left is not None and rule.right is not None:
        return "both sides agree"
    text = rule.definition.template
    return "constant" if text.left is None and text.right is None else "as the template makes it"


def _lines(bench: Workbench, bond: str, meant: Meant) -> list[dict[str, Any]]:
    lines = bench.store.read_journal(bond, record_id=meant.record_id, side=meant.side, limit=20)
    return [dict(line) for line in lines]


def _print(found: dict[str, Any]) -> None:
    out = console()
    names = " ↔ ".join(f"{side} {found[side]}" for side in ("left", "right") if side in found)
    out.print(f"[bold]{names}[/bold]" + (f", link {found['link']}" if found["link"] else ", no link"))
    if found["why"]:
        out.print(f"  {found['why']}", markup=False)
    for one in found["fields"]:
        what = "" if one["action"] == Action.NOTHING else f"{one['action'].replace('_', ' ')}: "
        out.print(f"  {one['field']}: {what}{one['why']}", markup=False)
        for side in one["sides"]:
            moved = "  (moved since it was last in step)" if side in one["moved"] else ""
            out.print(f"      {side:5} {short(one[side])}{moved}", markup=False)
        for named in one["names"]:
            key = f" by {short(named['key'])}" if named["key"] else ""
            what = f"is {short(named['is'])} there" if named["is"] else _FINDINGS[named["finding"]]
            out.print(f"      {named['side']:5} {short(named['value'])}{key} {what}", markup=False)
    for one in found["comments"]:
        where = f" as {one['as']}" if one["as"] else ""
        why = f": {one['why']}" if one["why"] else ""
        out.print(f"  comment {one['comment']} of the {one['side']}: {one['state']}{where}{why}", markup=False)
    for one in found["files"]:
        where = f" as {one['as']}" if one["as"] else ""
        why = f": {one['why']}" if one["why"] else ""
        out.print(f"  file {one['name']} of the {one['side']}: {one['state']}{where}{why}", markup=False)
    out.print("\n[bold]What happened, newest first[/bold]")
    for line in found["journal"]:
        out.print(f"  {sentence(line)}", markup=False)
