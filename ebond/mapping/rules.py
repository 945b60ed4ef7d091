"""One field rule, compiled: how its value is carried to either side, and when both sides agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ebond.definitions.mapping import Direction, FieldRule, RulePolicy
from ebond.definitions.ways import name_of, way, writes
from ebond.errors import ValueParked
from ebond.mapping.agreement import Agreement, agreement
from ebond.mapping.asking import NOTHING_KNOWN, Answers, asked_of, asks
from ebond.mapping.carry import Carrier, Translated, carrier, field_name
from ebond.mapping.side import SideView
from ebond.state import Side, View


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule at work; ``left`` and ``right`` name the fields it holds, None where a side has none of its own."""

    name: str
    left: str | None
    right: str | None
    direction: Direction
    conflict: RulePolicy
    key: str | None
    """What makes two objects of a list the same, where lists are merged."""
    required: bool
    carriers: Mapping[Side, Carrier]
    """By target side; only the ways that the rule goes."""
    equal: Agreement
    """Do a left and a right view agree, for this rule?"""
    definition: FieldRule
    asked: Mapping[Side, Callable[[View], tuple[str, ...]]]
    """By target side, of a rule that asks: the texts in a view of the other side that have to be asked for."""

    def field(self, side: Side) -> str | None:
        """Return the name of the field on a side."""
        return self.left if side is Side.LEFT else self.right

    def written(self, target: Side) -> str:
        """Return the field that is written on a side that the rule goes to."""
        name = self.field(target)
        assert name is not None
        return name

    def goes(self, target: Side) -> bool:
        """Is the value carried to this side?"""
        return target in self.carriers

    def to(self, target: Side, view: View) -> Translated:
        """Carry the value from a view of the other side; raises ValueParked where it has no counterpart."""
        return self.carriers[target](view)


def compile_rule(
    rule: FieldRule, views: Mapping[Side, SideView], *, conflict: RulePolicy, answers: Answers = NOTHING_KNOWN
) -> CompiledRule:
    """Compile a rule for the two sides; ``answers`` are for one that asks."""
    carriers = {target: carrier(rule, target, views, answers) for target in Side if writes(rule, target)}
    return CompiledRule(
        name=name_of(rule),
        left=rule.left,
        right=rule.right,
        direction=way(rule),
        conflict=rule.conflict or conflict,
        key=rule.key,
        required=rule.required,
        carriers=carriers,
        equal=agreement(rule, views, carriers),
        definition=rule,
        asked={target: _asked(rule, target, views) for target in carriers} if asks(rule) else {},
    )


def _asked(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> Callable[[View], tuple[str, ...]]:
    name, view, texts = field_name(rule, target.other), views[target.other], asked_of(rule, target)

    def asked(shown: View) -> tuple[str, ...]:
        try:
            return texts(view.canon(name, shown.get(name)))
        except ValueParked:
            return ()

    return asked
