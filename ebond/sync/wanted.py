"""What has to be asked before a link can be planned, or a record created. Pure.

Only what the plan will carry: of a field that nobody moved, nothing has to be known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ebond.mapping.asking import Ask
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.state import LinkState, Side, View
from ebond.sync.movement import Movement, movement


def of_link(link: LinkState, mapping: CompiledMapping) -> tuple[Ask, ...]:
    """Return what planning a link takes, each once."""
    return tuple(dict.fromkeys(one for rule in mapping.asking for one in _of_rule(rule, link, mapping)))


def of_record(view: View, target: Side, mapping: CompiledMapping) -> tuple[Ask, ...]:
    """Return what carrying a whole record to a side takes."""
    return tuple(dict.fromkeys(one for rule in mapping.asking for one in _asks(rule, target, view)))


def _of_rule(rule: CompiledRule, link: LinkState, mapping: CompiledMapping) -> Iterator[Ask]:
    moved = _moved(rule, link, mapping)
    for source in Side:
        if source in moved:
            yield from _asks(rule, source.other, link.side(source).view)
            name = rule.field(source)
            if rule.conflict == "merge" and name is not None and len(moved) == len(Side):
                # Two lists are merged by what was in them before.
                base = link.side(source).base or {}
                yield from _asks(rule, source.other, {name: base.get(rule.name)})


def _moved(rule: CompiledRule, link: LinkState, mapping: CompiledMapping) -> list[Side]:
    """Return the sides whose value may have to be carried or compared."""
    held = link.holds.get(rule.name)
    bases = {side: link.side(side).base for side in Side}
    if any(base is None or rule.name not in base for base in bases.values()) or (held and held.decision):
        return list(Side)
    return [side for side in Side if _stirs(rule, link, mapping, side, (bases[side] or {})[rule.name])]


def _stirs(rule: CompiledRule, link: LinkState, mapping: CompiledMapping, side: Side, base: Any) -> bool:
    record, name = link.side(side), rule.field(side)
    shown = record.view.get(name) if name is not None else None
    sent = record.unconfirmed.get(rule.name)
    return movement(mapping.view(side), name, base, shown, sent) is not Movement.STILL


def _asks(rule: CompiledRule, target: Side, view: View) -> Iterator[Ask]:
    asked = rule.asked.get(target)
    for text in asked(view) if asked is not None else ():
        yield Ask(rule.name, target, text)
