"""What a fake system's workflow says to a write. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.testing.habits import Workflow
from ebond.testing.revision import Refusal


def begun(values: Mapping[str, Any], flow: Workflow | None) -> dict[str, Any]:
    """Return what a call creates: it begins where the workflow begins."""
    if flow is None or flow.first is None:
        return dict(values)
    return {**values, flow.name: flow.first}


def moved(before: Mapping[str, Any], kept: Mapping[str, Any], flow: Workflow | None, *, call: bool) -> dict[str, Any]:
    """Return what a call changes. Raises Refusal (422) for a move that is not in the table, or lacks a field.

    ``call`` is whether it is a call of its own that moves the state.
    """
    if flow is None:
        return dict(kept)
    if flow.calls_only and not call:
        kept = {name: value for name, value in kept.items() if name != flow.name}
    start, end = before.get(flow.name), kept.get(flow.name, before.get(flow.name))
    if start in flow.closed and any(kept[name] != before.get(name) for name in kept if name != flow.name):
        raise Refusal(422, "closed", f"nothing else changes in the state {start}")
    if end == start:
        return dict(kept)
    if end not in flow.moves.get(str(start), ()):
        raise Refusal(422, "transition", f"no move from {start} to {end}")
    missing = [name for name in flow.needs.get(str(end), ()) if not {**before, **kept}.get(name)]
    if missing:
        raise Refusal(422, "incomplete", f"{end} needs {', '.join(missing)}")
    return {**kept, flow.name: flow.pauses.get(str(end), end)}
