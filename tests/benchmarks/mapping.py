"""What it costs to carry a ticket over, against code that was written for this one mapping."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.mapping.compile import CompiledMapping, compile_mapping
from ebond.state import Side
from tests.benchmarks import by_hand
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.pairs import alternate, timed


def measure(scale: Scale) -> Iterator[Figure]:
    """``mapping.vs_hand``: fifteen fields of an incident, from the record read to the values to write / by hand.

    By hand is what a careful programmer writes for these two systems: the same checks of the same values, the reason
    of each that cannot be carried. Both have to give the same for every ticket. No stamp comes twice within what is
    remembered of them.
    """
    records = [ticket(number) for number in range(scale.tickets)]
    compiled = compile_mapping(MAPPING, LEFT, RIGHT)
    for record in records[:1000]:
        ours, hand = _carried(compiled, record), by_hand.carried(record)
        if ours != hand:
            raise RuntimeError(f"the two do not do the same: {ours} / {hand}")

    def mapped() -> None:
        for record in records:
            _carried(compiled, record)

    def written() -> None:
        for record in records:
            by_hand.carried(record)

    clock = time.process_time
    found = alternate(lambda: timed(mapped, clock=clock), lambda: timed(written, clock=clock), pairs=scale.pairs + 2)
    yield Figure("mapping.vs_hand", found.ratio, 2.0, f"{found.per(scale.tickets)} per ticket")


def _carried(mapping: CompiledMapping, record: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    values, parked = mapping.carried(Side.RIGHT, mapping.left.extract(record))
    return values, list(parked)


def ticket(number: int) -> dict[str, Any]:
    """Return an incident as a service desk shows it; one in fifty holds a state that the partner does not know."""
    return {
        "number": f"INC{number:07d}",
        "short_description": f"  Link down at site {number % 997} ",
        "description": f"The link drops every {number % 60} minutes.\r\nSince the change of last night.",
        "state": "9" if number % 50 == 0 else str(number % 4 + 1),
        "urgency": str(number % 3 + 1),
        "impact": number % 3 + 1,
        "priority": str(number % 5 + 1),
        "category": f"category {number % 17}",
        "caller_id": {"value": f"user{number % 509}", "display_value": f"User {number % 509}"},
        "assignment_group": {"value": f"g{number % 29}", "display_value": f"Group {number % 29}"},
        "opened_at": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d} {number % 24:02d}:{number // 24 % 60:02d}:07",
        "due_date": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "u_cost": f"{number % 10_000 / 100:.2f}",
        "active": "true" if number % 4 else "false",
        "watch_list": f"a{number % 7}@example.com,b{number % 5}@example.com",
    }


def _text(path: str, *normalise: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "normalise": normalise, **more}


_LISTED = {"path": "/x", "paging": {"kind": "single"}}

LEFT = Resource.model_validate({
    "id": "/number",
    "list": _LISTED,
    "fields": {
        "number": _text("/number"),
        "short_description": _text("/short_description", "trim"),
        "description": _text("/description", "lf"),
        "state": _text("/state"),
        "urgency": _text("/urgency"),
        "impact": {"path": "/impact", "type": "number", "decimals": 0},
        "priority": _text("/priority"),
        "category": _text("/category", "trim"),
        "caller": _text("/caller_id/display_value"),
        "group": _text("/assignment_group/value"),
        "opened": {
            "path": "/opened_at", "type": "instant", "stamp": {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S"},
        },
        "due": {"path": "/due_date", "type": "date"},
        "cost": {"path": "/u_cost", "type": "number", "decimals": 2, "number_as": "text"},
        "active": {"path": "/active", "type": "boolean", "true": "true", "false": "false"},
        "watchers": {"path": "/watch_list", "type": "list", "separator": ","},
    },
})  # fmt: skip

RIGHT = Resource.model_validate({
    "id": "/id",
    "list": _LISTED,
    "fields": {
        "externalId": _text("/externalId"),
        "name": _text("/name", "trim", max=80),
        "description": _text("/description", max=4000),
        "status": _text("/status/name", values=sorted(by_hand.STATES.values())),
        "severity": _text("/severity", values=sorted(by_hand.SEVERITIES.values())),
        "impact": {"path": "/impact", "type": "number", "decimals": 0},
        "priority": _text("/priority"),
        "type": _text("/ticketType"),
        "requester": _text("/requester/name"),
        "team": _text("/team/id"),
        "created": {"path": "/creationDate", "type": "instant", "stamp": {"format": "iso_z", "granularity": "1s"}},
        "expected": {"path": "/expectedResolutionDate", "type": "date"},
        "cost": {"path": "/cost", "type": "number", "decimals": 2},
        "open": {"path": "/open", "type": "boolean"},
        "watchers": {"path": "/watchers", "type": "list"},
    },
})  # fmt: skip

_RENAMED = {
    "number": "externalId", "short_description": "name", "description": "description", "impact": "impact",
    "category": "type", "caller": "requester", "group": "team", "opened": "created", "due": "expected",
    "cost": "cost", "active": "open", "watchers": "watchers",
}  # fmt: skip
_MAPPED = {
    ("state", "status"): by_hand.STATES,
    ("urgency", "severity"): by_hand.SEVERITIES,
    ("priority", "priority"): by_hand.PRIORITIES,
}

MAPPING = MappingDefinition.model_validate({
    "version": 1,
    "mapping": "incident",
    "left": "desk/incident",
    "right": "partner/ticket",
    "fields": [
        *({"left": left, "right": right} for left, right in _RENAMED.items()),
        *(
            {"left": left, "right": right, "values": [{"left": one, "right": two} for one, two in pairs.items()]}
            for (left, right), pairs in _MAPPED.items()
        ),
    ],
})  # fmt: skip
