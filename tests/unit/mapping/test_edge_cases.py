"""Situations that real peers got wrong, as far as values are concerned, by their numbers in the list of edge cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.mapping.side import SideView
from ebond.state import Side
from tests.unit.mapping.making import PARKED, SERVICENOW, agree, canon, label, mapped, resource, to_left, to_right

PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)


def escaping(text: str) -> str:
    """Store as a server does that escapes what it is sent."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("granularity", ["1s", "1m", "1h", "1d"])
def test_case_3_a_stamp_finer_than_the_system_tells_is_floored(granularity: str) -> None:
    """Never rounded up: the last microsecond of a step is still in it."""
    stamp = {"granularity": granularity}
    last = {"1s": "2026-11-24T00:00:00.999999Z", "1m": "2026-11-24T00:00:59.999999Z"}
    raw = last.get(granularity, "2026-11-24T00:59:59.999999Z")
    assert canon(raw, type="instant", stamp=stamp) == datetime(2026, 11, 24, tzinfo=UTC)


def test_case_6_a_naive_stamp_is_read_in_the_definitions_zone() -> None:
    """In the hour that the end of summer time repeats, the earlier reading is taken, and it comes back as it was."""
    paris = {"type": "instant", "stamp": {**SERVICENOW, "zone": "Europe/Paris"}}
    mapping = mapped(paris, {"type": "instant", "stamp": {"format": "iso_z", "granularity": "1s"}})
    assert to_right(mapping, "2026-10-25 02:30:00") == "2026-10-25T00:30:00Z"
    assert [to_left(mapping, f"2026-10-25T0{hour}:30:00Z") for hour in (0, 1)] == ["2026-10-25 02:30:00"] * 2


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        ({}, " Line\r\ndown ", "Line\ndown"),
        ({}, "x" * 300, "x" * 255),
        ({}, "R&D", "R&amp;D"),
        ({"type": "number"}, 10.005, 10.01),
        ({"type": "list"}, ["b", "a"], ["a", "b"]),
        ({"type": "instant"}, "2026-11-24T09:00:00.7Z", "2026-11-24T09:00:00Z"),
    ],
    ids=label,
)
def test_case_39_what_a_server_makes_of_our_write_is_no_edit(kind: Any, sent: Any, shown: Any) -> None:
    """Trimmed, cut, escaped, rounded, put in order; undeclared as it is."""
    assert SideView(resource(a=kind), ["a"]).explained("a", sent, shown)


@given(PLAIN)
def test_case_40_declared_escaping_does_not_grow(text: str) -> None:
    """Both servers escape, and the text makes three round trips: it stays what a person wrote."""
    mapping = mapped({"normalise": ["html_escape"]}, {"normalise": ["html_escape"]})
    left = escaping(text)
    for _ in range(3):
        left = escaping(to_left(mapping, escaping(to_right(mapping, left))))
    assert canon(left) == canon(escaping(text))
    assert agree(mapping, left, escaping(to_right(mapping, left)))


def test_case_41_a_value_that_returned_is_the_same() -> None:
    """Whatever it was meanwhile, and however it is spelled now."""
    side = SideView(resource(a={"type": "number"}), ["a"])
    assert side.same("a", "5.0", 5)


@pytest.mark.parametrize("shown", [{}, {"a": None}, {"a": ""}, {"a": []}], ids=str)
def test_case_42_missing_null_and_empty_are_one(shown: dict[str, Any]) -> None:
    """Neither is an edit of another, and each is carried as no value."""
    mapping = mapped()
    assert mapping.left.same("a", mapping.left.extract(shown)["a"], None)
    assert mapping.rule("it").to(Side.RIGHT, mapping.left.extract(shown)).raw is None


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ({"type": "number"}, 1, "1.0"),
        ({"type": "number"}, 0.1 + 0.2, "0.3"),
        ({"type": "number", "decimals": 2}, "19.9", 19.90),
        ({"type": "number", "decimals": 2}, 19.904, "19.90"),
        ({"type": "boolean"}, "true", "1"),
        ({"type": "boolean"}, True, "Y"),
        ({}, 1.0, "1"),
    ],
)
def test_case_43_one_value_in_two_spellings_is_equal(kind: Any, one: Any, two: Any) -> None:
    """On one side and between both."""
    assert mapped(kind, kind).left.same("a", one, two)
    assert agree(mapped(kind, kind), one, two)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-11-24T09:00:00Z", "2026-11-24T10:00:00+01:00"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00.000Z"),
        ("2024-11-29T10:44:51.887-0800", "2024-11-29T18:44:51.887Z"),
    ],
)
def test_case_44_one_moment_in_two_spellings_is_equal(left: str, right: str) -> None:
    """Zones and zeros mean nothing; for days that do not shift see test_days.py."""
    assert agree(mapped({"type": "instant"}, {"type": "instant"}), left, right)


@pytest.mark.parametrize(
    ("habits", "left", "right"),
    [
        ([], "Ame\u0301lie", "Am\u00e9lie"),
        (["lf"], "one\r\ntwo", "one\ntwo"),
        (["collapse_spaces"], "10\u00a0km", "10 km"),
        (["trim"], "line ", "line"),
        (["no_emoji", "trim"], "down 🔥", "down"),
    ],
)
def test_case_45_what_the_other_system_does_to_text_is_no_difference(habits: Any, left: str, right: str) -> None:
    """Declared for the right side alone: the left one keeps its text, and they agree."""
    mapping = mapped(b={"normalise": habits})
    assert (agree(mapping, left, right), to_right(mapping, left)) == (True, right)


def test_case_46_rich_text_that_lost_its_tags_agrees_with_its_original() -> None:
    """So the side that has the tags is not written for it."""
    mapping = mapped(b={"normalise": ["strip_html", "trim"]})
    assert agree(mapping, "<p>Line <b>down</b></p>", "Line down")


@pytest.mark.parametrize("carry", [to_right, to_left])
def test_case_47_a_value_without_mapping_parks_in_either_direction(carry: Any) -> None:
    """Its field alone; the rest of the record is carried, see test_rules.py."""
    assert carry(mapped(values=[{"left": "1", "right": "new"}]), "brand new") == PARKED


def test_case_48_a_collapse_does_not_flip_the_finer_side() -> None:
    """Left 3 and 2 are both "open": the right side agrees with either, and comes back as 2 only if it moves."""
    pairs = [{"left": "2", "right": "open"}, {"left": "3", "right": "open", "only": "to_right"}]
    mapping = mapped(values=pairs)
    assert (agree(mapping, "3", "open"), agree(mapping, "2", "open"), to_left(mapping, "open")) == (True, True, "2")


def test_case_49_a_value_that_was_not_taken_is_not_explained() -> None:
    """What is shown instead is the old value, and no form of the new one."""
    side = SideView(resource(a={}, n={"type": "number"}), ["a", "n"])
    assert not side.explained("a", "resolved", "open")
    assert not side.explained("n", 5, 3)


@pytest.mark.parametrize(("unmapped", "written"), [("park", PARKED), ("default", "service-desk")])
def test_case_65_an_unknown_person_is_held_or_gets_the_default(unmapped: str, written: str) -> None:
    """As the rule says; and the reason does not name the person."""
    pairs = [{"left": "ann", "right": "a.smith"}]
    mapping = mapped(values=pairs, unmapped=unmapped, default={"right": "service-desk"})
    assert to_right(mapping, "bob.unknown@example.com") == written
    assert "bob" not in str(mapping.carried(Side.RIGHT, {"a": "bob.unknown@example.com"})[1])


def test_case_66_a_text_is_cut_only_if_declared_and_not_copied_back_cut() -> None:
    """The short copy agrees with its long original."""
    declared, silent = mapped(b={"max": 4}, too_long="truncate"), mapped(b={"max": 4})
    assert (to_right(declared, "too long"), to_right(silent, "too long")) == ("too", PARKED)
    assert (agree(declared, "too long", "too"), agree(silent, "too long", "too")) == (True, False)
