"""What a created record and its source start from as a link: bases, unconfirmed fields, holds. Pure.

A field that was sent is settled where the new record shows it in the system's own form. One that was not sent, or
that the create passed over, is a value still to be carried: its source counts as moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ebond.errors import ValueParked
from ebond.mapping.canonical import is_empty
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.rules import CompiledRule
from ebond.mapping.walk import at_create
from ebond.records.resource import Seen
from ebond.state import ANYWHERE, Hold, Intent, IntentState, Observation, Origin, Side, Unconfirmed
from ebond.sync.observed import observed
from ebond.sync.planned import digest


@dataclass(frozen=True, slots=True)
class Adoption:
    """How a link starts; bases and unconfirmed fields by rule name."""

    base_source: Mapping[str, Any]
    base_target: Mapping[str, Any]
    unconfirmed: Mapping[str, Unconfirmed]
    holds: tuple[Hold, ...]
    again: bool
    """The new record differs from what was sent, or something is still to be carried: plan the link at once."""


def shown(mapping: CompiledMapping, intent: Intent, seen: Seen) -> Observation:
    """Return the record as the answer, or a look-up, showed it."""
    return observed(mapping.view(intent.target), seen, Origin.ANSWER)


def assumed(
    mapping: CompiledMapping, intent: Intent, record_id: str, *, version: str | None, correlation: str | None
) -> Observation:
    """Return the record as it should look, where the answer to the create showed nothing."""
    view = mapping.view(intent.target)
    values = {name: intent.values.get(name) for name in view.names}
    if correlation is not None and correlation in values:
        values[correlation] = intent.sync_id
    return Observation(record_id, version, None, values, view.digest(values), origin=Origin.ASSUMED)


def adoption(
    intent: Intent,
    record: Observation,
    mapping: CompiledMapping,
    *,
    refused: Mapping[str, str],
    salt: str,
    now: datetime,
) -> Adoption:
    """Work out how the link of an intent and its record starts; ``refused`` is the reason by field name."""
    return _Adopter(intent, record, mapping, refused, salt, now).adoption()


@dataclass(frozen=True, slots=True)
class _Adopter:
    intent: Intent
    record: Observation
    mapping: CompiledMapping
    refused: Mapping[str, str]
    salt: str
    now: datetime

    def adoption(self) -> Adoption:
        source: dict[str, Any] = {}
        target: dict[str, Any] = {}
        unconfirmed: dict[str, Unconfirmed] = {}
        open_rules = set()
        for rule in self.mapping.rules:
            name = rule.field(self.intent.target)
            source[rule.name], target[rule.name] = self._own(rule), None
            if name is None or not rule.goes(self.intent.target):
                continue
            if name not in self.intent.values:
                if self._to_be_carried(name, source[rule.name]):
                    open_rules.add(rule.name)
                    if not at_create(self.mapping.view(self.intent.target).field(name)):
                        target[rule.name] = self._beginning(name)
                        unconfirmed |= self._still_to_walk(rule, name)
                source[rule.name] = None
            elif self.record.origin is Origin.ASSUMED:
                target[rule.name] = self.intent.values[name]
                unconfirmed[rule.name] = Unconfirmed(self.intent.values[name], None, None)
            elif self._landed(name):
                target[rule.name] = self.record.view.get(name)
            else:
                source[rule.name], target[rule.name] = None, self._else(name)
                open_rules.add(rule.name)
        holds = self._holds()
        held = {hold.field for hold in holds}
        again = bool(open_rules - held) or self._differs(target)
        return Adoption(source, target, unconfirmed, holds, again)

    def _own(self, rule: CompiledRule) -> Any:
        """Return the source's value; a side without a field of its own shows what it would send."""
        name = rule.field(self.intent.target.other)
        if name is not None:
            return self.intent.source_view.get(name)
        try:
            return rule.to(self.intent.target, self.intent.source_view).raw
        except ValueParked:
            return None

    def _to_be_carried(self, name: str, value: Any) -> bool:
        """Is there a value that was not sent with the create, and that an update could carry?"""
        return not is_empty(value) and self.mapping.view(self.intent.target).field(name).write == "always"

    def _beginning(self, name: str) -> Any:
        """Return the state that the system gave the new record, where its answer shows it."""
        return self.record.view.get(name) if self._at_once else None

    def _still_to_walk(self, rule: CompiledRule, name: str) -> dict[str, Unconfirmed]:
        """Take the state in which a record is found for its first, where the answer to the create did not show it."""
        if self._at_once:
            return {}
        try:
            wanted = rule.to(self.intent.target, self.intent.source_view).raw
        except ValueParked:
            return {}
        first = self.mapping.view(self.intent.target).field(name).initial
        return {rule.name: Unconfirmed(wanted, None, None, first or ANYWHERE)}

    @property
    def _at_once(self) -> bool:
        """Is this the record as the answer to the create itself showed it?"""
        return self.record.origin is Origin.ANSWER and self.intent.state is IntentState.OPEN

    def _landed(self, name: str) -> bool:
        """Is the value that the record shows ours, in the system's own form?"""
        view, sent, value = self.mapping.view(self.intent.target), self.intent.values[name], self.record.view.get(name)
        return view.same(name, sent, value) or view.explained(name, sent, value)

    def _else(self, name: str) -> Any:
        """Return the base of a field that shows something else than we sent.

        In the answer to the create itself it is the system's doing: it ignored the field, or began with a value of
        its own. Found later, it may be a person's edit as well: then both sides moved, and the policy decides.
        """
        return self.record.view.get(name) if self._at_once else self.intent.values[name]

    def _differs(self, base: Mapping[str, Any]) -> bool:
        """Did the new record come back with more than we sent: defaults, automation?"""
        view = self.mapping.view(self.intent.target)
        names = ((rule.name, rule.field(self.intent.target)) for rule in self.mapping.rules)
        return any(name and not view.same(name, base.get(rule), self.record.view.get(name)) for rule, name in names)

    def _holds(self) -> tuple[Hold, ...]:
        _, parked = self.mapping.carried(self.intent.target, self.intent.source_view)
        # What names others is asked about when the link is planned, before it may be held.
        reasons = {name: reason for name, reason in parked.items() if not self.mapping.rule(name).asked}
        for rule in self.mapping.rules:
            name = rule.field(self.intent.target)
            if name is not None and name in self.refused and rule.goes(self.intent.target):
                reasons[rule.name] = self.refused[name]
        return tuple(self._hold(name, reason) for name, reason in reasons.items())

    def _hold(self, rule_name: str, reason: str) -> Hold:
        rule = self.mapping.rule(rule_name)
        views = {self.intent.target: self.record.view, self.intent.target.other: self.intent.source_view}
        left, right = (
            digest(views[side].get(name) if (name := rule.field(side)) else None, self.salt) for side in Side
        )
        return Hold(rule_name, "parked", reason, self.now, left, right)
