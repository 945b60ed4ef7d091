"""Values that are set by a call of their own: a transition, a close, a reopen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.definitions.system import Resource
from ebond.errors import ContractError
from ebond.gateway.wire import Request
from ebond.records.bodies import constants_in
from ebond.records.place import fill, fill_path


def by_action(resource: Resource, changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide changes into those that are actions, and those that are fields of a body."""
    acted = {name for name in changes if name in resource.fields and resource.fields[name].actions}
    return {n: v for n, v in changes.items() if n in acted}, {n: v for n, v in changes.items() if n not in acted}


def action_request(resource: Resource, field: str, value: Any, record_id: str) -> Request:
    """Build the call that gives a field a value; raises ContractError where the contract has none for it."""
    action = resource.fields[field].actions.get(str(value))
    if action is None:
        known = ", ".join(resource.fields[field].actions)
        raise ContractError(
            f"the contract has no action that makes {field!r} {value!r}", todo=f"It has some for {known}: see 'actions'"
        )
    counted = resource.id_type == "number" and record_id.isdigit()
    body: dict[str, Any] = {}
    constants_in(body, action.constants, id=int(record_id) if counted else record_id)
    return Request(
        action.method,
        fill_path(action.path, id=record_id),
        params=fill(action.params, id=record_id),
        json=body or None,
        operation="update",
    )
