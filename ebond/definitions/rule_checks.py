"""Does a field rule make sense between its two fields?"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ebond.definitions.fields import ResourceField
from ebond.definitions.fits import key_fault, value_fault
from ebond.definitions.lossless import faults, passing_faults
from ebond.definitions.mapping import FieldRule
from ebond.definitions.nearest import nearest
from ebond.definitions.system import Resource
from ebond.definitions.transition_checks import check_reached
from ebond.definitions.ways import makes, way, writes
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

SIDES: Final = ("left", "right")
_OTHER: Final = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Ends:
    """The two resources of a mapping."""

    left: Resource
    right: Resource

    def of(self, side: str) -> Resource:
        """Return a side's resource."""
        return self.left if side == "left" else self.right

    def field(self, rule: FieldRule, side: str) -> ResourceField | None:
        """Return a rule's field on a side."""
        return self.of(side).fields.get(getattr(rule, side) or "")


def check_rule(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a rule."""
    unknown = False
    for side in SIDES:
        name, fields = getattr(rule, side), ends.of(side).fields
        if name is not None and name not in fields:
            unknown = True
            yield spot.fault(f"the {side} resource has no field {name!r}", side, todo=nearest(name, fields))
    yield from _made(rule, ends, spot)
    if unknown:
        return
    yield from _ends(rule, spot)
    yield from _writable(rule, ends, spot)
    yield from _values(rule, ends, spot)
    for side in SIDES:
        field = ends.field(rule, side)
        if field is not None and writes(rule, side):
            yield from check_reached(rule, side, field, spot)
    yield from _given(rule, ends, spot)
    yield from _lengths(rule, ends, spot)
    yield from _merges(rule, ends, spot)


def _ends(rule: FieldRule, spot: Spot) -> Iterator[Problem]:
    made = [side for side in SIDES if makes(rule, side)]
    if len(made) == len(SIDES):
        yield spot.fault("one rule makes values for one side only", todo="make two rules of it")
    elif made:
        yield from _made_end(rule, made[0], spot)
    else:
        for side in SIDES:
            if getattr(rule, side) is None:
                todo = f"name one, or give a constant or template for the {_OTHER[side]}"
                yield spot.fault(f"the rule has no {side!r} field", todo=todo)
    if made and rule.direction != "both" and way(rule) != rule.direction:
        yield spot.fault(f"this rule can only go {way(rule)}", "direction", todo="leave 'direction' out")


def _merges(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Lists of texts are merged by their items, lists of objects by a key; nothing else can be merged."""
    if rule.conflict != "merge":
        if rule.key is not None:
            yield spot.fault("a 'key' means nothing without `conflict: merge`", "key", key=True, todo="remove it")
        return
    if way(rule) != "both":
        yield spot.fault("only a field that goes both ways is merged", "conflict")
    wanted = "list" if rule.key is None else "json"
    for side in SIDES:
        field = ends.field(rule, side)
        if field is not None and field.type != wanted:
            what = "lists of texts are merged" if rule.key is None else "a 'key' is for lists of objects (type: json)"
            yield spot.fault(f"{what}, and the {side} field is of type {field.type}", "conflict")
        elif field is not None and wanted == "list" and field.ordered:
            yield spot.fault(
                f"the order of the {side} list means something, so it cannot be merged",
                "conflict",
                todo="say `ordered: false` of the field, or use another policy",
            )


def _made_end(rule: FieldRule, side: str, spot: Spot) -> Iterator[Problem]:
    """A constant or template needs a field to go to; a constant has no use for one to come from."""
    other = _OTHER[side]
    constant = getattr(rule.constant, side) is not None
    if getattr(rule, side) is None:
        todo = f"name the {side} field that it is for"
        key = "constant" if constant else "template"
        yield spot.fault(f"there is no {side!r} field to write this to", key, todo=todo)
    elif constant and getattr(rule, other) is not None:
        message = f"{other!r} means nothing beside a constant for the {side}"
        yield spot.fault(message, other, key=True, todo=f"take {other!r} out")


def _made(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Check constants and templates."""
    for side in SIDES:
        if getattr(rule.constant, side) is not None and getattr(rule.template, side) is not None:
            yield spot.fault("a constant and a template for one side contradict each other", "template", side)
        template = getattr(rule.template, side)
        if template is not None:
            yield from _template(template, ends.of(_OTHER[side]), _OTHER[side], spot.into("template", side))


def _template(template: str, source: Resource, side: str, spot: Spot) -> Iterator[Problem]:
    try:
        parts = [(name, form, how) for _, name, form, how in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        yield spot.fault(f"the template cannot be read: {error}", todo="write {{ for a brace that is text")
        return
    for name, form, how in parts:
        if name not in source.fields:
            yield spot.fault(f"the {side} resource has no field {name!r}", todo=nearest(name, source.fields))
        elif form or how:
            yield spot.fault(f"a template knows no formats, only {{{name}}}", todo="take the ':' or '!' part out")
    if not parts:
        yield spot.fault("the template names no field", todo="say 'constant' if it is always this text")


def _writable(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    for side in SIDES:
        field = ends.field(rule, side)
        if field is None or field.write != "never" or not writes(rule, side):
            continue
        todo = f"say direction: to_{_OTHER[side]}" if way(rule) == "both" else "remove the rule"
        yield spot.fault(
            f"the {side} field {getattr(rule, side)!r} can't be written, but the rule goes there", todo=todo
        )


def _values(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Check the value map, and the lack of one."""
    left, right = ends.field(rule, "left"), ends.field(rule, "right")
    if left is None or right is None:
        if rule.values:
            yield spot.fault("a value map is between two fields", "values", key=True, todo="remove it")
        return
    if not rule.values:
        yield from _no_map(rule, left, right, spot)
        return
    found = faults(rule.values, way(rule))
    if rule.unmapped == "pass" and way(rule) == "both":
        found += list(passing_faults(rule.values, left.values, right.values))
    for index, message, todo in found:
        yield spot.fault(message, "values", index, todo=todo)
    for index, pair in enumerate(rule.values):
        for side, field in (("left", left), ("right", right)):
            # What is looked up has to be spelled as values are compared; what is only written has to fit.
            looked_up = writes(rule, _OTHER[side]) and pair.only in (None, f"to_{_OTHER[side]}")
            fault = (key_fault if looked_up else value_fault)(getattr(pair, side), field)
            if fault is not None:
                yield spot.fault(f"{side} {getattr(rule, side)}: {fault[0]}", "values", index, side, todo=fault[1])


def _no_map(rule: FieldRule, left: ResourceField, right: ResourceField, spot: Spot) -> Iterator[Problem]:
    if rule.lookup is not None or rule.link is not None:
        return
    if spot.says("unmapped"):
        yield spot.fault("'unmapped' is about values that 'values' does not name, and there is no 'values'", "unmapped")
    texts = left.type == right.type == "text" and not any(makes(rule, side) for side in SIDES)
    if texts and left.values and right.values and not set(left.values) & set(right.values):
        yield spot.fault(
            f"no value of the left field {rule.left!r} is one of the right field {rule.right!r}",
            todo="say with 'values' which is which",
        )


def _given(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Check that constants and defaults fit the field that they are written to."""
    for side in SIDES:
        field = ends.field(rule, side)
        for key in ("constant", "default"):
            value = getattr(getattr(rule, key), side)
            if value is None or field is None:
                continue
            if key == "default" and not writes(rule, side):
                yield spot.fault(f"the rule never writes to the {side}", key, side, todo="remove it")
            elif (fault := value_fault(value, field)) is not None:
                yield spot.fault(f"{side} {getattr(rule, side)}: {fault[0]}", key, side, todo=fault[1])
    given = [side for side in SIDES if writes(rule, side) and getattr(rule.default, side) is not None]
    if rule.unmapped == "default" and rule.values and not given:
        yield spot.fault("there is no default to fall back to", "unmapped", todo="give 'default'")


def _lengths(rule: FieldRule, ends: Ends, spot: Spot) -> Iterator[Problem]:
    if rule.too_long != "truncate":
        return
    targets = [field for side in SIDES if writes(rule, side) and (field := ends.field(rule, side)) is not None]
    if not any(field.max for field in targets):
        yield spot.fault(
            "no field that this rule writes has a 'max', so nothing is ever too long",
            "too_long",
            todo="give 'max' in the system's field",
        )
