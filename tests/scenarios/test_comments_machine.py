"""Comments under every kind of fault: whatever happens, each public one stands on the other side once, in its order."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ebond.state import Side
from ebond.testing.faults import COMMITTED, NOT_COMMITTED
from ebond.testing.interference import writes
from tests.scenarios.test_comments import PLAIN, WAYS, ends

#: Courses of events for each way that a system talks; EBOND_LONG tries many.
EXAMPLES = int(os.environ.get("EBOND_LONG", "5"))
SAYS = st.tuples(st.just("says"), st.sampled_from(list(Side)), st.booleans())
SYNCS = st.tuples(st.just("syncs"), st.sampled_from([1.0, 20.0, 4000.0]), st.just(None))
FAULTS = st.tuples(
    st.just("fault"), st.sampled_from(list(Side)), st.sampled_from(sorted({**COMMITTED, **NOT_COMMITTED}))
)
CRASHES = st.tuples(st.just("crash"), st.sampled_from(list(Side)), st.tuples(st.integers(0, 3), st.booleans()))
EDITS = st.tuples(st.just("edits"), st.sampled_from(list(Side)), st.just(None))
STEPS = st.lists(st.one_of(SAYS, SAYS, SYNCS, FAULTS, CRASHES, EDITS), min_size=4, max_size=24)


class Talk:
    """Two tickets that people talk under, and what they said."""

    def __init__(self, it) -> None:
        self.it = it
        self.left = it.left.system.person_creates({"title": "Printer", "status": "new"})
        it.settle()
        self.right = it.partner(Side.LEFT, self.left)
        self.said = {side: [] for side in Side}
        self.count = 0

    def ticket(self, side: Side) -> str:
        return self.left if side is Side.LEFT else self.right

    def says(self, side: Side, internal: bool) -> None:
        self.count += 1
        text = f"{side} {self.count}{' internal' if internal else ''}"
        self.it.end(side).talk.person_says(self.ticket(side), text, internal=internal)
        if not internal:
            self.said[side].append(text)

    def syncs(self, after: float, _: object) -> None:
        self.it.sync(after=after)

    def fault(self, side: Side, name: str) -> None:
        self.it.end(side).faults.next({**COMMITTED, **NOT_COMMITTED}[name], when=writes)

    def crash(self, side: Side, where: tuple[int, bool]) -> None:
        self.it.crashing_sync(self.it.end(side), at=where[0], before=where[1])

    def edits(self, side: Side, _: object) -> None:
        self.count += 1
        self.it.end(side).system.person_edits(
            self.ticket(side),
            **{
                "description" if side is Side.LEFT else "urgency": f"text {self.count}"
                if side is Side.LEFT
                else self.count
            },
        )

    def carried(self, side: Side) -> list[str]:
        """Return what stands on a side that was said on the other one."""
        return [one.text for one in self.it.end(side).talk.of(self.ticket(side)) if one.author == "ebond"]


@pytest.mark.parametrize(("source", "add"), WAYS)
def test_each_public_comment_once_in_order(world, source, add):
    """77, 78, 80: Nothing is lost, doubled, echoed, turned round or leaked, in any way that a system talks."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(STEPS)
    def check(steps):
        it = world(*ends(source, add), mapping={"comments": PLAIN})
        talk = Talk(it)
        for name, one, two in steps:
            getattr(talk, name)(one, two)
        for end in it.ends:
            end.faults.clear()
        it.settle(runs=20)
        assert {side: talk.carried(side.other) for side in Side} == talk.said
        # Fields may be in conflict: an answer was lost, and somebody edited again.
        assert [one for one in it.held() if one[0] == "comment"] == []
        it.close()

    check()
