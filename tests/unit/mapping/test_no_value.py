"""No value: null, "", [], {} and nothing at all are one."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.mapping.side import SideView
from ebond.state import Side
from tests.unit.mapping.making import agree, canon, mapped, resource, to_right

TYPES = ("text", "number", "boolean", "instant", "date", "list", "json")
NOTHING: tuple[Any, ...] = (None, "", [], {})


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_every_form_of_no_value_means_none_in_every_type(kind: str, nothing: Any) -> None:
    """Zero and no are values."""
    assert canon(nothing, type=kind) is None


@pytest.mark.parametrize("kind", TYPES)
def test_two_forms_of_no_value_are_the_same(kind: str) -> None:
    """A system that shows "" for the null that was written is not edited."""
    side = SideView(resource(a={"type": kind}), ["a"])
    assert all(side.same("a", one, two) for one in NOTHING for two in NOTHING)


@pytest.mark.parametrize(("kind", "value"), [("number", 0), ("boolean", False), ("text", "0"), ("instant", 0)])
def test_zero_and_no_are_values(kind: str, value: Any) -> None:
    """They are not taken for nothing."""
    stamp = {"stamp": {"format": "epoch_s"}} if kind == "instant" else {}
    assert canon(value, type=kind, **stamp) is not None


def test_what_is_missing_is_no_value() -> None:
    """A record without the field shows the same as one with null."""
    side = SideView(resource(a={}), ["a"])
    assert side.extract({}) == side.extract({"a": None}) == {"a": None}


@pytest.mark.parametrize("source", TYPES)
@pytest.mark.parametrize("target", TYPES)
def test_no_value_is_carried_as_no_value(source: str, target: str) -> None:
    """Between all types; and both sides empty agree, whatever the rule would write."""
    mapping = mapped({"type": source}, {"type": target})
    assert [to_right(mapping, nothing) for nothing in NOTHING] == [None] * 4
    assert agree(mapping, "", None)


def test_a_whole_record_carries_nothing_where_there_is_nothing() -> None:
    """A create leaves empty fields out."""
    assert mapped().carried(Side.RIGHT, {"a": ""}) == ({}, {})
