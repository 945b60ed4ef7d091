"""``ebond resolve BOND RECORD FIELD --take left``: decide about a field that is held."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from ebond.cli.records import find, operator
from ebond.definitions.nearest import nearest
from ebond.errors import UsageError
from ebond.mapping.rules import CompiledRule
from ebond.state import Take
from ebond.store import Store
from ebond.sync.told import told_side


def resolve(
    bond: BondArgument,
    record: RecordArgument,
    field: Annotated[
        str,
        typer.Argument(help="The held field, as `ebond status BOND` names it.", metavar="FIELD", show_default=False),
    ],
    take: Annotated[
        Take,
        typer.Option("--take", help="Whose value stands on both sides; neither: both stay as they are."),
    ],
    side: SideOption = None,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Decide about a held field: whose value is taken. Nothing is written now; the next sync plans and writes it.

    Should the value that is given up change before that, the field is held again: you have not seen that one.

    Example: ebond resolve acme-partner 4711 title --take left
    """
    with Place(folder, database).workbench() as bench:
        mapping, _ = bench.compiled(bond)
        meant = find(bench.store, bond, record, side)
        held = _held(bench.store, bond, meant.link)
        if field not in held:
            raise UsageError(f"{field!r} of record {record} is not held", todo=_advice(field, held))
        if told_side(field) is not None:
            raise UsageError(f"{field!r} is what people are told, and nobody's to decide", todo="Use `ebond retry`")
        _may_go(mapping.rule(field), take)
        by = operator()
        assert meant.link is not None, "only links have held fields"
        bench.store.decide(bond, meant.link, field, take, by=by, now=bench.clock.now())
    if json:
        print_json({"bond": bond, "link": meant.link, "field": field, "take": take, "by": by})
    else:
        outcome = "both sides stay as they are" if take is Take.NEITHER else f"the {take} value is taken"
        console().print(f"{field} of record {record}: {outcome} at the next `ebond sync {bond}`", markup=False)
    raise typer.Exit(Exit.OK)


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
