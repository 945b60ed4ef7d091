"""Ways between the states of a field that moves step by step: the shortest one of its table of transitions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ebond.definitions.fields import ResourceField
from ebond.definitions.transitions import Transition


@dataclass(frozen=True, slots=True)
class Step:
    """From one state to the next."""

    to: str
    row: Transition
    by_itself: bool = False
    """The system is on its way there: there is nothing to send."""


def way(table: Sequence[Transition], start: str, target: str) -> tuple[Step, ...] | None:
    """Return the shortest way between two states, the earlier rows where two are equally short; None without one."""
    ways: dict[str, tuple[Step, ...]] = {start: ()}
    ahead = deque([start])
    while ahead:
        state = ahead.popleft()
        if state == target:
            return ways[state]
        for step in _from(table, state):
            if step.to not in ways:
                ways[step.to] = (*ways[state], step)
                ahead.append(step.to)
    return None


def _from(table: Sequence[Transition], state: str) -> Iterator[Step]:
    """Yield the steps out of a state; where the system moves on by itself, that comes first."""
    yield from (Step(row.to, row, by_itself=True) for row in table if state in row.via)
    yield from (Step(row.to, row) for row in table if starts(row, state))


def starts(row: Transition, state: str) -> bool:
    """Can it be taken in a state?"""
    return state in row.from_ if row.from_ else state not in (row.to, *row.via)


def between(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the states that show on the way, but for both ends of it."""
    states = [state for step in steps for state in (*step.row.via, step.to)]
    return tuple(dict.fromkeys(states[:-1]))


def passed(table: Sequence[Transition], state: str) -> bool:
    """Is this a state that the system passes by itself?"""
    return any(state in row.via for row in table)


def at_create(field: ResourceField, state: str | None = None) -> bool:
    """Does a create carry this state, or any; what moves by calls alone is left out of it."""
    if field.actions or not field.stepwise:
        return not field.actions
    by_update = (
        field.discover.action is None if field.discover else any(row.action is None for row in field.transitions)
    )
    return by_update and state is not None and state in field.initial
