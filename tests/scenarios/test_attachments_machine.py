"""Files under every kind of fault: whatever happens, each public one stands on the other side once, byte for byte."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ebond.state import Side
from ebond.testing.faults import COMMITTED, NOT_COMMITTED
from ebond.testing.interference import any_call, writes
from tests.scenarios.test_attachments import FEW, ends

#: Courses of events for each way that a system takes files; EBOND_LONG tries many.
EXAMPLES = int(os.environ.get("EBOND_LONG", "3"))
SIDES = st.sampled_from(list(Side))
#: Few names and contents, that they meet again and again.
ADDS = st.tuples(
    st.just("adds"),
    SIDES,
    st.tuples(st.sampled_from("abc"), st.sampled_from([b"", b"x", b"y", b"longer"]), st.booleans()),
)
SYNCS = st.tuples(st.just("syncs"), st.sampled_from([1.0, 20.0, 4000.0]), st.just(None))
FAULTS = st.tuples(
    st.just("fault"), SIDES, st.tuples(st.sampled_from(sorted({**COMMITTED, **NOT_COMMITTED})), st.booleans())
)
CRASHES = st.tuples(st.just("crash"), SIDES, st.tuples(st.integers(0, 3), st.booleans()))
STEPS = st.lists(st.one_of(ADDS, ADDS, SYNCS, FAULTS, CRASHES), min_size=4, max_size=20)


class Shelf:
    """Two tickets that people attach files to, and what they attached."""

    def __init__(self, it) -> None:
        self.it = it
        self.left = it.left.system.person_creates({"title": "Printer", "status": "new"})
        it.settle()
        self.right = it.partner(Side.LEFT, self.left)
        self.added = {side: Counter() for side in Side}

    def ticket(self, side: Side) -> str:
        return self.left if side is Side.LEFT else self.right

    def adds(self, side: Side, what: tuple[str, bytes, bool]) -> None:
        name, content, internal = what
        self.it.end(side).files.person_adds(self.ticket(side), name, content, internal=internal)
        if not internal:
            self.added[side][name, content] += 1

    def syncs(self, after: float, _: object) -> None:
        self.it.sync(after=after)

    def fault(self, side: Side, what: tuple[str, bool]) -> None:
        name, any_one = what
        fault = {**COMMITTED, **NOT_COMMITTED}[name]
        self.it.end(side).faults.next(fault, when=any_call if any_one else writes)

    def crash(self, side: Side, where: tuple[int, bool]) -> None:
        self.it.crashing_sync(self.it.end(side), at=where[0], before=where[1])

    def carried(self, side: Side) -> Counter:
        """Return what stands on a side that was attached on the other one."""
        files = self.it.end(side).files.of(self.ticket(side))
        return Counter((one.name, one.content) for one in files if one.by == "ebond")


@pytest.mark.parametrize(("source", "add"), FEW)
def test_each_public_file_once(world, source, add):
    """83: Nothing is lost, doubled, echoed, mixed up or leaked, in any way that a system takes files."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(STEPS)
    def check(steps):
        it = world(*ends(source, add), mapping={"attachments": {}})
        shelf = Shelf(it)
        for name, one, two in steps:
            getattr(shelf, name)(one, two)
        for end in it.ends:
            end.faults.clear()
        it.settle(runs=20)
        assert {side: shelf.carried(side.other) for side in Side} == shelf.added
        assert [one for one in it.held() if one[0] == "file"] == []
        it.close()

    check()
