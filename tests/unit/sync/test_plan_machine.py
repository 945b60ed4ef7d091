"""Two people, two servers with habits, and the planner between them: whatever the order, nothing is lost."""

from __future__ import annotations

import itertools
import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ebond.state import LinkState, Origin, Side
from ebond.sync.plan import plan_link
from ebond.sync.planned import Policy
from ebond.sync.settle import settle_link
from ebond.sync.written import Written
from tests.unit.sync.making import NOW, answer, edited, link, mapping, settled
from tests.unit.sync.servers import NUMBERS, TEXTS, Edit, Server, meaning

RULES = mapping({"left": "title", "right": "title"}, {"left": "cost", "right": "cost"})
#: Arguing people are not the subject here: see the tests of flips.
POLICY = Policy(flip_limit=99)
SIDES, FIELDS = st.sampled_from(list(Side)), st.sampled_from(("title", "cost"))
#: Somebody edits in the middle: (between plan and write, or between write and answer), whose server, which field.
MEANWHILE = st.lists(st.tuples(st.sampled_from(("before", "after")), SIDES, FIELDS), max_size=2)
ANSWERS = st.sampled_from(("record", "nothing", "earlier", "later"))


class PlannerMachine(RuleBasedStateMachine):
    """One link."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        texts, numbers = st.sampled_from(sorted(TEXTS)), st.sampled_from(sorted(NUMBERS))
        self.servers = {
            side: Server({"title": TEXTS[data.draw(texts)], "cost": NUMBERS[data.draw(numbers)]}) for side in Side
        }
        for name, value in (("title", "as it began"), ("cost", 0)):
            began = Edit(0, value, frozenset())
            for server in self.servers.values():
                server.put(name, value, began)
        views = [dict(self.servers[side].values) for side in Side]
        self.link: LinkState = link(RULES, *views, base=(views[0], views[1]))
        self.seen = {side: self.servers[side].version for side in Side}
        self.planned_origin: dict[Side, dict[str, Edit]] = {side: dict(self.servers[side].origin) for side in Side}

    # -- people -------------------------------------------------------------------------------------------

    @rule(side=SIDES, name=FIELDS)
    def someone_edits(self, side: Side, name: str) -> None:
        number = next(self.numbers)
        texts = ("n{0} & more", "  n{0} <b> ", "n{0}\r\nline", "n{0} which is longer than some keep")
        value: Any = number + 0.25 if name == "cost" else texts[number % 4].format(number)
        self.servers[side].edit(name, value, number)

    @rule(side=SIDES, name=FIELDS)
    def someone_puts_back_what_stood_there(self, side: Side, name: str) -> None:
        past = self.servers[side].past[name]
        if len(past) > 1:
            self.servers[side].edit(name, past[-2].value, next(self.numbers))

    # -- us -----------------------------------------------------------------------------------------------

    @rule(side=SIDES)
    def we_look(self, side: Side) -> None:
        server = self.servers[side]
        self.link = edited(self.link, RULES, side, **server.values)
        self.seen[side], self.planned_origin[side] = server.version, dict(server.origin)

    @rule(meanwhile=MEANWHILE, shows=ANSWERS)
    def we_plan_write_and_settle(self, meanwhile: list[tuple[str, Side, str]], shows: str) -> None:
        plan = plan_link(self.link, RULES, POLICY, now=NOW)
        written = {}
        for side in Side:
            if plan.writes(side):
                if self.link.side(side).origin is Origin.ASSUMED:
                    # What a write without an answer left behind is read before the next one.
                    self.we_look(side)
                    return
                self._let_happen("before", meanwhile)
                if self.servers[side].version != self.seen[side]:
                    # The precondition fails: look again, plan again.
                    self.we_look(side)
                    return
                written[side] = self._write(plan, side, meanwhile, shows)
                break
        settlement = settle_link(self.link, plan, RULES, POLICY, written=written, now=NOW)
        self.link = settled(self.link, settlement)

    def _write(self, plan: Any, side: Side, meanwhile: list[tuple[str, Side, str]], shows: str) -> Written:
        server, earlier = self.servers[side], dict(self.servers[side].values)
        for one in plan.writes(side):
            server.put(one.field, one.raw, self.planned_origin[side.other][one.field])
        server.writes += 1
        right_after = dict(server.values)
        self._let_happen("after", meanwhile)
        applied = frozenset(one.rule for one in plan.writes(side))
        view = {"record": right_after, "later": dict(server.values), "earlier": earlier}.get(shows)
        self.seen[side] = -1 if view is None or shows == "earlier" else server.version
        if shows == "record" and view != server.values:
            self.seen[side] = -1
        self.planned_origin[side] = dict(server.origin)
        return Written(applied, shown=None if view is None else answer(RULES, side, view))

    def _let_happen(self, when: str, meanwhile: list[tuple[str, Side, str]]) -> None:
        for at, side, name in meanwhile:
            if at == when:
                self.someone_edits(side, name)

    # -- what has to be true ------------------------------------------------------------------------------

    def teardown(self) -> None:
        if hasattr(self, "link"):
            self._until_quiet()
            for name in ("title", "cost"):
                if name not in self.link.holds:
                    self._agreed(name)
            for side in Side:
                assert self.servers[side].writes <= self.servers[side.other].edits

    def _until_quiet(self) -> None:
        quiet = 0
        for _ in range(16):
            before = [server.writes for server in self.servers.values()]
            for side in Side:
                self.we_look(side)
            self.we_plan_write_and_settle([], "record")
            quiet = quiet + 1 if before == [server.writes for server in self.servers.values()] else 0
            if quiet == 3:
                return
        raise AssertionError("it never gets quiet")

    def _agreed(self, name: str) -> None:
        left, right = (self.servers[side] for side in Side)
        assert meaning(left.values[name]) == meaning(right.values[name]), (left.values, right.values)
        for server, other in ((left, right), (right, left)):
            mine = [edit for edit in server.past[name] if edit.number]
            for edit in mine[-1:]:
                stands = other.origin[name]
                put_back = [meaning(one.value) for one in server.past[name] if one.number < edit.number]
                assert (
                    edit.number == stands.number
                    or edit.number in stands.known
                    or meaning(edit.value) == meaning(stands.value)
                    or meaning(edit.value) in put_back
                ), (edit, stands)


LONG = int(os.environ.get("EBOND_LONG", "0"))
SETTINGS = settings(
    max_examples=LONG * 10 or 250, stateful_step_count=16, deadline=None, derandomize=not LONG, database=None,
    print_blob=bool(LONG),
)  # fmt: skip


def test_whatever_the_order_no_edit_is_lost_and_no_write_is_in_vain() -> None:
    """38, 39, 41, 49, 51, 52: both agree or hold, the last edit of each person stands or was known to what stands."""
    run_state_machine_as_test(PlannerMachine, settings=SETTINGS)
