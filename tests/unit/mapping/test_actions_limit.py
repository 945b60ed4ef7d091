"""A field that moves by actions takes only the values that have one."""

from __future__ import annotations

import pytest

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.limits import limiter


def test_a_value_without_an_action_parks() -> None:
    """Before anything is sent, though the field may show it."""
    actions = {"closed": {"path": "/t/{id}/close"}}
    field = ResourceField.model_validate({"path": "/s", "values": ["open", "closed"], "actions": actions})
    limited = limiter(FieldRule(left="s", right="s"), field)
    assert limited is not None
    assert limited("closed") == "closed"
    with pytest.raises(ValueParked, match="does not take the value"):
        limited("open")
