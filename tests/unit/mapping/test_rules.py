"""Field rules: which way a value goes, and what is written where it comes from nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.errors import ValueParked
from ebond.state import Side
from tests.unit.mapping.making import PARKED, agree, mapped, to_left, to_right

#: (parts of the rule, goes to the left, goes to the right)
WAYS: tuple[tuple[dict[str, Any], bool, bool], ...] = (
    ({}, True, True),
    ({"direction": "to_right"}, False, True),
    ({"direction": "to_left"}, True, False),
    ({"left": None, "constant": {"right": "x"}}, False, True),
    ({"right": None, "constant": {"left": "x"}}, True, False),
    ({"left": None, "template": {"right": "{z}"}}, False, True),
    ({"right": None, "template": {"left": "{y}"}}, True, False),
)


@pytest.mark.parametrize(("parts", "left", "right"), WAYS)
def test_a_rule_goes_where_its_parts_lead(parts: dict[str, Any], left: bool, right: bool) -> None:
    """A constant or a template makes it one-way."""
    rule = mapped(**parts).rule("it")
    assert (rule.goes(Side.LEFT), rule.goes(Side.RIGHT)) == (left, right)


def test_a_constant_is_written_whatever_the_other_side_holds() -> None:
    """It is plain text: what the system escapes by itself is not taken for an escape."""
    mapping = mapped(b={"normalise": ["html_escape"]}, left=None, constant={"right": "R&amp;D"})
    assert to_right(mapping, "anything") == "R&amp;D"
    assert [agree(mapping, None, shown) for shown in ("R&amp;amp;D", "R&D", "")] == [True, False, False]


def test_a_constant_has_the_type_of_its_field() -> None:
    """And its spelling there."""
    mapping = mapped(b={"type": "boolean", "true": "Y", "false": "N"}, left=None, constant={"right": True})
    assert to_right(mapping, None) == "Y"


def test_a_default_stands_in_for_no_value_only() -> None:
    """On its own side only."""
    mapping = mapped(b={"type": "number"}, a={"type": "number"}, default={"right": 3})
    assert [to_right(mapping, raw) for raw in ("", None, 0, 5)] == [3, 3, 0, 5]
    assert to_left(mapping, None) is None


def test_an_empty_side_agrees_with_its_default() -> None:
    """Neither the default nor nothing on the other side is a difference."""
    mapping = mapped(default={"right": "none given"})
    assert [agree(mapping, "", shown) for shown in ("none given", "", "other")] == [True, True, False]


@pytest.mark.parametrize("parts", [{"default": {"right": "x"}}, {"required": True}])
def test_two_empty_sides_agree_whatever_the_rule_would_write(parts: dict[str, Any]) -> None:
    """One way, too: a default or a demand is no reason to write a record that nobody touched."""
    assert agree(mapped(direction="to_right", **parts), "", None)


def test_a_template_is_filled_from_the_other_side() -> None:
    """With the meaning of its fields; braces in pairs are text, blanks at the ends are not."""
    mapping = mapped(left=None, template={"right": "{{{z}}} "})
    assert mapping.rule("it").to(Side.RIGHT, {"z": 1.0}).raw == "{1}"
    assert mapping.rule("it").to(Side.RIGHT, {}).raw == "{}"


def test_a_template_of_nothing_is_nothing() -> None:
    """And a field of it that cannot be read parks the whole."""
    mapping = mapped(left=None, template={"right": "{z} "})
    assert mapping.rule("it").to(Side.RIGHT, {"z": ""}).raw is None
    with pytest.raises(ValueParked):
        mapping.rule("it").to(Side.RIGHT, {"z": {"no": "text"}})


@pytest.mark.parametrize(("raw", "outcome"), [("", PARKED), (None, PARKED), ([], PARKED), ("x", "x")])
def test_a_required_value_may_not_be_empty(raw: Any, outcome: Any) -> None:
    """It parks its field, and is never cleared on the other side."""
    assert to_right(mapped(required=True), raw) == outcome


def test_a_default_satisfies_a_required_value() -> None:
    """There is something to write, after all."""
    assert to_right(mapped(required=True, default={"right": "n/a"}), "") == "n/a"


def test_a_value_that_the_target_does_not_take_parks() -> None:
    """The reason names a choice, and never what a person may have written."""
    rule = mapped(b={"values": ["open", "closed"]}).rule("it")
    with pytest.raises(ValueParked, match="'halfway'"):
        rule.to(Side.RIGHT, {"a": "halfway"})
    for personal in ("jane.doe@example.com", "The line of Jane Doe in 5 Rue de la Paix is down"):
        with pytest.raises(ValueParked, match="a text of"):
            rule.to(Side.RIGHT, {"a": personal})


def test_one_bad_value_parks_its_own_field_only() -> None:
    """All others of the record are carried, and the reason is given by rule."""
    values, parked = mapped(b={"type": "number"}).carried(Side.RIGHT, {"a": "seven"})
    assert (values, parked) == ({}, {"it": "a number was expected, not a text of 5 characters that is none"})
    assert mapped().carried(Side.RIGHT, {"a": "seven"}) == ({"b": "seven"}, {})


def test_what_only_a_system_fills_is_not_carried() -> None:
    """A field that can never be written is left out of a create."""
    assert mapped(b={"write": "never"}).carried(Side.RIGHT, {"a": "x"}) == ({}, {})
