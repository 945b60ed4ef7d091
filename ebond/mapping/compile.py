"""A mapping, compiled once for a bond."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ebond.definitions.mapping import FieldRule
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.carry import template_fields
from ebond.mapping.rules import CompiledRule, compile_rule
from ebond.mapping.side import SideView
from ebond.state import Side, View

Write = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """All rules that write to one side, in columns: what is read for a record is taken in one go."""

    rules: tuple[str, ...]
    fields: tuple[str, ...]
    """What is written."""
    sources: tuple[str, ...]
    """What is read."""
    writes: tuple[Write, ...]
    made: tuple[tuple[str, str, Write], ...]
    """Rule, field and what makes its value of the whole view: constants and templates."""


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """The two sides and the rules between them."""

    name: str
    left: SideView
    right: SideView
    rules: tuple[CompiledRule, ...]
    by_name: Mapping[str, CompiledRule]
    lines: Mapping[Side, Lines]
    """By target side."""

    def view(self, side: Side) -> SideView:
        """Return a side."""
        return self.left if side is Side.LEFT else self.right

    def rule(self, name: str) -> CompiledRule:
        """Return a rule; raises KeyError."""
        return self.by_name[name]

    def has_rule(self, name: str) -> bool:
        """Is there such a rule (still)?"""
        return name in self.by_name

    def carried(self, target: Side, view: View) -> tuple[dict[str, Any], dict[str, str]]:
        """Carry a whole record over: raw values by field, and by rule the reason of each that cannot be carried."""
        values: dict[str, Any] = {}
        parked: dict[str, str] = {}
        lines = self.lines[target]
        _carry(zip(lines.rules, lines.fields, lines.writes, map(view.get, lines.sources), strict=True), values, parked)
        if lines.made:
            _carry(((rule, field, write, view) for rule, field, write in lines.made), values, parked)
        return values, parked


def _carry(rows: Iterable[tuple[str, str, Write, Any]], values: dict[str, Any], parked: dict[str, str]) -> None:
    for rule, field, write, given in rows:
        try:
            raw = write(given)
        except ValueParked as reason:
            parked[rule] = str(reason)
            continue
        if raw is not None:
            values[field] = raw


def compile_mapping(
    mapping: MappingDefinition,
    left: Resource,
    right: Resource,
    *,
    extra_left: Iterable[str] = (),
    extra_right: Iterable[str] = (),
) -> CompiledMapping:
    """Compile a mapping that was checked at load; the extra fields are looked at but not carried."""
    views = {
        Side.LEFT: SideView(left, [*_names(mapping.fields, Side.LEFT), *extra_left]),
        Side.RIGHT: SideView(right, [*_names(mapping.fields, Side.RIGHT), *extra_right]),
    }
    rules = tuple(compile_rule(rule, views, conflict=mapping.conflict) for rule in mapping.fields)
    return CompiledMapping(
        name=mapping.mapping,
        left=views[Side.LEFT],
        right=views[Side.RIGHT],
        rules=rules,
        by_name={rule.name: rule for rule in rules},
        lines={target: _lines(rules, target, views[target]) for target in Side},
    )


def _lines(rules: Iterable[CompiledRule], target: Side, view: SideView) -> Lines:
    writable = [
        (rule.name, rule.written(target), carry)
        for rule in rules
        if (carry := rule.carriers.get(target)) is not None and view.field(rule.written(target)).write != "never"
    ]
    carried = [(name, field, carry) for name, field, carry in writable if carry.source is not None]
    return Lines(
        rules=tuple(name for name, _, _ in carried),
        fields=tuple(field for _, field, _ in carried),
        sources=tuple(carry.source for _, _, carry in carried if carry.source is not None),
        writes=tuple(carry.write for _, _, carry in carried),
        made=tuple((name, field, carry.write) for name, field, carry in writable if carry.source is None),
    )


def _names(rules: Iterable[FieldRule], side: Side) -> Iterable[str]:
    for rule in rules:
        name = rule.left if side is Side.LEFT else rule.right
        if name is not None:
            yield name
        template = rule.template.right if side is Side.LEFT else rule.template.left
        if template is not None:
            yield from template_fields(str(template))
