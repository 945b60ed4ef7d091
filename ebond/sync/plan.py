"""Planning one link: from bases, present values, mapping and policy to what has to be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from ebond.errors import ValueParked
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.frozen import fingerprint
from ebond.mapping.rules import CompiledRule
from ebond.state import Decision, Hold, LinkState, Side, Unconfirmed
from ebond.sync import flips
from ebond.sync.merge import Action, decide, first_meeting, settle_conflict, write

_MISSING: Final = object()
_REASONS: Final = {
    Action.HOLD: "both sides moved to different values",
    Action.WRITE_LEFT: "moved on the right side",
    Action.WRITE_RIGHT: "moved on the left side",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The bond's policies as planning needs them."""

    differences: str = "policy"
    flip_limit: int = 3
    flip_window: float = 3600.0
    stamp_step: timedelta = timedelta(0)
    """The coarser granularity of both sides' stamps: within it, nobody can tell which edit is newer."""
    salt: str = ""
    """Digest of the mapping: after a change of mapping every held field is looked at again."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What is done about one rule of a link, and why."""

    rule: str
    action: Action
    reason: str
    left: Any
    """The raw value on the left, which the plan was made from."""
    right: Any
    field: str = ""
    """The field that is written, where one is."""
    raw: Any = None
    """The raw value that is written."""
    lossy: bool = False
    ignored: Side | None = None
    """The side that did not take our last write of this field."""
    by: str = ""
    """Who decided it, where an operator did."""

    def value(self, side: Side) -> Any:
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What is done about one link; fields without a word were not touched by anyone."""

    link_id: int
    left_id: str
    right_id: str
    mark: int
    fields: tuple[FieldPlan, ...]
    holds: tuple[Hold, ...]

    def writes(self, side: Side) -> tuple[FieldPlan, ...]:
        """Return the fields that are written on a side."""
        return tuple(field for field in self.fields if field.action.target is side)

    @property
    def quiet(self) -> bool:
        """True where nothing is written and nothing is held."""
        return not self.holds and all(field.action.target is None for field in self.fields)


class _Movement(Enum):
    STILL = auto()
    MOVED = auto()
    IGNORED = auto()


def plan_link(link: LinkState, mapping: CompiledMapping, policy: Policy, *, now: datetime) -> LinkPlan:
    """Plan one link from the newest stored observation of both sides."""
    planned = tuple(_Planner(link, mapping, policy, now).fields())
    holds = tuple(hold for _, hold in planned if hold is not None)
    fields = tuple(field for field, _ in planned if field.action is not Action.NOTHING)
    return LinkPlan(link.id, link.left.id, link.right.id, link.mark, fields, holds)


@dataclass(frozen=True, slots=True)
class _Planner:
    link: LinkState
    mapping: CompiledMapping
    policy: Policy
    now: datetime

    def fields(self) -> Iterator[tuple[FieldPlan, Hold | None]]:
        for rule in self.mapping.rules:
            field = self._field(rule)
            yield self._hold(field)

    def _field(self, rule: CompiledRule) -> FieldPlan:
        left, right = self._shown(rule, Side.LEFT), self._shown(rule, Side.RIGHT)
        for value in (left, right):
            if isinstance(value, ValueParked):
                return FieldPlan(rule.name, Action.PARK, str(value), None, None)
        decided = self._decided(rule, left, right)
        if decided is not None:
            return decided
        known = self._base(rule, Side.LEFT) is not _MISSING and self._base(rule, Side.RIGHT) is not _MISSING
        if not known:
            return self._first(rule, left, right)
        moves = {side: self._movement(rule, side, left if side is Side.LEFT else right) for side in Side}
        if all(move is _Movement.STILL for move in moves.values()):
            # As the table has it, equal or not; most fields of most links end here.
            return FieldPlan(rule.name, Action.NOTHING, "", left, right)
        equal = self._equal(rule)
        for side, move in moves.items():
            if move is _Movement.IGNORED and not equal:
                reason = f"the {side} system still shows the old value after our write: read-only there, or put back"
                return FieldPlan(rule.name, Action.PARK, reason, left, right, ignored=side)
        action = decide(
            left_moved=moves[Side.LEFT] is not _Movement.STILL,
            right_moved=moves[Side.RIGHT] is not _Movement.STILL,
            equal=equal,
            direction=rule.direction,
        )
        if action is Action.HOLD:
            action = self._conflict(rule)
        return self._carry(rule, action, left, right)

    def _first(self, rule: CompiledRule, left: Any, right: Any) -> FieldPlan:
        """Plan a field that has no base: a new link, or a rule that was added to the mapping later."""
        if self._equal(rule):
            return FieldPlan(rule.name, Action.SETTLE, "equal", left, right)
        new_link = self.link.left.base is None or self.link.right.base is None
        if not new_link and rule.name not in self.link.holds:
            # A rule added later must not start a storm of writes: what differs is left, and reported.
            return FieldPlan(rule.name, Action.SETTLE, "new in the mapping: the difference is left", left, right)
        action = first_meeting(
            left_empty=_empty(left),
            right_empty=_empty(right),
            direction=rule.direction,
            differences=self.policy.differences,
        )
        return self._carry(rule, action or self._conflict(rule), left, right)

    def _conflict(self, rule: CompiledRule) -> Action:
        left, right = self.link.left, self.link.right
        return settle_conflict(
            rule.conflict, left_updated=left.updated, right_updated=right.updated, step=self.policy.stamp_step
        )

    def _decided(self, rule: CompiledRule, left: Any, right: Any) -> FieldPlan | None:
        """Carry out an operator's decision, unless what it gives up is no longer what the operator saw.

        The value that is taken may have moved on: then it is the newer one that is carried.
        """
        hold = self.link.holds.get(rule.name)
        if hold is None or hold.decision is None or self._equal(rule):
            return None
        winner, values = hold.decision.take.winner, {Side.LEFT: left, Side.RIGHT: right}
        given_up = [winner.other] if winner else list(Side)
        if any(self._fingerprint(values[side]) != hold.print_of(side) for side in given_up):
            return None
        action = write(winner.other) if winner else Action.SETTLE
        return self._carry(rule, action, left, right, decision=hold.decision)

    def _carry(
        self, rule: CompiledRule, action: Action, left: Any, right: Any, *, decision: Decision | None = None
    ) -> FieldPlan:
        target, by = action.target, decision.by if decision else ""
        reason = f"decided by {by}: take {decision.take}" if decision else _REASONS.get(action, "")
        if target is None:
            return FieldPlan(rule.name, action, reason, left, right, by=by)
        try:
            carried = rule.to(target, self.link.side(target.other).view)
            if decision is None:
                self._not_shortened(rule, target)
        except ValueParked as parked:
            return FieldPlan(rule.name, Action.PARK, str(parked), left, right, by=by)
        name = rule.written(target)
        if self.mapping.view(target).field(name).write != "always":
            reason = f"{name} cannot be changed on the {target} side after the record was made"
            return FieldPlan(rule.name, Action.PARK, reason, left, right, by=by)
        return FieldPlan(
            rule.name, action, reason, left, right, field=name, raw=carried.raw, lossy=carried.lossy, by=by
        )

    def _not_shortened(self, rule: CompiledRule, target: Side) -> None:
        """An edit of a shortened copy must not replace the long original."""
        if rule.direction != "both" or self.link.side(target).base is None:
            return
        try:
            shortened = rule.to(target.other, self.link.side(target).view).lossy
        except ValueParked:
            return
        if shortened:
            raise ValueParked(f"the {target} side holds more than the {target.other} side could take")

    def _shown(self, rule: CompiledRule, side: Side) -> Any:
        """Return a side's raw value for a rule; a side without a field of its own shows what it would send."""
        name = rule.field(side)
        view = self.link.side(side).view
        if name is not None:
            return view.get(name)
        try:
            return rule.to(side.other, view).raw
        except ValueParked as parked:
            return parked

    def _base(self, rule: CompiledRule, side: Side) -> Any:
        base = self.link.side(side).base
        return _MISSING if base is None else base.get(rule.name, _MISSING)

    def _movement(self, rule: CompiledRule, side: Side, shown: Any) -> _Movement:
        base = self._base(rule, side)
        if self._same(rule, side, base, shown):
            return _Movement.STILL
        sent = self.link.side(side).unconfirmed.get(rule.name)
        if sent is None:
            return _Movement.MOVED
        if self._explained(rule, side, sent, shown):
            return _Movement.STILL
        return _Movement.IGNORED if self._same(rule, side, sent.was, shown) else _Movement.MOVED

    def _same(self, rule: CompiledRule, side: Side, one: Any, two: Any) -> bool:
        name = rule.field(side)
        return one == two if name is None else self.mapping.view(side).same(name, one, two)

    def _explained(self, rule: CompiledRule, side: Side, sent: Unconfirmed, shown: Any) -> bool:
        name = rule.field(side)
        return name is not None and self.mapping.view(side).explained(name, sent.sent, shown)

    def _equal(self, rule: CompiledRule) -> bool:
        return rule.equal(self.link.left.view, self.link.right.view)

    def _hold(self, field: FieldPlan) -> tuple[FieldPlan, Hold | None]:
        """Keep a held field held until one of its values, or the mapping, changes."""
        if field.action in (Action.NOTHING, Action.SETTLE):
            return field, None
        old = self.link.holds.get(field.rule)
        left, right = self._fingerprint(field.left), self._fingerprint(field.right)
        if not field.by:
            if old is not None and (old.left, old.right) == (left, right):
                return _held(field, old), old
            field = self._loop_guard(field)
        if field.action.target is not None:
            return field, None
        kind = "conflict" if field.action is Action.HOLD else "parked"
        return field, Hold(field.rule, kind, field.reason, self.now, left, right)

    def _loop_guard(self, field: FieldPlan) -> FieldPlan:
        if field.action.target is None:
            return field
        history = flips.remember(
            self.link.flips.get(field.rule, ()),
            digest=flip_digest(field),
            at=self.now.timestamp(),
            window=self.policy.flip_window,
        )
        if flips.returns(history) < self.policy.flip_limit:
            return field
        reason = f"flipped back to earlier values {self.policy.flip_limit} times: something changes it to and fro"
        return FieldPlan(field.rule, Action.PARK, reason, field.left, field.right)

    def _fingerprint(self, value: Any) -> str:
        return digest(value, self.policy.salt)


def digest(value: Any, salt: str = "") -> str:
    """Return a short fingerprint of a raw value, for holds and the journal, which never keep values."""
    return fingerprint(value, size=8, salt=salt.encode()).hex()


def flip_digest(field: FieldPlan) -> str:
    """Return the fingerprint that the loop guard compares: the agreed value, always in the right side's terms."""
    return digest(field.raw if field.action is Action.WRITE_RIGHT else field.right)


def _held(field: FieldPlan, hold: Hold) -> FieldPlan:
    action = Action.HOLD if hold.kind == "conflict" else Action.PARK
    return FieldPlan(field.rule, action, hold.reason, field.left, field.right, ignored=field.ignored)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
