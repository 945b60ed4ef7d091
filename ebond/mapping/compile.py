"""A mapping, compiled once for a bond."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ebond.definitions.mapping import FieldRule
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.asking import Answers
from ebond.mapping.carry import template_fields
from ebond.mapping.rules import CompiledRule, compile_rule
from ebond.mapping.side import SideView
from ebond.state import Side, View

#: What carries one rule's value of a whole record: the rule, the field that is written, the field that is read (None
#: where the whole view is) and from the one to the other. A bare tuple, which is unpacked faster than a named one.
Line = tuple[str, str, str | None, Callable[[Any], Any]]


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """The two sides and the rules between them."""

    name: str
    left: SideView
    right: SideView
    rules: tuple[CompiledRule, ...]
    by_name: Mapping[str, CompiledRule]
    lines: Mapping[Side, tuple[Line, ...]]
    """By target side."""
    asking: tuple[CompiledRule, ...] = ()
    """The rules whose values name records that have to be asked for."""

    def view(self, side: Side) -> SideView:
        """Return a side."""
        return self.left if side is Side.LEFT else self.right

    def rule(self, name: str) -> CompiledRule:
        """Return a rule; raises KeyError."""
        return self.by_name[name]

    def has_rule(self, name: str) -> bool:
        """Is there such a rule (still)?"""
        return name in self.by_name

    def knowing(self, answers: Answers) -> CompiledMapping:
        """Return the mapping with what came of asks; the one that was compiled knows nothing."""
        if not self.asking:
            return self
        views = {side: self.view(side) for side in Side}
        known = [
            compile_rule(rule.definition, views, conflict=rule.conflict, answers=answers) if rule.asked else rule
            for rule in self.rules
        ]
        return _assembled(self.name, views, known)

    @property
    def refers(self) -> bool:
        """Does any rule name records of bonds?"""
        return any(rule.definition.link is not None for rule in self.asking)

    def carried(self, target: Side, view: View) -> tuple[dict[str, Any], dict[str, str]]:
        """Carry a whole record over: raw values by field, and by rule the reason of each that cannot be carried."""
        values: dict[str, Any] = {}
        parked: dict[str, str] = {}
        get = view.get
        for rule, written, source, write in self.lines[target]:
            try:
                raw = write(view if source is None else get(source))
            except ValueParked as reason:
                parked[rule] = str(reason)
                continue
            if raw is not None:
                values[written] = raw
        return values, parked


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
    rules = [compile_rule(rule, views, conflict=mapping.conflict) for rule in mapping.fields]
    return _assembled(mapping.mapping, views, rules)


def _assembled(name: str, views: Mapping[Side, SideView], rules: Sequence[CompiledRule]) -> CompiledMapping:
    return CompiledMapping(
        name=name,
        left=views[Side.LEFT],
        right=views[Side.RIGHT],
        rules=tuple(rules),
        by_name={rule.name: rule for rule in rules},
        lines={target: tuple(_lines(rules, target, views[target])) for target in Side},
        asking=tuple(rule for rule in rules if rule.asked),
    )


def _lines(rules: Iterable[CompiledRule], target: Side, view: SideView) -> Iterator[Line]:
    for rule in rules:
        carry = rule.carriers.get(target)
        if carry is not None and view.field(written := rule.written(target)).write != "never":
            yield rule.name, written, carry.source, carry.write


def _names(rules: Iterable[FieldRule], side: Side) -> Iterable[str]:
    for rule in rules:
        name = rule.left if side is Side.LEFT else rule.right
        if name is not None:
            yield name
        template = rule.template.right if side is Side.LEFT else rule.template.left
        if template is not None:
            yield from template_fields(str(template))
