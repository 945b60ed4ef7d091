"""Ways between states: the shortest one, and among equals the one whose rows come first."""

from __future__ import annotations

import pytest

from ebond.definitions.fields import ResourceField
from ebond.definitions.transitions import Transition
from ebond.mapping.walk import at_create, between, way


def table(*rows: str) -> list[Transition]:
    """Read rows like ``new,held > open``, ``> cancelled via assessing``."""
    made = []
    for row in rows:
        start, _, rest = row.partition(">")
        to, _, via = rest.partition(" via ")
        states = [one.strip() for one in start.split(",") if one.strip()]
        made.append(Transition.model_validate({"from": states, "to": to.strip(), "via": via.split()}))
    return made


DESK = table("new, held, closed > open", "open > held", "open > closed", "> cancelled via assessing")


@pytest.mark.parametrize(
    ("start", "target", "steps"),
    [
        ("new", "new", []),
        ("new", "open", ["open"]),
        ("new", "closed", ["open", "closed"]),
        ("held", "closed", ["open", "closed"]),
        ("closed", "held", ["open", "held"]),
        ("open", "cancelled", ["cancelled"]),
        ("never seen", "cancelled", ["cancelled"]),
        ("open", "new", None),
        ("cancelled", "open", None),
        ("", "open", None),
    ],
)
def test_the_shortest_way(start: str, target: str, steps: list[str] | None) -> None:
    """None where nothing leads there; a row without ``from`` starts anywhere else."""
    found = way(DESK, start, target)
    assert (None if found is None else [step.to for step in found]) == steps


@pytest.mark.parametrize(("rows", "steps"), [(("a > b", "a > c"), ["b", "d"]), (("a > c", "a > b"), ["c", "d"])])
def test_of_two_equally_short_the_earlier_row(rows: tuple[str, ...], steps: list[str]) -> None:
    """Always the same way."""
    found = way(table(*rows, "b, c > d"), "a", "d")
    assert found is not None
    assert [step.to for step in found] == steps


def test_a_circle_ends() -> None:
    """There is no way out of it."""
    assert way(table("a > b", "b > a"), "a", "c") is None


def test_a_state_that_passes_by_itself_needs_no_step() -> None:
    """Nothing is sent for it."""
    (step,) = way(DESK, "assessing", "cancelled") or ()
    assert step.by_itself


def test_what_shows_on_the_way() -> None:
    """The stations, and the states that pass by themselves; neither end."""
    steps = way([*DESK, *table("cancelled > gone")], "new", "gone") or ()
    assert between(steps) == ("assessing", "cancelled")


@pytest.mark.parametrize(
    ("field", "carried"),
    [
        ({}, True),
        ({"initial": ["new"], "transitions": [{"to": "open"}]}, True),
        ({"transitions": [{"to": "open"}]}, False),
        ({"initial": ["open"], "transitions": [{"to": "open"}]}, False),
        ({"initial": ["new"], "transitions": [{"to": "open", "action": {"path": "/{id}"}}]}, False),
        ({"initial": ["new"], "discover": {"path": "/{id}", "to": "/to", "action": {"path": "/{id}"}}}, False),
        ({"actions": {"new": {"path": "/{id}"}}}, False),
    ],
)
def test_what_a_create_carries(field: dict[str, object], carried: bool) -> None:
    """A state in which records begin, unless it moves by calls alone."""
    assert at_create(ResourceField.model_validate({"path": "/s", **field}), "new") is carried
