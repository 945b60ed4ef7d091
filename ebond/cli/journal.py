"""``ebond journal BOND [RECORD]``: what was observed, decided, sent and answered, in sentences.

The JSON of ``--json`` is stable: ``{"bond", "journal": [{id, at, run_id, link_id, side, record_id, field, event,
detail}, …]}``, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ebond.cli.app import BondArgument, DatabaseOption, FolderOption, JsonOption, Place, SideOption
from ebond.cli.output import console, print_json
from ebond.cli.records import find

#: What each event of the journal says; ``{…}`` are columns and details of the line.
SENTENCES: Final[Mapping[str, str]] = {
    "matched": "matched left {record_id} with right {right} by {key}",
    "intended": "decided to create {side} {record_id} on the other side, with {fields}",
    "created": "created {side} {record_id} on the other side, as {target}",
    "unknown": "sent the create of {side} {record_id}; nobody knows whether it was made: {reason}",
    "written": "wrote {field} on the {side}",
    "told": "told people so in {field} on the {side}",
    "settled": "settled {field}: nothing to write",
    "conflict": "held {field}, a conflict: {reason}",
    "parked": "parked {field}: {reason}",
    "held": "set {side} {record_id} aside: {reason}",
    "failed": "failed: {reason}",
    "missing": "did not find {side} {record_id}; it is read again before that is believed",
    "awaited": "was told of {side} {record_id}: {reason}",
    "deleted": "saw that {side} {record_id} was deleted: {reason}",
    "unreadable": "could not read {side} {record_id}: {reason}",
    "rekeyed": "followed {side} {from}, which goes by {record_id} now",
    "leaving": "is about to tell the other side that {side} {record_id} has left the scope",
    "left": "told the other side that {side} {record_id} has left the scope",
    "leaving_held": "could not tell the other side about the scope of {side} {record_id}: {reason}",
    "returning": "is about to put back what it set when {side} {record_id} left the scope",
    "returned": "put back what it had set: {side} {record_id} is in scope again",
    "odd": "parked the link of {side} {record_id}: {reason}",
    "reset": "stopped: {reason}",
    "afresh": "was told by {by} to take both sides as they are now",
    "parting": "is about to {policy} the other record, as the {side} one was deleted",
    "parted": "ended the link ({how}): {reason}",
    "released": "goes on with the link: {reason}",
    "reopened": "put back what it had set, and goes on: {reason}",
    "dissolved": "forgot the link: {reason}",
    "fused": "holds all deletions back until they are approved: {reason}",
    "approved": "was told by {by} to follow {count} deletions",
    "decided": "was told by {by} to take {take} for {field}",
    "decision_dropped": "set the decision of {by} about {field} aside: {reason}",
    "parting_decided": "was told by {by} to {what}",
    "retried": "was told by {by} to try again",
    "put_back": "left the create to another worker: {reason}",
    "commented": "carried comment {comment} of {side} {record_id} to the other side",
    "comment_kept": "left comment {comment} of {side} {record_id} where it is: {reason}",
    "comment_held": "set comment {comment} of {side} {record_id} aside: {reason}",
    "comment_unknown": "sent comment {comment} of {side} {record_id}; nobody knows whether it arrived: {reason}",
    "comment_changed": "saw comment {comment} of {side} {record_id} changed: {reason}",
    "attached": "carried file {name} of {side} {record_id} to the other side",
    "file_kept": "left file {name} of {side} {record_id} where it is: {reason}",
    "file_held": "set file {name} of {side} {record_id} aside: {reason}",
    "file_unknown": "sent file {name} of {side} {record_id}; nobody knows whether it arrived: {reason}",
    "file_changed": "saw file {name} of {side} {record_id} with other content: it is carried as a file of its own",
    "file_deleted": "saw file {name} of {side} {record_id} deleted: {reason}",
    "comment_deleted": "saw comment {comment} of {side} {record_id} deleted: {reason}",
    "paused": "was paused by {by}",
    "resumed": "was resumed by {by}",
}


def journal(
    bond: BondArgument,
    record: Annotated[
        str | None, typer.Argument(help="Id of a record on either side.", metavar="[RECORD]", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="How many lines, the newest first.", min=1)] = 50,
    side: SideOption = None,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show what ebond did and why, newest first; fields and digests, never values.

    Example: ebond journal acme-partner 4711 --side left
    """
    place = Place(folder, database)
    place.definitions().bond(bond)
    with place.store() as store:
        meant = find(store, bond, record, side) if record is not None else None
        if meant is None:
            lines = store.read_journal(bond, limit=limit)
        else:
            lines = store.read_journal(bond, record_id=meant.record_id, side=meant.side, limit=limit)
    if json:
        print_json({"bond": bond, "journal": [dict(line) for line in lines]})
        return
    out = console()
    for line in lines:
        out.print(sentence(line), markup=False)
    if not lines:
        out.print("nothing yet", markup=False)


def sentence(line: Mapping[str, Any]) -> str:
    """Tell one line of the journal: when, in which run, of which link, what."""
    detail = line["detail"] or {}
    facts = {**line, **{key: _text(value) for key, value in detail.items()}}
    pattern = SENTENCES.get(line["event"], line["event"])
    told = pattern.format_map(_Blank(facts))
    rest = ", ".join(f"{key} {_text(value)}" for key, value in detail.items() if value and f"{{{key}}}" not in pattern)
    run = f"run {line['run_id']}" if line["run_id"] else "by hand"
    link = f" link {line['link_id']}" if line["link_id"] else ""
    return f"{line['at']:%Y-%m-%d %H:%M:%S} {run}{link}: {told}" + (f" ({rest})" if rest else "")


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "it" if key == "record_id" else "?"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
