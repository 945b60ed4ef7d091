"""Planning one link: from bases, present values, mapping and policy to what has to be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ebond.errors import ValueParked
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.state import Decision, Hold, LinkState, Side
from ebond.sync.holds import hold
from ebond.sync.merge import Action, decide, first_meeting, settle_conflict, write
from ebond.sync.merge_lists import merge_lists
from ebond.sync.movement import Movement, edited, movement
from ebond.sync.planned import FieldPlan, LinkPlan, Policy, digest, parked_field
from ebond.sync.walk import step_by_step

_MISSING: Final = object()
#: Why a field is held in which nobody moved.
DIFFERED: Final = "both sides differ where they were first linked"
_REASONS: Final = {
    Action.HOLD: "both sides moved to different values",
    Action.WRITE_LEFT: "moved on the right side",
    Action.WRITE_RIGHT: "moved on the left side",
}


def plan_link(link: LinkState, mapping: CompiledMapping, policy: Policy, *, now: datetime) -> LinkPlan:
    """Plan one link from the newest stored observation of both sides."""
    planned = tuple(_Planner(link, mapping, policy, now).fields())
    holds = tuple(held for _, held in planned if held is not None)
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
            yield hold(self._field(rule), self.link, self.policy, now=self.now)

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
        moves = {Side.LEFT: self._moved(rule, Side.LEFT, left), Side.RIGHT: self._moved(rule, Side.RIGHT, right)}
        if all(move is Movement.STILL for move in moves.values()):
            # As the table has it, equal or not; most fields of most links end here.
            return FieldPlan(rule.name, Action.NOTHING, "", left, right)
        equal = self._equal(rule)
        for side, move in moves.items():
            if move is Movement.IGNORED and not equal:
                reason = f"the {side} system still shows the old value after our write: read-only there, or put back"
                return FieldPlan(rule.name, Action.PARK, reason, left, right, ignored=side)
        action = decide(
            left_moved=edited(moves, Side.LEFT),
            right_moved=edited(moves, Side.RIGHT),
            equal=equal,
            direction=rule.direction,
        )
        if action is Action.HOLD:
            return self._both(rule, left, right, "both moved")
        return self._carry(rule, action, left, right)

    def _both(self, rule: CompiledRule, left: Any, right: Any, what: str) -> FieldPlan:
        """Plan a field of which neither value stands back: lists may be merged, all else is the policy's."""
        if rule.conflict == "merge":
            return merge_lists(rule, self.link, self.mapping, left, right)
        action = self._conflict(rule)
        reason = _REASONS[action] if action is Action.HOLD else f"{what}; {rule.conflict}"
        return self._carry(rule, action, left, right, reason=reason)

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
        if action is not None:
            return self._carry(rule, action, left, right)
        field = self._both(rule, left, right, "they differ")
        return replace(field, reason=DIFFERED) if field.reason == _REASONS[Action.HOLD] else field

    def _conflict(self, rule: CompiledRule) -> Action:
        left, right = self.link.left, self.link.right
        return settle_conflict(
            rule.conflict, left_updated=left.updated, right_updated=right.updated, step=self.policy.stamp_step
        )

    def _decided(self, rule: CompiledRule, left: Any, right: Any) -> FieldPlan | None:
        """Carry out an operator's decision, unless what it gives up is no longer what the operator saw.

        The value that is taken may have moved on: then it is the newer one that is carried.
        """
        held = self.link.holds.get(rule.name)
        if held is None or held.decision is None or self._equal(rule):
            return None
        winner, values = held.decision.take.winner, {Side.LEFT: left, Side.RIGHT: right}
        given_up = [winner.other] if winner else list(Side)
        if any(digest(values[side], self.policy.salt) != held.print_of(side) for side in given_up):
            return None
        action = write(winner.other) if winner else Action.SETTLE
        return self._carry(rule, action, left, right, decision=held.decision)

    def _carry(
        self,
        rule: CompiledRule,
        action: Action,
        left: Any,
        right: Any,
        *,
        decision: Decision | None = None,
        reason: str = "",
    ) -> FieldPlan:
        target, by = action.target, decision.by if decision else ""
        reason = f"decided by {by}: take {decision.take}" if decision else reason or _REASONS.get(action, "")
        if target is None:
            return FieldPlan(rule.name, action, reason, left, right, by=by)
        try:
            carried = rule.to(target, self.link.side(target.other).view)
            if decision is None:
                self._not_shortened(rule, target)
        except ValueParked as parked:
            return parked_field(rule.name, parked, left, right, by=by)
        name = rule.written(target)
        if self.mapping.view(target).field(name).write != "always":
            reason = f"{name} cannot be changed on the {target} side after the record was made"
            return FieldPlan(rule.name, Action.PARK, reason, left, right, by=by)
        plan = FieldPlan(
            rule.name, action, reason, left, right, field=name, raw=carried.raw, lossy=carried.lossy, by=by
        )
        return step_by_step(plan, self.mapping.view(target), plan.value(target))

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

    def _moved(self, rule: CompiledRule, side: Side, shown: Any) -> Movement:
        sent = self.link.side(side).unconfirmed.get(rule.name)
        return movement(self.mapping.view(side), rule.field(side), self._base(rule, side), shown, sent)

    def _equal(self, rule: CompiledRule) -> bool:
        return rule.equal(self.link.left.view, self.link.right.view)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
