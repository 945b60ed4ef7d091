"""Which fields of a plan are held: those that wait for a human, and those that flip to and fro."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ebond.state import PASSING, Hold, LinkState
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
        if old is not None and (old.left, old.right) == (left, right) and _stays(field, old):
            held = _held(field, old)
            return held, replace(old, reason=held.reason)
        field = _loop_guard(field, link, policy, now=now)
    if field.action.target is not None:
        return field, None
    kind = "conflict" if field.action is Action.HOLD else field.kind
    return field, Hold(field.rule, kind, field.reason, now, left, right)


def _stays(field: FieldPlan, hold: Hold) -> bool:
    """Does a hold stay while both values do? One that waits for what others know ends with that."""
    return hold.kind not in PASSING or (field.action is Action.PARK and field.kind == hold.kind)


def _held(field: FieldPlan, hold: Hold) -> FieldPlan:
    action = Action.HOLD if hold.kind == "conflict" else Action.PARK
    reason = field.reason if hold.kind in PASSING else hold.reason
    return FieldPlan(
        field.rule, action, reason, field.left, field.right, ignored=field.ignored, kind=hold.kind, awaits=field.awaits
    )


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
