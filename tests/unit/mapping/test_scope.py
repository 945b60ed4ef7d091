"""Which records are taken into a bond."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.bond import Condition
from ebond.mapping.scope import compile_scope
from ebond.mapping.side import SideView
from tests.unit.mapping.making import label, resource

SIDE = SideView(
    resource(group={}, prio={"type": "number"}, open={"type": "boolean"}, tags={"type": "list"}),
    ["group", "prio", "open", "tags"],
)

#: (condition, view, in scope)
ROWS: tuple[tuple[dict[str, Any], dict[str, Any], bool], ...] = (
    ({"field": "group", "equals": "net"}, {"group": "net"}, True),
    ({"field": "group", "equals": "net"}, {"group": "Net"}, False),
    ({"field": "group", "equals": "net"}, {}, False),
    ({"field": "prio", "equals": 1}, {"prio": "1.0"}, True),
    ({"field": "open", "equals": True}, {"open": "1"}, True),
    ({"field": "prio", "in": ["1", "2"]}, {"prio": 2.0}, True),
    ({"field": "prio", "in": ["1", "2"]}, {"prio": 3}, False),
    ({"field": "prio", "in": ["1", "2"]}, {"prio": None}, False),
    ({"field": "prio", "not_in": ["1"]}, {"prio": 2}, True),
    ({"field": "prio", "not_in": ["1"]}, {"prio": ""}, True),
    ({"field": "prio", "not_in": ["1"]}, {"prio": "1"}, False),
    ({"field": "group", "empty": True}, {"group": ""}, True),
    ({"field": "group", "empty": True}, {"group": "x"}, False),
    ({"field": "group", "empty": False}, {"group": []}, False),
    ({"field": "group", "matches": "^net"}, {"group": "network"}, True),
    ({"field": "group", "matches": "^net"}, {"group": "internet"}, False),
    ({"field": "tags", "matches": "sla"}, {"tags": ["fibre", "sla"]}, True),
    ({"field": "prio", "not_in": ["1"]}, {"prio": "high"}, False),
    ({"field": "prio", "empty": False}, {"prio": {"odd": 1}}, False),
    ({"field": "prio", "in": ["1", "2"], "not_in": ["2"]}, {"prio": 2}, False),
)


@pytest.mark.parametrize(("condition", "view", "inside"), ROWS, ids=label)
def test_a_condition_is_held_against_the_meaning(condition: dict[str, Any], view: dict[str, Any], inside: bool) -> None:
    """Every part of it must hold; a value that cannot be read is not in scope."""
    assert compile_scope([Condition.model_validate(condition)], SIDE)(view) is inside


def test_all_conditions_must_hold() -> None:
    """And without any, every record is in scope."""
    both = [Condition(field="group", equals="net"), Condition(field="prio", equals=1)]
    scope = compile_scope(both, SIDE)
    assert [scope({"group": "net", "prio": prio}) for prio in (1, 2)] == [True, False]
    assert compile_scope([], SIDE)({}) is True
