"""What is told of a record that leaves its scope: the decision table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ebond.departure import Departure, DepartureState
from ebond.state import Side
from ebond.sync.leaving.decide import Step, decide


def at(state: str | None) -> Departure | None:
    return Departure(1, Side.LEFT, DepartureState(state), datetime(2026, 3, 1, tzinfo=UTC)) if state else None


@pytest.mark.parametrize(
    ("state", "inside", "tell", "step"),
    [
        (None, True, True, Step.NOTHING),
        (None, True, False, Step.NOTHING),
        *((state, True, tell, Step.PUT_BACK) for state in DepartureState for tell in (True, False)),
        (None, False, True, Step.TELL),
        (None, False, False, Step.NOTHING),
        ("begun", False, True, Step.TELL),
        ("begun", False, False, Step.TELL),
        ("told", False, True, Step.NOTHING),
        ("returning", False, True, Step.PUT_BACK),
        ("held", False, True, Step.TELL),
    ],
)
def test_the_table(state, inside, tell, step):
    """Every row of the table."""
    assert decide(at(state), in_scope=inside, tell=tell) is step
