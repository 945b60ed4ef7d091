"""Contracts of many shapes can be said: sessions, forms, one URL, bare ids, OData, tokens for writes, lists of one."""

from __future__ import annotations

from pathlib import Path

from ebond.definitions import load

SHAPES = {
    "c4c", "dynamics", "freshservice", "halo", "importset", "itop", "pagerduty", "sdp", "topdesk", "znuny",
}  # fmt: skip


def test_contracts_of_ten_systems_without_a_preset_are_whole() -> None:
    """Each loads without a problem; none needs what a definition cannot say."""
    assert set(load(Path(__file__).parent / "said").systems) == SHAPES
