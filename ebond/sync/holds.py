"""Which fields of a plan are held: those that wait for a human, and those that flip to and fro."""

from __future__ import annotations

from datetime import datetime

from ebond.state import Hold, LinkState
from ebond.sync import flips
from ebond.sync.merge import Action
from ebond.sync.planned import FieldPlan, Policy, digest, flip_digest


def hold(field: FieldPlan, link: LinkState, policy: Policy, *, now: datetime) -> tuple[FieldPlan, Hold | None]:
    """Keep a held field held until one of its values, or the mapping, changes."""
    if field.action in (Action.NOTHING, Action.SETTLE):
        return field, None
    old = link.holds.get(field.rule)
    left, right = digest(field.left, policy.salt), digest(field.right, policy.salt)
    if not field.by:
        if old is not None and (old.left, old.right) == (left, right):
            return _held(field, old), old
        field = _loop_guard(field, link, policy, now=now)
    if field.action.target is not None:
        return field, None
    kind = "conflict" if field.action is Action.HOLD else "parked"
    return field, Hold(field.rule, kind, field.reason, now, left, right)


def _held(field: FieldPlan, hold: Hold) -> FieldPlan:
    action = Action.HOLD if hold.kind == "conflict" else Action.PARK
    return FieldPlan(field.rule, action, hold.reason, field.left, field.right, ignored=field.ignored)


def _loop_guard(field: FieldPlan, link: LinkState, policy: Policy, *, now: datetime) -> FieldPlan:
    if field.action.target is None:
        return field
    history = flips.remember(
        link.flips.get(field.rule, ()), digest=flip_digest(field), at=now.timestamp(), window=policy.flip_window
    )
    if flips.returns(history) < policy.flip_limit:
        return field
    reason = f"flipped back to earlier values {policy.flip_limit} times: something changes it to and fro"
    return FieldPlan(field.rule, Action.PARK, reason, field.left, field.right)
