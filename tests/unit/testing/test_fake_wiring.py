"""Two ends and their definitions, wired."""

from __future__ import annotations

import itertools

import pytest

from ebond.testing.clock import ManualClock
from ebond.testing.wiring import PRESETS, fake_bond, fake_end, fake_mapping


@pytest.mark.parametrize(("one", "other"), list(itertools.product(sorted(PRESETS), repeat=2)))
def test_any_two_presets_make_a_bond(one: str, other: str, clock: ManualClock) -> None:
    """Every pair of presets has a mapping whose fields are there on both sides."""
    left, right = (fake_end(PRESETS[n](), name=s, clock=clock) for n, s in ((one, "left"), (other, "right")))
    mapping = fake_mapping(left, right)
    assert (mapping.left, mapping.right) == ("left/ticket", "right/ticket")
    for rule in mapping.fields:
        assert {rule.left} <= left.resource.fields.keys()
        assert {rule.right} <= right.resource.fields.keys()
    assert fake_bond().mapping == mapping.mapping


def test_an_end_names_its_gateway(clock: ManualClock) -> None:
    """System and gateway definitions fit together."""
    end = fake_end(PRESETS["plain"](), name="left", clock=clock, quota=(5, 1.0))
    assert end.definition.gateway == end.gateway_definition.gateway
    assert end.gateway_definition.base_url == "https://left.test"
