"""Systems whose status moves step by step, by each way that a contract may say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ebond.testing.habits import FieldHabits, Habits, Workflow
from ebond.testing.preset import Preset
from ebond.testing.wiring import PRESETS

MOVES: Final = {"new": ("open",), "open": ("held", "closed"), "held": ("open",), "closed": ("open",)}
#: The same as a definition says it: new → open ↔ held, open ↔ closed.
TABLE: Final[list[dict[str, Any]]] = [
    {"from": ["new", "held", "closed"], "to": "open"},
    {"from": ["open"], "to": "held"},
    {"from": ["open"], "to": "closed"},
]
ASKED: Final = {
    "path": "/tickets/{id}/transitions",
    "items": "/transitions",
    "to": "/to/name",
    "id": "/id",
    "action": {"path": "/tickets/{id}/transitions", "constants": {"/transition/id": "{transition}"}},
}


def flowing(
    kind: str, status: Mapping[str, Any], *, fields: Mapping[str, FieldHabits] | None = None, **flow: Any
) -> Preset:
    """Return a preset whose status moves by a workflow, and whose definition says how."""
    base = PRESETS[kind]()
    resource = base.resource.model_dump()
    resource["fields"]["status"] |= status
    resource["fields"]["close_code"] = {"path": "/close_code"}
    habits: Habits = replace(
        base.habits,
        workflow=Workflow(moves=MOVES, **flow) if "moves" not in flow else Workflow(**flow),
        fields={**base.habits.fields, **(fields or {})},
    )
    return replace(base, resource=type(base.resource).model_validate(resource), habits=habits)


def by_table(kind: str, **flow: Any) -> Preset:
    """Steps are plain updates."""
    return flowing(kind, {"transitions": TABLE, "initial": ["new"]}, first="new", **flow)


def by_calls(kind: str, **flow: Any) -> Preset:
    """Each step is a call of its own, and a new record is always new."""
    rows = [{**row, "action": {"path": f"/tickets/{{id}}/{row['to']}"}} for row in TABLE]
    return flowing(kind, {"transitions": rows, "initial": ["new"]}, calls_only=True, first="new", **flow)


def by_asking(kind: str, *, table: bool = True, **flow: Any) -> Preset:
    """The system tells which transitions there are; a table says which of them lead on."""
    status = {"discover": ASKED, "transitions": TABLE if table else []}
    return flowing(kind, status, calls_only=True, first="new", **flow)


WAYS: Final = {"table": by_table, "calls": by_calls, "asking": by_asking}
