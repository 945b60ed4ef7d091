"""A mapping, compiled once for a bond."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ebond.definitions.mapping import FieldRule
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource
from ebond.mapping.carry import template_fields
from ebond.mapping.rules import CompiledRule, compile_rule
from ebond.mapping.side import SideView
from ebond.state import Side


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """The two sides and the rules between them."""

    name: str
    left: SideView
    right: SideView
    rules: tuple[CompiledRule, ...]
    by_name: Mapping[str, CompiledRule]

    def view(self, side: Side) -> SideView:
        """Return a side."""
        return self.left if side is Side.LEFT else self.right

    def rule(self, name: str) -> CompiledRule:
        """Return a rule; raises KeyError."""
        return self.by_name[name]

    def has_rule(self, name: str) -> bool:
        """Is there such a rule (still)?"""
        return name in self.by_name


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
        mapping.mapping, views[Side.LEFT], views[Side.RIGHT], rules, {rule.name: rule for rule in rules}
    )


def _names(rules: Iterable[FieldRule], side: Side) -> Iterable[str]:
    for rule in rules:
        name = rule.left if side is Side.LEFT else rule.right
        if name is not None:
            yield name
        template = rule.template.right if side is Side.LEFT else rule.template.left
        if template is not None:
            yield from template_fields(str(template))
