"""Planning a list that both sides changed: merged on the right first, and from there carried to the left. Pure.

One plan writes one side of a field. So the merged list goes to the right, whose base stays as it was; what it holds
then counts as its edit, and the next plan carries it to the left. A crash in between merges once more, to the same.
"""

from __future__ import annotations

from typing import Any

import orjson

from ebond.errors import ValueParked
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.state import LinkState, Side
from ebond.sync.items import items_of, merged
from ebond.sync.merge import Action
from ebond.sync.planned import FieldPlan, parked_field

MERGED = "both sides changed the list: merged item by item"
TORN = "both sides changed one item of the list differently"
UNKEYED = "the items of the list cannot be told apart by the rule's key"


def merge_lists(rule: CompiledRule, link: LinkState, mapping: CompiledMapping, left: Any, right: Any) -> FieldPlan:
    """Plan a field whose lists differ and were changed on both sides."""
    try:
        raw = _merged(rule, link, mapping)
    except ValueParked as parked:
        return parked_field(rule.name, parked, left, right)
    if raw is None:
        return FieldPlan(rule.name, Action.HOLD, TORN, left, right)
    name, view = rule.written(Side.RIGHT), mapping.view(Side.RIGHT)
    if not view.same(name, raw, right):
        return FieldPlan(rule.name, Action.WRITE_RIGHT, MERGED, left, right, field=name, raw=raw, onward=True)
    # The right holds all of it already.
    carried = rule.to(Side.LEFT, link.right.view)
    return FieldPlan(rule.name, Action.WRITE_LEFT, MERGED, left, right, field=rule.written(Side.LEFT), raw=carried.raw)


def _merged(rule: CompiledRule, link: LinkState, mapping: CompiledMapping) -> Any:
    """Return the merged list in the right side's terms; None where one item was changed differently."""
    name, view, near = rule.written(Side.RIGHT), mapping.view(Side.RIGHT), rule.written(Side.LEFT)

    def theirs(raw: Any) -> dict[str, Any]:
        found = items_of(view.canon(name, raw), rule.key)
        if found is None:
            raise ValueParked(UNKEYED)
        return found

    def ours(raw: Any) -> dict[str, Any]:
        return theirs(rule.to(Side.RIGHT, {**link.left.view, near: raw}).raw)

    was = [(side.base or {}).get(rule.name) for side in (link.left, link.right)]
    here, there = link.left.view.get(near), link.right.view.get(name)
    items = merged((ours(was[0]), ours(here)), (theirs(was[1]), theirs(there)))
    if items is None:
        return None
    if rule.key is None:
        return view.encode(name, tuple(items) or None)
    return view.encode(name, orjson.dumps(list(items.values()), option=orjson.OPT_SORT_KEYS).decode())
