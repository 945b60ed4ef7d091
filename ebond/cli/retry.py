"""``ebond retry BOND [RECORD]``: have what was set aside tried again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import BondArgument, DatabaseOption, Exit, FolderOption, JsonOption, Place, SideOption
from ebond.cli.output import console, counted, print_json
from ebond.cli.records import Meant, find, operator
from ebond.clock import SystemClock
from ebond.errors import UsageError
from ebond.state import Side
from ebond.store import Store


def retry(
    bond: BondArgument,
    record: Annotated[
        str | None,
        typer.Argument(help="Id of a record on either side; all of the bond without it.", metavar="[RECORD]"),
    ] = None,
    side: SideOption = None,
    not_made: Annotated[
        bool,
        typer.Option("--not-made", help="You looked: the stuck create of RECORD made nothing. It is created anew."),
    ] = False,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Have parked links, parked fields and records that were set aside tried again by the next sync.

    Conflicts are not among them: they wait for `ebond resolve`.

    Example: ebond retry acme-partner 4711
    """
    place = Place(folder, database)
    place.definitions().bond(bond)
    with place.store() as store:
        links, records = _retry(store, bond, record, side, not_made=not_made)
    if json:
        print_json({"bond": bond, "links": links, "records": records})
    else:
        console().print(_told(bond, links, records), markup=False)
    raise typer.Exit(Exit.OK)


def _retry(store: Store, bond: str, record: str | None, side: Side | None, *, not_made: bool) -> tuple[int, int]:
    by, now = operator(), SystemClock().now()
    store.forget_unknown()
    if record is None:
        if not_made:
            raise UsageError("--not-made is about one record", todo="Name the record that you looked for")
        return store.retry_links(bond, link_id=None, by=by, now=now), store.retry_records(bond, by=by, now=now)
    meant = find(store, bond, record, side)
    if not_made:
        return 0, _believe(store, bond, meant)
    if meant.link is not None:
        return store.retry_links(bond, link_id=meant.link, by=by, now=now), 0
    return 0, store.retry_records(bond, side=meant.side, record_id=record, by=by, now=now)


def _believe(store: Store, bond: str, meant: Meant) -> int:
    if not store.not_made(bond, meant.side, meant.record_id, by=operator(), now=SystemClock().now()):
        raise UsageError(f"no create of record {meant.record_id} is stuck", todo="`ebond status BOND` shows which are")
    return 1


def _told(bond: str, links: int, records: int) -> str:
    if not links and not records:
        return f"nothing of it is parked or set aside; `ebond status {bond}` shows what waits"
    what = [counted(links, "link")] * bool(links) + [counted(records, "record")] * bool(records)
    return f"{' and '.join(what)} will be tried again at the next `ebond sync {bond}`"
