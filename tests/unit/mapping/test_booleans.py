"""Yes and no, in every spelling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mapping.making import PARKED, canon, label, written

USUAL: tuple[tuple[Any, Any], ...] = (
    (True, True),
    ("true", True),
    ("TRUE", True),
    (" Yes ", True),
    ("Y", True),
    ("1", True),
    (1, True),
    (1.0, True),
    ("on", True),
    (False, False),
    ("false", False),
    ("0", False),
    (0, False),
    ("N", False),
    ("", None),
    (None, None),
    (" ", None),
    ([], None),
    ("perhaps", PARKED),
    (2, PARKED),
    ("?", PARKED),
    ([True], PARKED),
    ({"value": "true"}, PARKED),
    ("\ud800", PARKED),
    (10**5000, PARKED),
)


@pytest.mark.parametrize(("raw", "meaning"), USUAL, ids=label)
def test_the_usual_spellings_are_understood(raw: Any, meaning: Any) -> None:
    """ServiceNow's "true", a database's 1, a form's "on"."""
    assert canon(raw, type="boolean") is meaning or canon(raw, type="boolean") == meaning == PARKED


@pytest.mark.parametrize(("raw", "meaning"), [("Closed", True), ("open", False), ("true", True), (0, False)])
def test_a_spelling_of_its_own_goes_beside_the_usual_ones(raw: Any, meaning: bool) -> None:
    """And is not bound to upper or lower case."""
    assert canon(raw, type="boolean", true="closed", false="Open") is meaning


def test_a_spelling_of_its_own_goes_before_the_usual_ones() -> None:
    """A field that says yes with 0 means it."""
    assert [canon(raw, type="boolean", true="0", false="1") for raw in ("0", "1", 0, 1)] == [True, False, True, False]


@pytest.mark.parametrize(("true", "false"), [(True, False), ("Y", "N"), (1, 0), ("true", "false")])
def test_yes_and_no_are_written_in_the_fields_own_spelling(true: Any, false: Any) -> None:
    """In its own type, too: 1 is no true."""
    back = [written(raw, type="boolean", true=true, false=false) for raw in ("yes", "no", "")]
    assert [(value, type(value)) for value in back] == [(true, type(true)), (false, type(false)), (None, type(None))]
