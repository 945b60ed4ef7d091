"""Match keys: how records that exist on both sides before the first sync find each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from ebond.errors import ValueParked
from ebond.mapping.canonical import text_of
from ebond.mapping.compile import CompiledMapping
from ebond.state import Side


def match_keys(
    mapping: CompiledMapping, alternatives: tuple[tuple[str, ...], ...], side: Side, view: Mapping[str, Any]
) -> tuple[tuple[int, bytes], ...]:
    """Return (alternative, digest) for each alternative whose values are all there, in the right side's terms."""
    return tuple(_keys(mapping, alternatives, side, view))


def _keys(
    mapping: CompiledMapping, alternatives: tuple[tuple[str, ...], ...], side: Side, view: Mapping[str, Any]
) -> Iterator[tuple[int, bytes]]:
    for number, names in enumerate(alternatives):
        values = [_value(mapping, name, side, view) for name in names]
        if all(values):
            text = "\x1f".join(values)
            yield number, blake2b(text.encode(), digest_size=16).digest()


def _value(mapping: CompiledMapping, name: str, side: Side, view: Mapping[str, Any]) -> str:
    """Return a rule's value as text; empty where there is none or it cannot be compared."""
    rule = mapping.rule(name)
    try:
        if side is Side.LEFT and rule.goes(Side.RIGHT):
            return text_of(rule.to(Side.RIGHT, view).value)
        field = rule.field(side)
        return "" if field is None else text_of(mapping.view(side).canon(field, view.get(field)))
    except ValueParked:
        return ""
