"""What has to be asked before a value can be carried that names another record, and what came of it. Pure.

Planning asks nobody. What a link needs is gathered first (``sync.wanted``), asked at the rim (``sync.resolve``), and
handed to the mapping as a table: ``CompiledMapping.knowing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from ebond.definitions.fields import ResourceField
from ebond.definitions.mapping import FieldRule
from ebond.errors import ValueParked, ValueUnasked, ValueUnknown, ValueWaits
from ebond.mapping.canonical import Canonical, text_of
from ebond.mapping.convert import constant
from ebond.mapping.reasons import choice
from ebond.mapping.value_map import pairs_to, sided
from ebond.state import Awaited, Side


@dataclass(frozen=True, slots=True)
class Ask:
    """A value of a rule, as text, that is to be carried to a side."""

    rule: str
    target: Side
    value: str


class Finding(StrEnum):
    """What came of an ask."""

    FOUND = "found"
    NOBODY = "nobody"
    """There is no such record there, or none here to take the key from."""
    SEVERAL = "several"
    """More than one record has the key."""
    PENDING = "pending"
    """The record that is named is about to get a partner."""
    UNBONDED = "unbonded"
    """The record that is named has no partner, and is not about to get one."""
    FAILED = "failed"
    """It could not be asked; it is asked again before long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one ask."""

    finding: Finding
    value: str | None = None
    """What the target's field shows for it, as text."""
    key: str | None = None
    """The key that both systems know it by."""
    reason: str = ""
    awaits: Awaited | None = None
    """The record that is named and has no partner."""


Answers = Mapping[Ask, Answer]
NOTHING_KNOWN: Final[Answers] = MappingProxyType({})
UNASKED: Final = "it has not been looked up lately; the next sync does that"
_UNASKED: Final = Answer(Finding.FAILED, reason=UNASKED)


def asks(rule: FieldRule) -> bool:
    """Has anything to be asked before the rule's values can be carried?"""
    return rule.lookup is not None or rule.link is not None


def texts_of(value: Canonical) -> tuple[str, ...]:
    """Return the texts of what a value names: one, or those of a list."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (text_of(value),)


def asked_of(rule: FieldRule, target: Side) -> Callable[[Canonical], tuple[str, ...]]:
    """Return what gives the texts of a value that have to be asked for: the value map goes before."""
    mapped = {source for source, _ in pairs_to(rule, target)}
    return lambda value: tuple(text for text in texts_of(value) if text not in mapped)


def translator(
    rule: FieldRule, name: str, target: Side, field: ResourceField, answers: Answers
) -> Callable[[Canonical], Canonical]:
    """Return what turns a source's value into the target's by the answers.

    It raises ValueUnknown or ValueWaits where one of them is missing or no answer, ValueParked where the target cannot
    hold it.
    """
    table = dict(pairs_to(rule, target))

    def one(text: str) -> Any:
        if text in table:
            return table[text]
        answer = answers.get(Ask(name, target, text), _UNASKED)
        return (_partner if rule.link is not None else _taken)(rule, target, text, answer)

    def translate(value: Canonical) -> Canonical:
        named = list(_named(map(one, texts_of(value))))
        if field.type == "list":
            return constant([text_of(each) if not isinstance(each, str) else each for each in named], field)
        if len(named) > 1:
            raise ValueParked(f"{len(named)} are named, and the other side takes one")
        return constant(named[0], field) if named else None

    return translate


def _named(found: Iterator[Any]) -> Iterator[Any]:
    """Yield what was found; raises ValueWaits for all together that wait."""
    waiting: list[ValueWaits] = []
    while True:
        try:
            one = next(found)
        except StopIteration:
            break
        except ValueWaits as waits:
            waiting.append(waits)
            continue
        if one is not None:
            yield one
    if waiting:
        awaits = [each for one in waiting for each in one.awaits]
        raise ValueWaits(", ".join(dict.fromkeys(one.message for one in waiting)), awaits)


def _partner(rule: FieldRule, target: Side, text: str, answer: Answer) -> Any:
    """Return what is written for a record that is named; raises ValueWaits, ValueUnasked."""
    assert rule.link is not None, "only of rules that refer"
    match answer.finding:
        case Finding.FOUND:
            return answer.value
        case Finding.NOBODY:
            raise ValueParked(f"{choice(text)} names no record")
        case Finding.UNBONDED if rule.link.unbonded == "drop":
            return None
        case Finding.UNBONDED if rule.link.unbonded == "default":
            return sided(rule.default, target)
        case Finding.UNBONDED | Finding.PENDING if answer.awaits is not None:
            raise ValueWaits(f"waits for {target.other} {choice(text)} to be bonded{answer.reason}", [answer.awaits])
    raise ValueUnasked(f"{choice(text)} could not be looked up: {answer.reason}")


def _taken(rule: FieldRule, target: Side, text: str, answer: Answer) -> Any:
    """Return what is written for an answer; raises ValueUnknown."""
    assert rule.lookup is not None, "only of rules that ask"
    fallback = sided(rule.lookup.unknown, target)
    match answer.finding:
        case Finding.FOUND:
            return answer.value
        case Finding.NOBODY if fallback is not None:
            return fallback
        case Finding.NOBODY:
            raise ValueUnknown(answer.reason or f"nobody on the {target} side is the one that is {choice(text)} here")
        case Finding.SEVERAL:
            raise ValueUnknown(f"several on the {target} side have the key of {choice(text)}")
        case Finding.FAILED:
            raise ValueUnasked(f"{choice(text)} could not be looked up: {answer.reason}")
    raise AssertionError(f"no answer to a look-up: {answer.finding}")
