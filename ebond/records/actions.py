"""Values that are set by a call of their own: a transition, a close, a reopen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.definitions.system import Resource, ResourceField
from ebond.definitions.writing import Action
from ebond.errors import ContractError
from ebond.gateway.wire import Request
from ebond.records.bodies import constants_in
from ebond.records.place import fill, fill_path


def by_action(resource: Resource, changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide changes into those that are calls of their own, and those that are fields of a body."""
    acted = {name for name in changes if name in resource.fields and _calls(resource.fields[name])}
    return {n: v for n, v in changes.items() if n in acted}, {n: v for n, v in changes.items() if n not in acted}


def action_request(resource: Resource, field: str, value: Any, record_id: str) -> Request:
    """Build the call that gives a field a value; raises ContractError where the contract has none for it."""
    calls = _calls(resource.fields[field])
    action = calls.get(str(value))
    if action is None:
        known = ", ".join(calls)
        raise ContractError(
            f"the contract has no action that makes {field!r} {value!r}", todo=f"It has some for {known}: see 'actions'"
        )
    return request_of(resource, action, record_id)


def _calls(field: ResourceField) -> Mapping[str, Action]:
    """Return the calls of a field that no body carries, by the value that they lead to."""
    rows = [(row.to, row.action) for row in reversed(field.transitions)]
    calls = {to: action for to, action in rows if action is not None}
    return field.actions or (calls if len(calls) == len({to for to, _ in rows}) else {})


def request_of(resource: Resource, action: Action, record_id: str, **known: str | int) -> Request:
    """Build the call of an action on a record; ``known`` is filled in besides its id."""
    counted = resource.id_type == "number" and record_id.isdigit()
    body: dict[str, Any] = {}
    constants_in(body, action.constants, id=int(record_id) if counted else record_id, **known)
    words = {"id": record_id, **{name: str(value) for name, value in known.items()}}
    return Request(
        action.method,
        fill_path(action.path, **words),
        params=fill(action.params, **words),
        json=body or None,
        operation="update",
    )
