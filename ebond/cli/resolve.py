"""``ebond resolve``: decide about a field that is held, or about a deletion that is held because of an edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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
from ebond.cli.output import console, print_json
from ebond.cli.records import Meant, find, operator
from ebond.definitions.nearest import nearest
from ebond.errors import UsageError
from ebond.mapping.rules import CompiledRule
from ebond.state import LinkState, Side, Take
from ebond.store import Store
from ebond.sync.told import told_side
from ebond.sync.workbench import Workbench


def resolve(
    bond: BondArgument,
    record: RecordArgument,
    field: Annotated[
        str | None,
        typer.Argument(help="The held field, as `ebond status BOND` names it.", metavar="[FIELD]", show_default=False),
    ] = None,
    take: Annotated[
        Take | None,
        typer.Option("--take", help="Whose value stands on both sides; neither: both stay as they are."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Deleted here, edited there: the record that is left stays, the link ends.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Deleted here, edited there: do all the same what the bond's policy says.")
    ] = False,
    side: SideOption = None,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Decide about a held field: whose value is taken; or about a deletion that is held because of an edit.

    Nothing is written now; the next sync plans and writes it. Should the value that is given up change before that, or
    the record be edited again, it is held again: you have not seen that one.

    Example: ebond resolve acme-partner 4711 title --take left
    """
    if [field is not None and take is not None, keep, follow].count(True) != 1 or (field is None) != (take is None):
        raise UsageError(
            "what is to be decided?", todo="Give FIELD and --take left|right|neither, or --keep, or --follow"
        )
    with Place(folder, database).workbench() as bench:
        meant = find(bench.store, bond, record, side)
        if field is not None and take is not None:
            told, outcome = _field(bench, bond, meant, field, take)
        else:
            told, outcome = _parting(bench, bond, meant, keep=keep)
    if json:
        print_json({"bond": bond, "link": meant.link, **told})
    else:
        console().print(outcome, markup=False)
    raise typer.Exit(Exit.OK)


def _field(bench: Workbench, bond: str, meant: Meant, field: str, take: Take) -> tuple[dict[str, Any], str]:
    mapping, _ = bench.compiled(bond)
    record, held = meant.record_id, _held(bench.store, bond, meant.link)
    if field not in held:
        raise UsageError(f"{field!r} of record {record} is not held", todo=_advice(field, held))
    if told_side(field) is not None:
        raise UsageError(f"{field!r} is what people are told, and nobody's to decide", todo="Use `ebond retry`")
    _may_go(mapping.rule(field), take)
    by = operator()
    assert meant.link is not None, "only links have held fields"
    bench.store.decide(bond, meant.link, field, take, by=by, now=bench.clock.now())
    outcome = "both sides stay as they are" if take is Take.NEITHER else f"the {take} value is taken"
    told = {"field": field, "take": take, "by": by}
    return told, f"{field} of record {record}: {outcome} at the next `ebond sync {bond}`"


def _parting(bench: Workbench, bond: str, meant: Meant, *, keep: bool) -> tuple[dict[str, Any], str]:
    """Decide about a deletion that is held."""
    link = bench.store.link(bond, meant.link) if meant.link is not None else None
    left = next((side for side in Side if link and link.side(side.other).gone and not link.side(side).gone), None)
    by, now, done = operator(), bench.clock.now(), False
    if link is not None and left is not None and keep:
        done = bench.store.keep_left(bond, link.id, by=by, now=now)
    elif link is not None and left is not None:
        done = bench.store.follow_all_the_same(bond, link.id, left, _as_it_is(bench, bond, link, left), by=by, now=now)
    if not done or link is None or left is None:
        raise UsageError(
            f"no deletion of record {meant.record_id} or its partner is held", todo=f"See `ebond status {bond}`"
        )
    what = "stays as it is, and the link ends" if keep else f"follows the deletion at the next `ebond sync {bond}`"
    return {"keep": keep, "by": by}, f"the {left} record {link.side(left).id} {what}"


def _as_it_is(bench: Workbench, bond: str, link: LinkState, side: Side) -> dict[str, Any]:
    """Return the base of a side by which nothing of it is an edit."""
    mapping, _ = bench.compiled(bond)
    view, base = link.side(side).view, dict(link.side(side).base or {})
    return base | {rule.name: view.get(name) for rule in mapping.rules if (name := rule.field(side)) is not None}


def _held(store: Store, bond: str, link_id: int | None) -> list[str]:
    link = store.link(bond, link_id) if link_id is not None else None
    return sorted(link.holds) if link else []


def _advice(field: str, held: list[str]) -> str:
    return nearest(field, held).capitalize() if held else "Nothing of it is; see `ebond status BOND`"


def _may_go(rule: CompiledRule, take: Take) -> None:
    if take.winner is not None and not rule.goes(take.winner.other):
        raise UsageError(
            f"{rule.name} is never carried to the {take.winner.other} side",
            todo=f"Take {take.winner.other}, or neither",
        )
