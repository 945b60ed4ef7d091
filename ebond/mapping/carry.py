"""Carrying the value of one rule to one side: read, converted, held against the limits there, and written.

All that can be known before is bound once; what is left for each record is a straight line.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ebond.definitions.mapping import FieldRule
from ebond.definitions.ways import name_of
from ebond.errors import ValueParked
from ebond.mapping.asking import NOTHING_KNOWN, Answers, asks, translator
from ebond.mapping.canonical import Canonical, as_it_is, text_of
from ebond.mapping.convert import constant, converter
from ebond.mapping.limits import limiter
from ebond.mapping.shortcuts import shortened
from ebond.mapping.side import SideView
from ebond.mapping.value_map import sided, value_map
from ebond.state import Side, View


class Translated(NamedTuple):
    """A value carried over: its canonical meaning there, what to write, and whether a part was cut off."""

    value: Canonical
    raw: Any
    lossy: bool = False


_EMPTY: Final = Translated(None, None)
_Read = Callable[[Any], Canonical]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries a rule's value to one side. Both ways to do so raise ValueParked where it has no counterpart."""

    source: str | None
    """The field that is read on the other side; None where the whole view is."""
    translate: Callable[[Any], Translated]
    """From what is read to all that is known of the value there."""
    write: Callable[[Any], Any]
    """From what is read to what is written, and nothing else: for records by the thousand."""

    def __call__(self, view: View) -> Translated:
        """Carry the value out of a view of the other side."""
        return self.translate(view if self.source is None else view.get(self.source))


def carrier(rule: FieldRule, target: Side, views: Mapping[Side, SideView], answers: Answers = NOTHING_KNOWN) -> Carrier:
    """Compile what carries a rule's value to a side that it goes to; ``answers`` are for a rule that asks."""
    name, view = field_name(rule, target), views[target]
    source, read = _reading(rule, target, views, answers)
    encode, limited = view.codec(name).encode, limiter(rule, view.field(name))
    default = sided(rule.default, target)
    fallback = None if default is None else constant(default, view.field(name))

    bare = encode is as_it_is

    def finish(value: Canonical) -> Translated:
        if limited is None:
            return Translated(value, encode(value))
        left = limited(value)
        return Translated(left, encode(left), lossy=left is not value)

    def translate(given: Any) -> Translated:
        value = read(given)
        if value is None:
            value = fallback
        return _nothing(rule) if value is None else finish(value)

    def write(given: Any) -> Any:
        value = read(given)
        if value is None:
            return translate(given).raw
        if limited is not None:
            value = limited(value)
        return value if bare else encode(value)

    as_read = limited is None and bare and fallback is None and not rule.required
    straight = read if as_read else write
    if source is not None and not asks(rule):
        straight = shortened(straight, rule, target, views[target.other].field(source), view.field(name))
    return Carrier(source, translate, straight)


def _nothing(rule: FieldRule) -> Translated:
    if rule.required:
        raise ValueParked("the value is required and empty")
    return _EMPTY


def field_name(rule: FieldRule, side: Side) -> str:
    """Return the field that a rule has on a side; it must have one."""
    name = rule.left if side is Side.LEFT else rule.right
    assert name is not None, "checked at load"
    return name


def _reading(
    rule: FieldRule, target: Side, views: Mapping[Side, SideView], answers: Answers
) -> tuple[str | None, _Read]:
    """Return the field that is read, and what makes the target's canonical value of it before limits are checked."""
    field = views[target].field(field_name(rule, target))
    fixed, template = sided(rule.constant, target), sided(rule.template, target)
    if fixed is not None:
        value = constant(fixed, field)
        return None, lambda _: value
    if template is not None:
        return None, _template(str(template), views[target.other])
    source = field_name(rule, target.other)
    return source, _converted(views[target.other].codec(source).canon, _conversion(rule, target, views, answers))


def _conversion(
    rule: FieldRule, target: Side, views: Mapping[Side, SideView], answers: Answers
) -> Callable[[Any], Canonical] | None:
    field = views[target].field(field_name(rule, target))
    if asks(rule):
        return translator(rule, name_of(rule), target, field, answers)
    if rule.values:
        return value_map(rule, target, field)
    return converter(views[target.other].field(field_name(rule, target.other)), field)


def _converted(canon: _Read, convert: Callable[[Any], Canonical] | None) -> _Read:
    if convert is None:
        return canon

    def read(raw: Any) -> Canonical:
        value = canon(raw)
        return None if value is None else convert(value)

    return read


def _template(template: str, source: SideView) -> Callable[[View], Canonical]:
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
