"""Carrying the value of one rule to one side: read, converted, held against the limits there, and written.

All that can be known before is bound once; what is left for each record is a straight line.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.convert import constant, converter
from ebond.mapping.limits import limiter
from ebond.mapping.side import SideView
from ebond.mapping.value_map import sided, value_map
from ebond.state import Side, View


class Translated(NamedTuple):
    """A value carried over: its canonical meaning there, what to write, and whether a part was cut off."""

    value: Canonical
    raw: Any
    lossy: bool = False


Carrier = Callable[[View], Translated]
"""Raises ValueParked where the value has no counterpart."""
_Draft = Callable[[View], Canonical]

_EMPTY: Final = Translated(None, None)


def carrier(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> Carrier:
    """Compile what carries a rule's value to a side that it goes to."""
    name, view = field_name(rule, target), views[target]
    finish = _finisher(rule, name, view)
    empty = _empty(rule, target, finish, view)
    fixed = sided(rule.constant, target)
    if fixed is not None:
        value = constant(fixed, view.field(name))
        return lambda _: empty() if value is None else finish(value)
    draft = _draft(rule, target, views)

    def carry(source: View) -> Translated:
        value = draft(source)
        return empty() if value is None else finish(value)

    return carry


def field_name(rule: FieldRule, side: Side) -> str:
    """Return the field that a rule has on a side; it must have one."""
    name = rule.left if side is Side.LEFT else rule.right
    assert name is not None, "checked at load"
    return name


def _empty(
    rule: FieldRule, target: Side, finish: Callable[[Canonical], Translated], view: SideView
) -> Callable[[], Translated]:
    default = sided(rule.default, target)
    value = None if default is None else constant(default, view.field(field_name(rule, target)))
    if value is not None:
        return lambda: finish(value)
    if rule.required:
        return _required
    return lambda: _EMPTY


def _required() -> Translated:
    raise ValueParked("the value is required and empty")


def _finisher(rule: FieldRule, name: str, view: SideView) -> Callable[[Canonical], Translated]:
    encode, limited = view.codec(name).encode, limiter(rule, view.field(name))
    if limited is None:
        return lambda value: Translated(value, encode(value))

    def finish(value: Canonical) -> Translated:
        value, lossy = limited(value)
        return Translated(value, encode(value), lossy)

    return finish


def _draft(rule: FieldRule, target: Side, views: Mapping[Side, SideView]) -> _Draft:
    """Return what makes the target's canonical value from a source view, before limits are checked."""
    template = sided(rule.template, target)
    if template is not None:
        return _template(str(template), views[target.other])
    source, field = field_name(rule, target.other), views[target].field(field_name(rule, target))
    canon = views[target.other].codec(source).canon
    if rule.values:
        convert = value_map(rule, target, field)
    elif (found := converter(views[target.other].field(source), field)) is not None:
        convert = found
    else:
        return lambda view: canon(view.get(source))

    def draft(view: View) -> Canonical:
        value = canon(view.get(source))
        return None if value is None else convert(value)

    return draft


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
