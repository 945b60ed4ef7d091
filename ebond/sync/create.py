"""Creating records on the other side, exactly once.

The intent is committed before the call. Whatever happens to the answer, the intent says what was wanted, and
the next run finds out what became of it before it does anything else. While a create is open, a stranger on the
target side may be its record: it is not created back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog

from ebond.errors import (
    AnswerError,
    BondStopped,
    EbondError,
    Exists,
    LeaseLost,
    NotSent,
    RateLimited,
    Refused,
    StoreError,
    Unknown,
)
from ebond.records.resource import Seen
from ebond.records.resource import Written as Answered
from ebond.state import (
    Entry,
    Fate,
    Hold,
    Intent,
    IntentState,
    Observation,
    Origin,
    Side,
    Stranger,
    Unconfirmed,
)
from ebond.store import AlreadyLinked
from ebond.sync import hints
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.plan import digest
from ebond.sync.recover import Found, Step, after_lookup, can_look_up, next_step

log = structlog.get_logger("ebond.create")


class Creator:
    """Carries creates out for one run of a bond; its methods may be called from several threads."""

    def __init__(self, bond: BondContext, run: RunContext, *, new_id: Callable[[], str] | None = None) -> None:
        self.bond, self.run = bond, run
        self.new_id = new_id or (lambda: uuid4().hex)

    # -- deciding -----------------------------------------------------------------------------------------

    def intend(self, source: Side, strangers: Iterable[Stranger]) -> list[Intent]:
        """Decide the creates for a batch of strangers and commit them, before anything is sent."""
        intents = []
        for stranger in strangers:
            values, parked = self.bond.mapping.carried(source.other, stranger.view)
            missing = self._missing(source.other, values, parked)
            if missing:
                self._hold(source, stranger.id, missing)
                continue
            self.bond.watcher.creating(source, stranger.id, values, parked)
            intents.append(self._intent(source, stranger, values))
        if intents and not self.bond.dry:
            self.bond.store.open_many(
                intents,
                run_id=self.run.run_id,
                now=self.bond.clock.now(),
                entries=[_opened(one) for one in intents],
            )
        return intents

    def _intent(self, source: Side, stranger: Stranger, values: Mapping[str, Any]) -> Intent:
        return Intent(
            sync_id=self.new_id(),
            bond=self.bond.name,
            target=source.other,
            source_id=stranger.id,
            source_view=stranger.view,
            source_digest=stranger.digest,
            values=values,
            state=IntentState.OPEN,
            at=self.bond.clock.now(),
        )

    def _missing(self, target: Side, values: Mapping[str, Any], parked: Mapping[str, str]) -> str:
        """Say why the record cannot be made at all; empty where it can."""
        resource = self.bond.side(target).resource
        for rule in self.bond.mapping.rules:
            name = rule.field(target)
            if name is None or name in values or not rule.goes(target):
                continue
            if rule.required or resource.fields[name].required:
                return f"{name} is required on the {target} side: {parked.get(rule.name, 'it is empty here')}"
        return ""

    # -- doing --------------------------------------------------------------------------------------------

    def create(self, intent: Intent) -> None:
        """Send one committed create and link what came of it, or record why not.

        Raises what ends the run: BondStopped, LeaseLost, StoreError, and NotSent or RateLimited after the create
        was given up for now.
        """
        self.run.guard()
        try:
            self._send(intent)
        except (BondStopped, LeaseLost, StoreError):
            # The create may have been applied: its intent stays, and the next run finds out.
            raise
        except (NotSent, RateLimited) as error:
            if intent.state is IntentState.OPEN:
                self.give_back(intent, str(error))
            raise
        except (Unknown, AnswerError) as error:
            self._unknown(intent, error)
        except EbondError as error:
            self._drop(intent, str(error), hold=True)

    def _send(self, intent: Intent) -> None:
        try:
            self._adopt(intent, self._post(intent))
        except Exists as exists:
            self._adopt_existing(replace(intent, state=IntentState.UNKNOWN), exists)
        except Refused as refusal:
            if intent.state is IntentState.OPEN:
                self._again_without_the_culprits(intent, refusal)
            else:
                self._refused_again(intent, refusal)

    def _post(self, intent: Intent) -> Answered:
        side = self.bond.side(intent.target)
        if intent.once_url is None:
            url = side.client.reserve_once()
            if url is not None:
                self.bond.store.set_once_url(intent.sync_id, url)
                intent = replace(intent, once_url=url)
        return side.client.create(intent.values, sync_id=intent.sync_id, once_url=intent.once_url)

    def _again_without_the_culprits(self, intent: Intent, refusal: Refused) -> None:
        """Hold the optional fields that the refusal names, and create the rest."""
        resource = self.bond.side(intent.target).resource
        blamed = hints.blamed(refusal, resource, intent.values)
        optional = [name for name in blamed if not resource.fields[name].required]
        if not optional or len(optional) < len(blamed) or len(optional) == len(intent.values):
            self._drop(intent, hints.reason(refusal), hold=True)
            return
        rest = replace(intent, values=hints.split(intent.values, optional), once_url=None)
        try:
            self._adopt(rest, self._post(rest), refused={name: hints.reason(refusal) for name in optional})
        except Refused as again:
            self._drop(intent, hints.reason(again), hold=True)

    def _refused_again(self, intent: Intent, refusal: Refused) -> None:
        """A repetition was refused: that says nothing of the first try, which may have made the record."""
        side = self.bond.side(intent.target)
        if not can_look_up(side.resource):
            self._stuck(intent)
        elif side.resource.lookup is not None and side.resource.lookup.lag:
            self._unknown(intent, refusal)
        else:
            self._look_up(intent, side)

    def give_back(self, intent: Intent, reason: str) -> None:
        """Forget a create that was certainly not sent; its source is a stranger again."""
        self._drop(intent, reason, hold=False)

    def _unknown(self, intent: Intent, error: EbondError) -> None:
        log.warning("create outcome unknown", bond=self.bond.name, sync_id=intent.sync_id, reason=str(error))
        entry = self._entry(intent, "unknown", reason=str(error))
        self._set_unknown(replace(intent, at=self.bond.clock.now()), [entry])

    def _set_unknown(self, intent: Intent, entries: list[Entry]) -> None:
        self.bond.store.set_unknown(intent, run_id=self.run.run_id, entries=entries, now=self.bond.clock.now())

    def _drop(self, intent: Intent, reason: str, *, hold: bool) -> None:
        """Give the create up: nothing was made. A refused source is held; any other is tried again next time."""
        self.bond.store.drop(
            intent.sync_id,
            run_id=self.run.run_id,
            hold=reason if hold else None,
            fate=Fate.HELD if hold else Fate.FAILED,
            entries=[self._entry(intent, "held" if hold else "failed", reason=reason)],
            now=self.bond.clock.now(),
        )
        self.bond.watcher.holding(intent.target.other, intent.source_id, reason)

    def _hold(self, side: Side, record_id: str, reason: str) -> None:
        self.bond.store.hold_record(
            self.bond.name,
            side,
            record_id,
            reason,
            run_id=self.run.run_id,
            fate=Fate.HELD,
            entries=[Entry("held", side=side, record_id=record_id, detail={"reason": reason})],
            now=self.bond.clock.now(),
        )
        self.bond.watcher.holding(side, record_id, reason)

    # -- finding out --------------------------------------------------------------------------------------

    def recover(self, intent: Intent) -> None:
        """Find out what became of a create that an earlier run left open, and finish it."""
        side, now = self.bond.side(intent.target), self.bond.clock.now()
        if intent.state is IntentState.OPEN:
            # Whoever sent it is gone; what it sent may still be on its way for as long as it would have waited.
            intent = replace(intent, at=now + timedelta(seconds=side.patience))
        match next_step(intent, side.resource, now=now):
            case Step.WAIT:
                if intent.state is IntentState.OPEN:
                    self._set_unknown(intent, [])
            case Step.REPEAT:
                self.create(replace(intent, state=IntentState.UNKNOWN))
            case Step.HOLD:
                self._stuck(intent)
            case Step.LOOK_UP:
                self._look_up(intent, side)

    def _look_up(self, intent: Intent, side: SideContext) -> None:
        """Look the record up; where it was never made, start afresh."""
        found = side.client.find(intent.sync_id)
        match after_lookup(len(found)):
            case Found.ADOPT:
                later = replace(intent, state=IntentState.UNKNOWN)
                self._adopt(later, Answered(found[0].id, found[0], found[0].version))
            case Found.REPEAT:
                self.create(replace(intent, state=IntentState.OPEN, once_url=None))
            case Found.HOLD:
                ids = ", ".join(seen.id for seen in found)
                self._stuck(intent, f"more than one record carries our correlation: {ids}")

    def _stuck(self, intent: Intent, reason: str = "") -> None:
        """Nobody can tell: the source is held, and strangers on the target side with it, until a human has looked."""
        reason = reason or _CANNOT_TELL
        entries = [] if intent.state is IntentState.STUCK else [self._entry(intent, "held", reason=reason)]
        self.bond.store.set_stuck(intent, reason, run_id=self.run.run_id, entries=entries, now=self.bond.clock.now())
        self.bond.watcher.holding(intent.target.other, intent.source_id, reason)

    def _adopt_existing(self, intent: Intent, exists: Exists) -> None:
        """The system says that the record is there already: it is ours if it carries our correlation."""
        side = self.bond.side(intent.target)
        found = side.client.find(intent.sync_id) if can_look_up(side.resource) else []
        if len(found) == 1:
            self._adopt(intent, Answered(found[0].id, found[0], found[0].version))
            return
        self._drop(intent, f"the {intent.target} system says it exists already; {hints.reason(exists)}", hold=True)

    def adopt_seen(self, intents: Sequence[Intent], strangers: Iterable[Stranger], side: SideContext) -> None:
        """Adopt strangers that carry the correlation of an open create: its answer was lost, the feed shows it."""
        correlation = side.resource.correlation
        if correlation is None:
            return
        wanted = {intent.sync_id: intent for intent in intents if intent.target is side.side}
        for stranger in strangers:
            intent = wanted.pop(str(stranger.view.get(correlation)), None)
            if intent is not None:
                self._link(intent, _observation(stranger), {})

    # -- linking ------------------------------------------------------------------------------------------

    def _adopt(self, intent: Intent, answer: Answered, *, refused: Mapping[str, str] | None = None) -> None:
        record_id = answer.id
        if record_id is None:
            raise AnswerError("the create was answered without the new record's id")
        if answer.seen is not None:
            shown = self._shown(intent, answer.seen)
        else:
            shown = self._assumed(intent, record_id, answer.version)
        self._link(intent, shown, refused or {}, request=answer.request_id)

    def _shown(self, intent: Intent, seen: Seen) -> Observation:
        view = self.bond.mapping.view(intent.target)
        values = view.extract(seen.record)
        return Observation(seen.id, seen.version, seen.updated, values, view.digest(values), origin=Origin.ANSWER)

    def _assumed(self, intent: Intent, record_id: str, version: str | None) -> Observation:
        view = self.bond.mapping.view(intent.target)
        values = {name: intent.values.get(name) for name in view.names}
        correlation = self.bond.side(intent.target).resource.correlation
        if correlation in values:
            values[correlation] = intent.sync_id
        return Observation(record_id, version, None, values, view.digest(values), origin=Origin.ASSUMED)

    def _link(self, intent: Intent, shown: Observation, refused: Mapping[str, str], *, request: str = "") -> None:
        source_base, target_base, unconfirmed = self._bases(intent, shown)
        try:
            self.bond.store.adopt(
                intent,
                target_record=shown,
                base_source=source_base,
                base_target=target_base,
                unconfirmed_target=unconfirmed,
                holds=self._holds(intent, shown, refused),
                again=self._differs(intent, shown, target_base),
                run_id=self.run.run_id,
                fence=self.run.fence,
                now=self.bond.clock.now(),
                entries=[self._entry(intent, "created", target=shown.id, request=request)],
            )
        except AlreadyLinked:
            self._drop(intent, f"record {shown.id} on the {intent.target} side belongs to another link", hold=True)

    def _bases(
        self, intent: Intent, shown: Observation
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Unconfirmed]]:
        """What was sent takes the answer's value; a value that was not sent is a value still to be carried."""
        source, target = intent.target.other, intent.target
        source_base: dict[str, Any] = {}
        target_base: dict[str, Any] = {}
        unconfirmed: dict[str, Unconfirmed] = {}
        for rule in self.bond.mapping.rules:
            mine, theirs = rule.field(source), rule.field(target)
            sent = theirs is not None and theirs in intent.values and rule.goes(target)
            own = intent.source_view.get(mine) if mine else self._computed(rule.name, source, intent)
            source_base[rule.name] = own if sent or not rule.goes(target) else None
            if not sent or theirs is None:
                target_base[rule.name] = None
            elif shown.origin is Origin.ASSUMED:
                target_base[rule.name] = intent.values[theirs]
                unconfirmed[rule.name] = Unconfirmed(intent.values[theirs], None, None)
            else:
                target_base[rule.name] = self._landed(theirs, intent, shown)
        return source_base, target_base, unconfirmed

    def _landed(self, name: str, intent: Intent, shown: Observation) -> Any:
        """Take the shown value as base where it is ours in the system's form; otherwise it is an edit since."""
        view, value, sent = self.bond.mapping.view(intent.target), shown.view.get(name), intent.values[name]
        fresh = shown.origin is Origin.ANSWER and intent.state is IntentState.OPEN
        return value if fresh or view.same(name, sent, value) or view.explained(name, sent, value) else sent

    def _computed(self, rule_name: str, source: Side, intent: Intent) -> Any:
        return self.bond.mapping.rule(rule_name).to(source.other, intent.source_view).raw

    def _differs(self, intent: Intent, shown: Observation, base: Mapping[str, Any]) -> bool:
        """Did the new record come back with more than we sent: defaults, automation?"""
        view = self.bond.mapping.view(intent.target)
        names = ((rule.name, rule.field(intent.target)) for rule in self.bond.mapping.rules)
        return any(name and not view.same(name, base.get(rule), shown.view.get(name)) for rule, name in names)

    def _holds(self, intent: Intent, shown: Observation, refused: Mapping[str, str]) -> tuple[Hold, ...]:
        _, parked = self.bond.mapping.carried(intent.target, intent.source_view)
        reasons = dict(parked)
        for rule in self.bond.mapping.rules:
            name = rule.field(intent.target)
            if name is not None and name in refused and rule.goes(intent.target):
                reasons[rule.name] = refused[name]
        return tuple(self._hold_field(intent, shown, name, reason) for name, reason in reasons.items())

    def _hold_field(self, intent: Intent, shown: Observation, rule_name: str, reason: str) -> Hold:
        rule = self.bond.mapping.rule(rule_name)
        views = {intent.target: shown.view, intent.target.other: intent.source_view}
        prints = {
            side: digest(views[side].get(name) if (name := rule.field(side)) else None, self.bond.policy.salt)
            for side in Side
        }
        return Hold(rule_name, "parked", reason, self.bond.clock.now(), prints[Side.LEFT], prints[Side.RIGHT])

    def _entry(self, intent: Intent, event: str, **detail: str) -> Entry:
        return Entry(
            event,
            side=intent.target.other,
            record_id=intent.source_id,
            detail={"sync_id": intent.sync_id, **detail},
        )


_CANNOT_TELL = (
    "the answer to the create was lost and the contract has no way to look the record up; "
    "see whether it exists on the other side before you release this one"
)


def _opened(intent: Intent) -> Entry:
    return Entry(
        "intended",
        side=intent.target.other,
        record_id=intent.source_id,
        detail={"sync_id": intent.sync_id, "fields": sorted(intent.values)},
    )


def _observation(stranger: Stranger) -> Observation:
    return Observation(stranger.id, stranger.version, stranger.updated, stranger.view, stranger.digest)
