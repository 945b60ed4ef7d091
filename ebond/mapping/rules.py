"""One field rule, compiled: how its value is carried to either side, and when both sides agree."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ebond.definitions.mapping import ConflictPolicy, Direction, FieldRule
from ebond.definitions.system import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.codec import Canonical
from ebond.mapping.convert import constant, converter, text_of
from ebond.mapping.side import SideView
from ebond.state import Side

View = Mapping[str, Any]


class Translated(NamedTuple):
    """A value carried over: its canonical meaning there, what to write, and whether a part was cut off."""

    value: Canonical
    raw: Any
    lossy: bool = False


Carrier = Callable[[View], Translated]
_Draft = Callable[[View], Canonical]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule at work; ``left`` and ``right`` name the fields it holds, None where a side has none of its own."""

    name: str
    left: str | None
    right: str | None
    direction: Direction
    conflict: ConflictPolicy
    required: bool
    carriers: Mapping[Side, Carrier]
    """By target side; only the ways that the rule goes."""
    equal: Callable[[View, View], bool]
    """Do a left and a right view agree, for this rule?"""

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


def compile_rule(rule: FieldRule, views: Mapping[Side, SideView], *, conflict: ConflictPolicy) -> CompiledRule:
    """Compile a rule for the two sides."""
    direction = effective_direction(rule)
    carriers = {
        target: _carrier(rule, target, views)
        for target in Side
        if direction in ("both", f"to_{target}") and _name(rule, target) is not None
    }
    return CompiledRule(
        name=rule_name(rule),
        left=rule.left,
        right=rule.right,
        direction=direction,
        conflict=rule.conflict or conflict,
        required=rule.required,
        carriers=carriers,
        equal=_equality(rule, views, carriers),
    )


def rule_name(rule: FieldRule) -> str:
    """Return the name that reports, holds and bases use."""
    return rule.name or rule.left or rule.right or "?"


def effective_direction(rule: FieldRule) -> Direction:
    """A constant or template for a side, or a side without a field, makes a rule one-way."""
    if rule.constant.right is not None or rule.template.right is not None or rule.left is None:
        return "to_right"
    if rule.constant.left is not None or rule.template.left is not None or rule.right is None:
        return "to_left"
    return rule.direction


def _name(rule: FieldRule, side: Side) -> str | None:
    return rule.left if side is Side.LEFT else rule.right


def _sided(pair: Any, side: Side) -> Any:
    return pair.left if side is Side.LEFT else pair.right


def _carrier(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> Carrier:
    name = _name(rule, target)
    assert name is not None
    view = views[target]
    field, codec = view.field(name), view.codec(name)
    draft = _draft(rule, target, views)
    finish = _finisher(rule, field)
    encode = codec.encode
    fallback = _sided(rule.default, target)
    default = None if fallback is None else constant(fallback, field)

    def carry(source: View) -> Translated:
        value = draft(source)
        if value is None:
            value = default
        if value is None:
            if rule.required:
                raise ValueParked("the value is required and empty")
            return _EMPTY
        value, lossy = finish(value)
        return Translated(value, encode(value), lossy)

    return carry


_EMPTY = Translated(None, None)


def _draft(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> _Draft:
    """Return what makes the target's canonical value from a source view, before limits are checked."""
    name = _name(rule, target)
    assert name is not None
    field = views[target].field(name)
    fixed = _sided(rule.constant, target)
    if fixed is not None:
        value = constant(fixed, field)
        return lambda _: value
    template = _sided(rule.template, target)
    if template is not None:
        return _template(str(template), views[target.other])
    return _from_field(rule, target, views)


def _template(template: str, source: SideView) -> _Draft:
    parts = [(literal, name) for literal, name, *_ in string.Formatter().parse(template)]

    def fill(view: View) -> Canonical:
        text = "".join(
            literal + (text_of(source.canon(name, view.get(name))) if name else "") for literal, name in parts
        )
        return text.strip() or None

    return fill


def template_fields(template: str) -> tuple[str, ...]:
    """Return the fields that a template names."""
    return tuple(name for _, name, *_ in string.Formatter().parse(template) if name)


def _from_field(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> _Draft:
    source_name, target_name = _name(rule, target.other), _name(rule, target)
    assert source_name is not None
    assert target_name is not None
    source, field = views[target.other], views[target].field(target_name)
    canon = source.codec(source_name).canon
    convert = converter(source.field(source_name), field)
    translate = _value_map(rule, target, field) if rule.values else None

    if translate is not None:
        return lambda view: None if (value := canon(view.get(source_name))) is None else translate(value)
    if convert is not None:
        return lambda view: None if (value := canon(view.get(source_name))) is None else convert(value)
    return lambda view: canon(view.get(source_name))


def _value_map(rule: FieldRule, target: Side, field: ResourceField) -> Callable[[Canonical], Canonical]:
    way = f"to_{target}"
    pairs = [pair for pair in rule.values if pair.only in (None, way)]
    table = {
        (pair.left if target is Side.RIGHT else pair.right): constant(
            pair.right if target is Side.RIGHT else pair.left, field
        )
        for pair in pairs
    }
    fallback = _sided(rule.default, target)

    def translate(value: Canonical) -> Canonical:
        key = text_of(value)
        if key in table:
            return table[key]
        if rule.unmapped == "pass":
            return constant(key, field)
        if rule.unmapped == "default" and fallback is not None:
            return constant(fallback, field)
        raise ValueParked(f"the value {key!r} is not in the value map")

    return translate


def _finisher(rule: FieldRule, field: ResourceField) -> Callable[[Canonical], tuple[Canonical, bool]]:
    """Return what checks a value against the target's limits."""
    limit, allowed = field.max, frozenset(field.values)
    if limit is None and not allowed:
        return lambda value: (value, False)

    def finish(value: Canonical) -> tuple[Canonical, bool]:
        if allowed and text_of(value) not in allowed:
            raise ValueParked(f"the other system does not take the value {text_of(value)!r}")
        if limit is None or not isinstance(value, str) or len(value) <= limit:
            return value, False
        if rule.too_long == "park":
            raise ValueParked(f"{len(value)} characters are more than the {limit} that the other system takes")
        return value[:limit].rstrip(), True

    return finish


def _equality(
    rule: FieldRule, views: Mapping[Side, SideView], carriers: Mapping[Side, Carrier]
) -> Callable[[View, View], bool]:
    """Two sides agree where either side's value, carried over, is what the other side has.

    Either way is enough: where several values collapse to one, the side with the finer value must not be made to
    flip to another member of the class, and a shortened copy agrees with its long original.
    """
    checks = tuple((target, carrier, _canon_of(rule, target, views)) for target, carrier in carriers.items())
    both = [(side, _canon_of(rule, side, views)) for side in Side if _name(rule, side) is not None]

    def equal(left: View, right: View) -> bool:
        sides = {Side.LEFT: left, Side.RIGHT: right}
        for target, carrier, canon in checks:
            try:
                if carrier(sides[target.other]).value == canon(sides[target]):
                    return True
            except ValueParked:
                continue
        return len(both) == len(sides) and all(_blank(canon, sides[side]) for side, canon in both)

    return equal


def _canon_of(rule: FieldRule, side: Side, views: Mapping[Side, SideView]) -> Callable[[View], Canonical]:
    name = _name(rule, side)
    assert name is not None
    canon = views[side].codec(name).canon
    return lambda view: canon(view.get(name))


def _blank(canon: Callable[[View], Canonical], view: View) -> bool:
    try:
        return canon(view) is None
    except ValueParked:
        return False
