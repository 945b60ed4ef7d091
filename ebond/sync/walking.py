"""Walking a record from state to state: one request for each step, each from the state that the last one left.

What is under way is committed before the first step of more than one. Whatever ends the walk early, the link is
planned anew from where the record stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ebond.definitions.transitions import Transition
from ebond.errors import AnswerError, CallError, Gone, Refused, Stale
from ebond.mapping.path import getter
from ebond.mapping.reasons import choice
from ebond.mapping.walk import between, starts, way
from ebond.records.bodies import is_empty
from ebond.records.resource import Seen
from ebond.records.resource import Written as Answered
from ebond.state import LinkState, Observation, Origin, Side, Unconfirmed
from ebond.sync import hints
from ebond.sync.context import BondContext, RunContext
from ebond.sync.planned import FieldPlan
from ebond.sync.walk import no_way, state
from ebond.sync.written import Standing, Written


@dataclass(frozen=True, slots=True)
class Task:
    """What is walked."""

    link: LinkState
    side: Side
    planned: FieldPlan
    along: Mapping[str, FieldPlan]
    """Planned values of fields that some step demands, by field."""
    seen: Seen | None = None
    """The record as it was read just now."""
    begun: bool = False
    """Something was written to the record before."""


@dataclass(frozen=True, slots=True)
class _Hop:
    """The next step."""

    to: str
    row: Transition | None
    passing: tuple[str, ...]
    """The states that may show from here on, but for the last."""
    last: bool
    transition: str | int | None = None


@dataclass(slots=True)
class _Place:
    """Where the record stands, as far as the walk knows."""

    at: Any
    version: str | None
    record: dict[str, Any] | None = None
    shown: Observation | None = None
    taken: int = 0
    requests: list[str] = field(default_factory=list)
    applied: dict[str, Observation | None] = field(default_factory=dict)
    """By rule."""


class _Stop(Exception):
    """The walk ends here: held for a reason, or planned anew where there is none."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason)


class _Arrived(Exception):
    """The walk is at its end."""


def walk(bond: BondContext, run: RunContext, task: Task) -> Written:
    """Walk one field; raises what its first request met where nothing was written before it, and Gone always."""
    return _Walk(bond, run, task).go()


class _Walk:
    def __init__(self, bond: BondContext, run: RunContext, task: Task) -> None:
        self.bond, self.run, self.task = bond, run, task
        self.end, self.view = bond.side(task.side), bond.mapping.view(task.side)
        self.name, self.record = task.planned.field, task.link.side(task.side)
        self.field = self.view.field(self.name)
        self.target = self._state(task.planned.raw)
        seen = task.seen
        self.place = _Place(self.record.view.get(self.name), self.record.version, seen.record if seen else None)
        self.visited = {self._state(self.place.at)}
        self.noted: tuple[str, ...] | None = None

    def go(self) -> Written:
        reason = ""
        try:
            while self._state(self.place.at) != self.target:
                self._step(self._choose())
        except _Arrived:
            pass
        except _Stop as stop:
            return self._stopped(stop.reason)
        except Gone:
            raise
        except Stale:
            reason = self._look()
            return self._stopped(reason)
        except Refused as refusal:
            return self._stopped(f"{hints.reason(refusal)}, on the way from {choice(self._state(self.place.at))}")
        except (CallError, AnswerError):
            if not (self.task.begun or self.place.taken):
                raise
            return self._stopped("", sure=False)
        return self._outcome(applied={self.task.planned.rule: self._settled_on(), **self.place.applied})

    # -- choosing -----------------------------------------------------------------------------------------

    def _choose(self) -> _Hop:
        """Return the next step; raises _Stop where there is none."""
        here = self._state(self.place.at)
        steps = way(self.field.transitions, here, self.target)
        hop = _Hop(steps[0].to, steps[0].row, between(steps), len(steps) == 1) if steps else None
        if steps and steps[0].by_itself:
            raise _Stop
        if self.field.discover is not None:
            hop = self._permitted(here, hop)
        if hop is None:
            raise _Stop(no_way(here, self.target))
        if hop.to in self.visited:
            raise _Stop(f"the transitions lead in a circle: {choice(hop.to)} was there before")
        return hop

    def _permitted(self, here: str, hop: _Hop | None) -> _Hop:
        assert self.field.discover is not None
        now = self.end.client.transitions.permitted(self.record.id, self.field.discover)
        ids = {self._state(one.to): one.id for one in reversed(now)}
        if self.target in ids:
            row = next((one for one in self._rows(self.target) if starts(one, here)), None)
            return _Hop(self.target, row, row.via if row else (), last=True, transition=ids[self.target])
        if hop is not None and hop.to in ids:
            return _Hop(hop.to, hop.row, hop.passing, hop.last, ids[hop.to])
        permitted = ", ".join(map(choice, ids)) or "nothing"
        raise _Stop(f"{no_way(here, self.target)}; the system permits {permitted}")

    def _rows(self, to: str) -> Sequence[Transition]:
        return [row for row in self.field.transitions if row.to == to]

    # -- stepping -----------------------------------------------------------------------------------------

    def _step(self, hop: _Hop) -> None:
        self._know_the_record(hop)
        if hop.passing and self.noted is None:
            self._note(hop.passing)
        self.run.guard()
        before = self._state(self.place.at)
        answer, along = self._send(hop)
        self.place.taken += 1
        self.place.requests.append(answer.request_id)
        # Unless something else is shown, it stands where the system was asked to put it.
        self.place.at = self.view.encode(self.name, hop.to)
        self._arrive(hop, before, answer.seen)
        self.place.applied |= dict.fromkeys(along, self.place.shown)
        self.visited.add(self._state(self.place.at))

    def _know_the_record(self, hop: _Hop) -> None:
        """Read the record where no version guards the step, or where what it holds decides about the step."""
        guarded = self._call(hop) is None and not (hop.row and hop.row.with_)
        if guarded or self.place.record is not None or self.place.shown is not None:
            return
        self._look()
        shown, planned = self.place.shown, self.record.view
        assert shown is not None
        for name in (self.name, *self.task.along):
            if not self.view.same(name, planned.get(name), shown.view.get(name)):
                # Somebody edited it since it was planned.
                raise _Stop

    def _call(self, hop: _Hop) -> Any:
        if self.field.discover is not None:
            return self.field.discover.action
        return hop.row.action if hop.row else None

    def _note(self, passing: tuple[str, ...]) -> None:
        rule, source = self.task.planned.rule, self.task.link.side(self.task.side.other).base or {}
        here = self._state(self.place.at)
        if here != self._state((self.record.base or {}).get(rule)):
            # It has a station behind it already.
            passing = (here, *passing)
        walk = Unconfirmed(self.task.planned.raw, self.place.at, source.get(rule), passing)
        self.bond.store.begin_walk(self.task.link, self.task.side, rule, walk)
        self.noted = passing

    def _send(self, hop: _Hop) -> tuple[Answered, list[str]]:
        """Send one step; return the answer, and the rules whose values went along."""
        call, client = self._call(hop), self.end.client
        if call is not None:
            return client.transitions.take(self.record.id, call, transition=hop.transition), []
        demanded = hop.row.with_ if hop.row else {}
        carried = [self.task.along[name] for name in demanded if name in self.task.along]
        constants = {name: value for name, value in demanded.items() if self._is_empty(name)}
        changes = {
            self.name: self.view.encode(self.name, hop.to),
            **constants,
            **{one.field: one.raw for one in carried if not is_empty(one.raw)},
        }
        answer = client.update(self.record.id, changes, version=self.place.version, current=self.place.record)
        return answer, [one.rule for one in carried if not is_empty(one.raw)]

    def _is_empty(self, name: str) -> bool:
        place = getter(self.end.resource.fields[name].path)
        return self.place.record is None or is_empty(place(self.place.record))

    # -- arriving -----------------------------------------------------------------------------------------

    def _arrive(self, hop: _Hop, before: str, seen: Seen | None) -> None:
        """Look where the record stands after a step; raises _Stop or _Arrived where the walk ends with it."""
        origin = Origin.READ if seen is None else Origin.ANSWER
        self._see(seen or self._read(), origin)
        shown = self._state(self._shown_now())
        if shown == before and origin is Origin.ANSWER:
            # The answer may be older than the step.
            self._see(self._read(), Origin.READ)
            shown, origin = self._state(self._shown_now()), Origin.READ
        if shown == before:
            self.place.at = self._shown_now()
            raise _Stop(f"the system answered well, and the record stays at {choice(before)}")
        if shown == hop.to or shown in hop.passing or (origin is Origin.ANSWER and not hop.last):
            self.place.at = self._shown_now()
            if hop.row and shown in hop.row.via:
                raise _Arrived if hop.last else _Stop
        elif hop.last:
            raise _Arrived
        else:
            # Somebody else was there: from where we put it, it is an edit.
            raise _Stop

    def _settled_on(self) -> Observation | None:
        """Return what the field settles on: none where somebody may have edited it after our last step."""
        shown = self.place.shown
        if shown is None or shown.origin is Origin.ANSWER:
            return shown
        return shown if self._state(self.place.at) == self._state(self._shown_now()) else None

    # -- reading ------------------------------------------------------------------------------------------

    def _look(self) -> str:
        """Read where the record stands now."""
        self._see(self._read(), Origin.READ)
        if not self.place.taken:
            self.place.at = self._shown_now()
        return ""

    def _read(self) -> Seen:
        return self.end.client.read(self.record.id)

    def _see(self, seen: Seen, origin: Origin) -> None:
        shown = self.view.extract(seen.record)
        version = seen.version or (self.place.version if origin is Origin.ANSWER else None)
        self.place.version, self.place.record = version, seen.record
        self.place.shown = Observation(
            self.record.id, version, seen.updated, shown, self.view.digest(shown), origin=origin
        )

    def _shown_now(self) -> Any:
        assert self.place.shown is not None
        return self.place.shown.view.get(self.name)

    def _state(self, raw: Any) -> str:
        return state(self.view, self.name, raw)

    # -- ending -------------------------------------------------------------------------------------------

    def _stopped(self, reason: str, *, sure: bool = True) -> Written:
        """Return what a walk left that is not at its end; ``sure`` is whether nothing of it is still under way."""
        rule, here = self.task.planned.rule, self._state(self.place.at)
        if self.place.taken or not sure:
            passing = (here,) if sure else tuple(dict.fromkeys((*(self.noted or ()), here)))
            standing = {rule: Standing(self.place.at, passing)}
        elif not reason and (noted := self.record.unconfirmed.get(rule)) is not None and noted.passing:
            # It was planned from an older state: what an earlier walk noted still tells whose the present one is.
            standing = {rule: Standing((self.record.base or {}).get(rule), noted.passing)}
        else:
            standing = {}
        return self._outcome(refused={rule: reason} if reason else {}, under_way=standing, applied=self.place.applied)

    def _outcome(
        self,
        *,
        applied: Mapping[str, Observation | None],
        refused: Mapping[str, str] | None = None,
        under_way: Mapping[str, Standing] | None = None,
    ) -> Written:
        return Written(
            applied=frozenset(applied),
            refused=refused or {},
            shown=self.place.shown,
            shown_for=applied,
            request=" ".join(self.place.requests),
            under_way=under_way or {},
        )
