"""A kind of system to fake: its definition, its habits and its manners under one name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ebond.definitions.system import Resource, System
from ebond.testing.habits import Habits
from ebond.testing.manners import Manners

if TYPE_CHECKING:
    from ebond.testing.masks import Mask

RESOURCE: Final = "ticket"
STATUSES: Final = ("new", "open", "held", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of system; every preset has the same field names, whatever they are called on the wire."""

    name: str
    resource: Resource
    habits: Habits = field(default_factory=Habits)
    manners: Manners = field(default_factory=Manners)
    statuses: tuple[str, str, str, str] = STATUSES
    """How this system spells new, open, held, closed."""
    others: Mapping[str, Resource] = field(default_factory=dict)
    """Other resources of the system, by name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that the system's contract wants with every call."""
    mask: Mask | None = None
    """The face that the system shows instead of its own."""

    @property
    def shown(self) -> Resource:
        """The resource that ebond is told of."""
        return self.resource if self.mask is None else self.mask.resource

    def definition(self, name: str, gateway: str, **changes: Any) -> System:
        """Return the system's definition, as an operator would write it."""
        document = {
            "version": 1,
            "system": name,
            "gateway": gateway,
            "base_path": f"/{name}/v1",
            "verbs": ("GET", "POST", "PUT", "PATCH", "DELETE"),
            "headers": dict(self.headers),
            "resources": {RESOURCE: self.shown, **self.others},
        }
        return System.model_validate({**document, **changes})


def ticket_fields(statuses: tuple[str, ...] = STATUSES, **changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that every preset has, with what one of them spells otherwise."""
    fields: dict[str, dict[str, Any]] = {
        "title": {"path": "/title", "required": True, "max": 200},
        "description": {"path": "/description"},
        "status": {"path": "/status", "values": list(statuses)},
        "urgency": {"path": "/urgency", "type": "number", "decimals": 0},
        "cost": {"path": "/cost", "type": "number", "decimals": 2},
        "due": {"path": "/due", "type": "date"},
        "active": {"path": "/active", "type": "boolean"},
        "labels": {"path": "/labels", "type": "list", "ordered": False, "empty": "list"},
        "external_ref": {"path": "/external_ref"},
    }
    return {name: {**rule, **changes.get(name, {})} for name, rule in fields.items()}
