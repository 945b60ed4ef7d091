"""``ebond status BOND``: everything of one bond that waits for a human, with what to type about it.

The JSON under ``details`` is stable; every list is empty where there is nothing:

============== ==============================================================================
conflicts      ``left, right, field, reason, since, take, by``: both sides changed the field, or differ from the start;
               ``take`` and ``by`` say what was decided about it and by whom, null where nothing was
parked_fields  the same keys: the field cannot be carried, or names somebody whom the other side does not know
waiting        those up to ``since``: the field names a record that has no partner yet, and goes on when it has
parked_links   ``left, right, reason``: the link failed too often
set_aside      ``side, record, reason``: a record without a link
comments       ``side, record, comment, reason``: a comment that the other side did not take
files          ``side, record, file, name, reason``: a file that could not go
open_creates   ``side, record, state, since, attempts``: its create's outcome is open
deleted        ``left, right, side, state, reason``: the record of that side was deleted; state is null where the
               other side is left as it is, else ``held``, ``fused``, ``approved`` or ``begun``
out_of_scope   ``left, right, side, state, since, reason``: the record of that side has left the scope; ``told``,
               ``held`` where the other side did not take it, or else ``begun`` or ``returning``
failing        ``left, right, attempts, at, next, reason``: tried again by itself
failures       ``at, run_id, event, reason, …``: the newest lines of the journal on what failed
runs           the last runs, newest first
============== ==============================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from ebond.cli.output import ago, console
from ebond.state import PARKED
from ebond.store import Store
from ebond.sync.plan import DIFFERED

_RUNS: Final = 5
_PAIR: Final = "left {left} ↔ right {right}"


def details(store: Store, bond: str) -> dict[str, list[dict[str, Any]]]:
    """Return what waits, failed and ran lately, as plain data."""
    held = store.held(bond)

    def of(what: Container[str], *keys: str) -> list[dict[str, Any]]:
        return [{key: one[key] for key in keys} for one in held if one["what"] in what]

    sides = [(side, one) for one in held if one["what"] == "record" for side in ("left", "right") if side in one]
    return {
        "conflicts": of(("conflict",), "left", "right", "field", "reason", "since", "take", "by"),
        "parked_fields": of(PARKED, "left", "right", "field", "reason", "since", "take", "by"),
        "waiting": of(("waiting",), "left", "right", "field", "reason", "since"),
        "parked_links": of(("link",), "left", "right", "reason"),
        "set_aside": [{"side": side, "record": one[side], "reason": one["reason"]} for side, one in sides],
        "comments": [
            {"side": side, "record": one[side], "comment": one["comment"], "reason": one["reason"]}
            for one in held
            if one["what"] == "comment"
            for side in ("left", "right")
            if side in one
        ],
        "files": [
            {"side": side, "record": one[side], "file": one["file"], "name": one["name"], "reason": one["reason"]}
            for one in held
            if one["what"] == "file"
            for side in ("left", "right")
            if side in one
        ],
        "open_creates": [
            {
                "side": one.target.other,
                "record": one.source_id,
                "state": one.state,
                "since": one.at,
                "attempts": one.attempts,
            }
            for one in store.unresolved(bond)
        ],
        "deleted": [dict(one) for one in store.deleted(bond)],
        "out_of_scope": [dict(one) for one in store.departed(bond)],
        "failing": [dict(one) for one in store.failing(bond)],
        "failures": [_failure(one) for one in store.failures(bond)],
        "runs": [{"run": one.id, **_without_id(asdict(one))} for one in store.recent(bond, limit=_RUNS)],
    }


def _without_id(run: dict[str, Any]) -> dict[str, Any]:
    del run["id"]
    return run


def _failure(line: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("at", "run_id", "event", "link_id", "side", "record_id")
    return {**{key: line[key] for key in keys}, "reason": (line["detail"] or {}).get("reason", "")}


def print_details(bond: str, found: Mapping[str, list[dict[str, Any]]], now: datetime) -> None:
    """Print the details for people: sections with something in them only, each with what to do."""
    for key, title, row in _SECTIONS:
        _section(f"{title} ({len(found[key])})", [row(bond, one, now) for one in found[key]])
    _section("Last runs", [[_run(one, now)] for one in found["runs"]])


def _section(title: str, rows: Iterable[list[str]]) -> None:
    out = console()
    for number, (first, *rest) in enumerate(rows):
        if number == 0:
            out.print(f"\n[bold]{title}[/bold]")
        out.print(f"  {first}", markup=False)
        for line in rest:
            out.print(f"      {line}", markup=False)


def _conflict(bond: str, one: dict[str, Any], now: datetime) -> list[str]:
    told = [f"{one['field']}: {_PAIR.format(**one)}, since {ago(one['since'], now)}", one["reason"]]
    if one["take"]:
        return [*told, _decided(bond, one)]
    told += [
        f"ebond explain {bond} {one['left']} --side left",
        f"ebond resolve {bond} {one['left']} {one['field']} --side left --take left|right|neither",
    ]
    if one["reason"] == DIFFERED:
        told.append("pairs first linked from now on: `match.differences` of the bond says which side wins")
    return told


def _decided(bond: str, one: dict[str, Any]) -> str:
    return f"decided by {one['by']}: {one['take']}; next: ebond sync {bond}"


def _parked(bond: str, one: dict[str, Any], now: datetime) -> list[str]:
    return [
        f"{one['field']}: {_PAIR.format(**one)}, since {ago(one['since'], now)}",
        one["reason"],
        _decided(bond, one) if one["take"] else f"after the repair: ebond retry {bond} {one['left']} --side left",
    ]


def _waiting(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    return [f"{one['field']}: {_PAIR.format(**one)}, since {ago(one['since'], now)}", one["reason"]]


def _parked_link(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    return [_PAIR.format(**one), one["reason"], f"after the repair: ebond retry {bond} {one['left']} --side left"]


def _aside(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    advice = f"after the repair: ebond retry {bond} {one['record']} --side {one['side']}"
    return [f"{one['side']} {one['record']}", one["reason"], advice]


def _comment(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    advice = f"after the repair: ebond retry {bond} {one['record']} --side {one['side']}"
    return [f"{one['side']} {one['record']}: comment {one['comment']}", one["reason"], advice]


def _file(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    advice = f"after the repair: ebond retry {bond} {one['record']} --side {one['side']}"
    return [f"{one['side']} {one['record']}: file {one['name']} ({one['file']})", one["reason"], advice]


def _create(bond: str, one: dict[str, Any], now: datetime) -> list[str]:
    advice = "the next sync finds out whether it was made"
    if one["state"] == "stuck":
        advice = f"look for it; if it is not there: ebond retry {bond} {one['record']} --side {one['side']} --not-made"
    return [f"{one['side']} {one['record']}: {one['state']}, decided {ago(one['since'], now)}", advice]


def _deleted(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    if one["state"] is None:
        return [f"{_PAIR.format(**one)}: deleted on the {one['side']}; the other side is left as it is"]
    told = [f"{_PAIR.format(**one)}: deleted on the {one['side']}; {one['state']}", one["reason"]]
    if one["state"] == "held":
        told.append(f"ebond resolve {bond} {one['left']} --side left --keep (or --follow)")
    return told


def _departed(bond: str, one: dict[str, Any], now: datetime) -> list[str]:
    what = f"{_PAIR.format(**one)}: the {one['side']} record left {ago(one['since'], now)}; {one['state']}"
    if one["state"] != "held":
        return [what]
    return [what, one["reason"], f"after the repair: ebond retry {bond} {one['left']} --side left"]


def _failing(bond: str, one: dict[str, Any], now: datetime) -> list[str]:
    when = "at the next sync" if one["next"] is None or one["next"] <= now else f"after {one['next']:%H:%M:%S} UTC"
    times = f"failed {one['attempts']} times" if one["attempts"] > 1 else "failed once"
    return [
        f"{_PAIR.format(**one)}: {times}, tried again {when}",
        one["reason"],
        f"sooner: ebond retry {bond} {one['left']} --side left",
    ]


def _failed(bond: str, one: dict[str, Any], now: datetime) -> list[str]:  # noqa: ARG001  # as all rows
    where = " ".join(str(one[key]) for key in ("side", "record_id") if one[key]) or f"link {one['link_id']}"
    return [f"{ago(one['at'], now)}, run {one['run_id']}, {where}: {one['event']}", one["reason"]]


def _run(one: dict[str, Any], now: datetime) -> str:
    books = one["books"] or {}
    done = ", ".join(
        f"{name} {books[name]}" for name in ("read", "created", "updated", "held", "failed") if name in books
    )
    error = f": {one['error']}" if one["error"] else ""
    return f"run {one['run']} {one['kind']}, {ago(one['started'], now)}, {one['status']}, {done}{error}"


_SECTIONS: Final[tuple[tuple[str, str, Callable[[str, dict[str, Any], datetime], list[str]]], ...]] = (
    ("conflicts", "Conflicts: the two sides differ in a field", _conflict),
    ("parked_fields", "Parked fields: the rest of their links goes on", _parked),
    ("waiting", "Waiting for other records: they go on by themselves", _waiting),
    ("parked_links", "Parked links: they failed too often", _parked_link),
    ("set_aside", "Records set aside", _aside),
    ("comments", "Comments set aside: those after them go on", _comment),
    ("files", "Files set aside: their records go on", _file),
    ("open_creates", "Creates whose outcome is open", _create),
    ("deleted", "Deleted on one side", _deleted),
    ("out_of_scope", "Out of scope: edits are carried all the same", _departed),
    ("failing", "Links that failed and are tried again", _failing),
    ("failures", "Last failures", _failed),
)
