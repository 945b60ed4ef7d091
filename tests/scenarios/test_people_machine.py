"""Whoever assigns whom, on either side and whenever: nobody's choice is undone, and nothing goes to and fro."""

from __future__ import annotations

import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebond.state import Side
from ebond.testing.fake_people import peopled
from ebond.testing.wiring import PRESETS
from tests.scenarios.test_engine_machine import LONG
from tests.scenarios.world import World

LOOKUP = {
    "left": {"resource": "user", "by": "email"},
    "right": {"resource": "user", "by": "email"},
    "unknown": {"left": "l-desk", "right": "r-desk"},
}
RULES = [{"left": "title", "right": "title"}, {"left": "assignee", "right": "assignee", "lookup": LOOKUP}]
#: Twelve people: most have accounts on both sides, two on the left alone, two on the right alone.
ON = {number: tuple(Side) for number in range(8)} | {
    8: (Side.LEFT,),
    9: (Side.LEFT,),
    10: (Side.RIGHT,),
    11: (Side.RIGHT,),
}
TICKETS = 2


def account(side: Side, number: int | None) -> str | None:
    return None if number is None else f"{side[0]}{number}"


def staffed(left: str, right: str) -> World:
    ends = (peopled(PRESETS[left]()), peopled(PRESETS[right]()))
    it = World(*ends, mapping={"fields": RULES, "conflict": "left_wins"})
    for side in Side:
        people = it.end(side).people
        assert people is not None
        people.joins(f"desk@{side}.example", id=f"{side[0]}-desk")
        for number, sides in ON.items():
            if side in sides:
                people.joins(f"p{number}@example.org", id=f"{side[0]}{number}")
    return it


def there(side: Side, who: str | None) -> str | None:
    """Return what the other side should show for somebody of a side."""
    if who is None:
        return None
    number = int(who[1:]) if who[1:].isdigit() else None
    known = number is not None and side.other in ON[number]
    return account(side.other, number) if known else f"{side.other[0]}-desk"


sides = st.sampled_from(list(Side))
tickets = st.integers(0, TICKETS - 1)
steps = st.one_of(
    st.tuples(st.just("assign"), sides, tickets, st.one_of(st.none(), st.sampled_from(sorted(ON)))),
    st.tuples(st.just("rename"), sides, tickets, st.integers(0, 9)),
    st.just(("sync", Side.LEFT, 0, None)),
)


@settings(max_examples=300 if LONG else 15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kinds=st.sampled_from([("plain", "plain"), ("plain", "bare"), ("kinto", "versioned")]),
    course=st.lists(steps, max_size=14),
)
def test_nothing_goes_to_and_fro(kinds: tuple[str, str], course: list[tuple[str, Side, int, int | None]]) -> None:
    """65: each edit costs a write at most, each side means whom the other one does, and what nobody replaced stands."""
    with structlog.testing.capture_logs():
        it = staffed(*kinds)
        try:
            run(it, course)
        finally:
            it.close()


def run(it: World, course: list[tuple[str, Side, int, int | None]]) -> None:
    status = {side: it.end(side).preset.statuses[0] for side in Side}
    ids = [it.left.system.person_creates({"title": f"t{n}", "status": status[Side.LEFT]}) for n in range(TICKETS)]
    it.settle()
    pairs = [{Side.LEFT: one, Side.RIGHT: it.partner(Side.LEFT, one)} for one in ids]
    before = {(side, pair[side]): it.end(side).system.api_writes[pair[side]] for pair in pairs for side in Side}
    edits = dict.fromkeys(before, 0)
    chosen: dict[tuple[Side, str], str | None] = {}
    for what, side, ticket, value in course:
        record = pairs[ticket][side]
        if what == "sync":
            it.sync()
            continue
        edits[side, record] += 1
        if what == "rename":
            it.end(side).system.person_edits(record, title=f"renamed {value}")
        elif value is None or side in ON[value]:
            chosen[side, record] = account(side, value)
            it.end(side).system.person_edits(record, assignee=account(side, value))
    it.settle()
    assert it.held() == []
    for pair in pairs:
        left, right = (it.value(side, pair[side], "assignee") for side in Side)
        assert there(Side.LEFT, left) == right or there(Side.RIGHT, right) == left
        for side in Side:
            mine, other = (side, pair[side]), (side.other, pair[side.other])
            assert it.end(side).system.api_writes[pair[side]] - before[mine] <= edits[other]
            if mine in chosen and other not in chosen:
                assert it.value(side, pair[side], "assignee") == chosen[mine]
