"""People, servers and the wire do what they like, between and in the middle of our calls; then it gets quiet."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from typing import Any, ClassVar

import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ebond.gateway.wire import Raw
from ebond.state import Side
from ebond.testing import faults
from ebond.testing.faults import Fault
from ebond.testing.interference import writes
from ebond.testing.revision import Refusal
from tests.scenarios.checks import FIELDS, Tape, check
from tests.scenarios.systems import GUARDED, KINDS
from tests.scenarios.world import Crash, World

SIDES = st.sampled_from(list(Side))
FIELD = st.sampled_from(FIELDS)
FAULTS = {**faults.COMMITTED, **faults.NOT_COMMITTED, "login_page": faults.login_page, "truncate": faults.truncate}
#: What happens around a call: an edit by a person, a fault, the end of the process.
EVENT = st.one_of(
    st.tuples(st.just("edit"), st.booleans(), FIELD, st.integers(0, 9)),
    st.tuples(st.just("fault"), st.sampled_from((*sorted(FAULTS), "late"))),
    st.tuples(st.just("crash"), st.booleans()),
)
#: At which call: of this side, a write or a read, the n-th.
CALL = st.tuples(SIDES, st.booleans(), st.integers(0, 3))
SCRIPT = st.dictionaries(CALL, EVENT, max_size=3)


class EngineMachine(RuleBasedStateMachine):
    """One bond, any two kinds of systems, any course of events."""

    lefts: ClassVar[tuple[str, ...]] = tuple(sorted(KINDS.keys() - {"blind"}))
    rights: ClassVar[tuple[str, ...]] = lefts

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.born = 0
        self.world: World | None = None

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        left, right = (data.draw(st.sampled_from(kinds), "kind") for kinds in (self.lefts, self.rights))
        skew = data.draw(st.sampled_from((-600, 0, 600)), "skew")
        policy = data.draw(st.sampled_from(("manual", "manual", "left_wins", "right_wins")), "policy")
        self.world = World(KINDS[left](), KINDS[right](skew), mapping={"conflict": policy})
        self.tape = Tape(self.world)
        for side in Side:
            for _ in range(data.draw(st.integers(0, 2), f"records on the {side}")):
                self.someone_opens_a_record(side, again=True)
        self.we_sync(data.draw(SCRIPT, "the first run"), 1.0)

    # -- people -------------------------------------------------------------------------------------------

    @rule(side=SIDES, again=st.booleans())
    def someone_opens_a_record(self, side: Side, again: bool) -> None:
        values = {"title": self.text(), "status": self.world.end(side).preset.statuses[0]}
        if again:
            values["description"] = self.text()
        self.world.end(side).system.person_creates(values)
        self.born += 1

    @precondition(lambda self: self.born)
    @rule(side=SIDES, name=FIELD, which=st.integers(0, 9))
    def someone_edits(self, side: Side, name: str, which: int) -> None:
        self.edit(side, name, self.pick(side, which), self.fresh(side, name))

    @precondition(lambda self: self.born)
    @rule(side=SIDES, name=FIELD, which=st.integers(0, 9))
    def someone_puts_back_what_stood_there(self, side: Side, name: str, which: int) -> None:
        record_id = self.pick(side, which)
        earlier = [one.after for _, one in self.tape.of(side, record_id, name)] if record_id else []
        if len(earlier) > 1:
            self.edit(side, name, record_id, earlier[-2])

    @precondition(lambda self: self.born)
    @rule(side=SIDES, name=FIELD, which=st.integers(0, 9), late=st.sampled_from((5.0, 20.0)))
    def someones_edit_is_committed_after_our_poll(self, side: Side, name: str, which: int, late: float) -> None:
        """A long transaction: it is stamped when it began, and a later edit was read before it ended."""
        self.edit(side, "urgency", self.pick(side, which), self.fresh(side, "urgency"))
        self.we_sync({}, 0.0)
        system = self.world.end(side).system
        if self.world.end(side).preset.name == "plain":
            system.stamp_next(system.now() - timedelta(seconds=late))
        self.edit(side, name, self.pick(side, which + 1), self.fresh(side, name))

    # -- us -----------------------------------------------------------------------------------------------

    @rule(script=SCRIPT, after=st.sampled_from((0.0, 1.0, 20.0, 60.0, 700.0)))
    def we_sync(self, script: dict[tuple[Side, bool, int], tuple[Any, ...]], after: float) -> None:
        for side in Side:
            Play(self, side, {(write, at): event for (where, write, at), event in script.items() if where is side})
        try:
            self.world.sync(after=after)
        except Crash:
            self.world.restart()
        finally:
            for end in self.world.ends:
                end.faults.clear()

    @precondition(lambda self: self.born)
    @rule(side=SIDES, name=FIELD, rival=FIELD, which=st.integers(0, 9), before=st.booleans())
    def someone_edits_what_we_are_writing(self, side: Side, name: str, rival: str, which: int, before: bool) -> None:
        """An edit here is on its way, and somebody over there edits the record in the very moment."""
        self.edit(side, name, self.pick(side, which), self.fresh(side, name))
        self.we_sync({(side.other, True, 0): ("edit", before, rival, which)}, 60.0)

    def teardown(self) -> None:
        if self.world is None:
            return
        try:
            if self.born:
                self.world.settle()
                self.verify()
        finally:
            self.world.close()

    def verify(self) -> None:
        check(self.world, self.tape, born=self.born)

    # -- helpers ------------------------------------------------------------------------------------------

    def text(self) -> str:
        number = next(self.numbers)
        return ("  t{} & x ", "t{}", "t{} <b>", "t{}\r\nline")[number % 4].format(number)

    def fresh(self, side: Side, name: str) -> Any:
        number = next(self.numbers)
        match name:
            case "status":
                return self.world.end(side).preset.statuses[number % 4]
            case "urgency":
                return number
            case "cost":
                return number + 0.254
            case "description" if number % 5 == 0:
                return None
        return self.text()

    def pick(self, side: Side, which: int) -> str | None:
        ids = self.world.end(side).system.ids()
        return ids[which % len(ids)] if ids else None

    def edit(self, side: Side, name: str, record_id: str | None, value: Any) -> None:
        if record_id is None or (name == "title" and not value):
            return
        try:
            self.world.end(side).system.person_edits(record_id, **{name: value})
        except Refusal:
            # Their own form says no to them; nothing happened.
            return


class BlindMachine(EngineMachine):
    """The right side's contract has no way to find out what became of a create: some wait for a human for ever."""

    lefts = ("plain", "versioned")
    rights = ("blind",)

    def verify(self) -> None:
        for end in self.world.ends:
            assert len(end.system.ids()) <= self.born, "a record was doubled"


class Play:
    """Lets the events of a script happen around the calls of one side."""

    def __init__(self, machine: EngineMachine, side: Side, events: dict[tuple[bool, int], tuple[Any, ...]]) -> None:
        self.machine, self.side, self.events = machine, side, events
        self.counts = {True: itertools.count(), False: itertools.count()}
        self.now = (False, -1)
        end = machine.world.end(side)
        self.guarded = end.preset.name in GUARDED
        if events:
            end.faults.before, end.faults.after, end.faults.draw = self.before, self.after, self.draw

    def before(self, raw: Raw) -> None:
        write = writes(raw)
        self.now = (write, next(self.counts[write]))
        self._happen(raw, before=True)

    def after(self, raw: Raw) -> None:
        self._happen(raw, before=False)

    def draw(self, raw: Raw) -> Fault | None:
        match self.events.get(self.now):
            case ("fault", "late"):
                return faults.slow(self.machine.world.clock, 50.0)
            case ("fault", name):
                return FAULTS[name]
        return None

    def _happen(self, raw: Raw, *, before: bool) -> None:
        match self.events.get(self.now):
            case ("edit", when, name, which) if when == before and self._may_edit(raw, name, before=before):
                record_id = self._spoken_of(raw) or self.machine.pick(self.side, which)
                self.machine.edit(self.side, name, record_id, self.machine.fresh(self.side, name))
            case ("crash", when) if when == before:
                raise Crash

    def _spoken_of(self, raw: Raw) -> str | None:
        """Return the record that the call is about, if it is about one: there an edit hurts most."""
        parts = raw.url.partition("?")[0].split("/")
        return next((one for one in self.machine.world.end(self.side).system.ids() if one == parts[-1]), None)

    def _may_edit(self, raw: Raw, name: str, *, before: bool) -> bool:
        """May a person edit this field now, so that we still have to get it right?

        Between the read and the write of a system that cannot check a version, nobody can guard an edit of the
        field that is written; one of another field has to survive.
        """
        if self.guarded or (writes(raw) and not before):
            return True
        end = self.machine.world.end(self.side)
        leaf = end.resource.fields[name].path.rpartition("/")[2]
        return writes(raw) and f'"{leaf}"' not in raw.content.decode()


#: ``EBOND_LONG=3000`` hunts through so many courses of events, drawn anew each time.
LONG = int(os.environ.get("EBOND_LONG", "0"))
SETTINGS = settings(
    max_examples=LONG or 35,
    stateful_step_count=14,
    deadline=None,
    derandomize=not LONG,
    database=None,
    print_blob=bool(LONG),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_whatever_happens_nothing_is_lost_doubled_or_written_in_vain() -> None:
    """Both sides agree, every edit stands or was knowingly replaced or is in a conflict, and it gets quiet."""
    with structlog.testing.capture_logs():
        run_state_machine_as_test(EngineMachine, settings=SETTINGS)


def test_where_nobody_can_find_out_a_record_may_wait_but_is_never_doubled() -> None:
    """What became of a create is unknown for ever; no stranger that may be its record is created back."""
    with structlog.testing.capture_logs():
        run_state_machine_as_test(BlindMachine, settings=settings(SETTINGS, max_examples=LONG or 12))
