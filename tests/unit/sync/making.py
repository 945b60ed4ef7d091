"""Mappings, links and plans made of plain values, for tests of what is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.mapping.compile import CompiledMapping, compile_mapping
from ebond.state import LinkState, Observation, Origin, RecordState, Settlement, Side
from ebond.sync.plan import plan_link
from ebond.sync.planned import FieldPlan, LinkPlan, Policy
from ebond.sync.settle import settle_link
from ebond.sync.written import Written
from ebond.testing.wiring import PRESETS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = Policy()


def resource(
    preset: str = "plain", *, fields: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any
) -> Resource:
    """Return a preset's resource with parts replaced; ``fields`` changes single fields."""
    document = {**PRESETS[preset]().resource.model_dump(), **changes}
    for name, change in (fields or {}).items():
        document["fields"][name] = {**document["fields"].get(name, {}), **change}
    return Resource.model_validate(document)


def mapping(
    *rules: Mapping[str, Any], left: Resource | None = None, right: Resource | None = None, **changes: Any
) -> CompiledMapping:
    """Compile a mapping; without rules, titles both ways."""
    document = {
        "version": 1,
        "mapping": "m",
        "left": "l/ticket",
        "right": "r/ticket",
        "fields": rules or [{"left": "title", "right": "title"}],
        **changes,
    }
    return compile_mapping(MappingDefinition.model_validate(document), left or resource(), right or resource())


def record(
    side: CompiledMapping, at: Side, view: Mapping[str, Any], base: Mapping[str, Any] | None, **changes: Any
) -> RecordState:
    """Return one side of a link; fields that are not given are empty."""
    whole = {**dict.fromkeys(side.view(at).names), **view}
    state = RecordState(f"{at}-1", "v1", None, whole, side.view(at).digest(whole), base)
    return replace(state, **changes)


def link(
    rules: CompiledMapping,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    base: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] = (None, None),
    **changes: Any,
) -> LinkState:
    """Return a link of two views and two bases (by rule name)."""
    one, two = record(rules, Side.LEFT, left, base[0]), record(rules, Side.RIGHT, right, base[1])
    return replace(LinkState(1, "b", one, two, mark=3), **changes)


def edited(state: LinkState, rules: CompiledMapping, side: Side, **values: Any) -> LinkState:
    """Return the link as it is after somebody edited fields of one side."""
    old = state.side(side)
    view = {**old.view, **values}
    return _put(state, side, replace(old, view=view, digest=rules.view(side).digest(view), origin=Origin.FEED))


def _put(state: LinkState, side: Side, new: RecordState) -> LinkState:
    return replace(state, left=new) if side is Side.LEFT else replace(state, right=new)


def plan(state: LinkState, rules: CompiledMapping, policy: Policy = POLICY, now: datetime = NOW) -> LinkPlan:
    return plan_link(state, rules, policy, now=now)


def only(state: LinkState, rules: CompiledMapping, policy: Policy = POLICY, now: datetime = NOW) -> FieldPlan:
    """Return the plan of a link's one field."""
    (field,) = plan(state, rules, policy, now).fields
    return field


def answer(rules: CompiledMapping, side: Side, view: Mapping[str, Any]) -> Observation:
    """Return a record as the answer to a write showed it."""
    return Observation(f"{side}-1", "v2", NOW, view, rules.view(side).digest(view), origin=Origin.ANSWER)


def carried(
    state: LinkState,
    rules: CompiledMapping,
    *,
    shows: Mapping[Side, Mapping[str, Any]] | None = None,
    last_word: bool = False,
    policy: Policy = POLICY,
    now: datetime = NOW,
) -> tuple[Settlement, LinkState]:
    """Carry a plan out, every write of it, and settle; ``shows`` is what the answers show, by side.

    A side without a word there answers with nothing.
    """
    made = plan(state, rules, policy, now)
    written = {}
    for side in Side:
        if made.writes(side):
            shown = answer(rules, side, (shows or {})[side]) if side in (shows or {}) else None
            applied = frozenset(field.rule for field in made.writes(side))
            written[side] = Written(applied, shown=shown, last_word=last_word)
    settlement = settle_link(state, made, rules, policy, written=written, now=now)
    return settlement, settled(state, settlement)


def settled(state: LinkState, settlement: Settlement) -> LinkState:
    """Return the link as the store keeps it after a settlement."""
    for side, part in ((Side.LEFT, settlement.left), (Side.RIGHT, settlement.right)):
        old = state.side(side)
        new = replace(old, base=part.base, unconfirmed=part.unconfirmed)
        if part.record is not None:
            shown = part.record
            new = replace(
                new, view=shown.view, digest=shown.digest, version=shown.version, updated=shown.updated,
                origin=shown.origin,
            )  # fmt: skip
        state = _put(state, side, new)
    return replace(state, holds={hold.field: hold for hold in settlement.holds}, flips=settlement.flips)
