"""Settling one link narrowly, after its plan was carried out. Pure.

Fields written take the value in the answer to *this* write; source and settled fields take the value that the
plan was made from; every other field keeps its base. So an edit that lands while we write still looks like an
edit. Where the answer shows nothing, what we sent is taken as the base and marked as unconfirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ebond.mapping.compile import CompiledMapping
from ebond.mapping.walk import passed
from ebond.state import (
    Entry,
    Fate,
    Hold,
    LinkState,
    Observation,
    Origin,
    Settlement,
    Side,
    SideSettlement,
    Unconfirmed,
    Waits,
)
from ebond.sync import flips
from ebond.sync.merge import Action
from ebond.sync.planned import FieldPlan, LinkPlan, Policy, digest, flip_digest
from ebond.sync.told import told_side
from ebond.sync.walk import state
from ebond.sync.written import NOTHING_WRITTEN, Standing, Written

#: After so long a look-up is tried again that could not be made.
ASKED_AGAIN: Final = timedelta(minutes=5)
OVERTAKEN: Final = "the value it gave up, or the mapping, has changed"
NOT_TAKEN: Final = "the system answered well but does not show the merged list"


@dataclass(slots=True)
class _Draft:
    """One side's base and unconfirmed fields while they are worked out."""

    base: dict[str, Any]
    unconfirmed: dict[str, Unconfirmed]

    def settle(self, rule: str, value: Any) -> None:
        self.base[rule] = value
        self.unconfirmed.pop(rule, None)


def settle_link(
    link: LinkState,
    plan: LinkPlan,
    mapping: CompiledMapping,
    policy: Policy,
    *,
    written: Mapping[Side, Written],
    now: datetime,
) -> Settlement:
    """Work out what a link's transaction stores."""
    settler = _Settler(link, plan, mapping, policy, written, now)
    return settler.settlement()


class _Settler:
    def __init__(
        self,
        link: LinkState,
        plan: LinkPlan,
        mapping: CompiledMapping,
        policy: Policy,
        written: Mapping[Side, Written],
        now: datetime,
    ) -> None:
        self.link, self.plan, self.mapping, self.policy = link, plan, mapping, policy
        self.written, self.now = written, now
        self.drafts = {
            side: _Draft(dict(link.side(side).base or {}), dict(link.side(side).unconfirmed)) for side in Side
        }
        self.holds = {hold.field: hold for hold in plan.holds}
        self.flips = dict(link.flips)
        self.entries: list[Entry] = []
        self.again = False
        """Something is still to be carried."""
        self.doubted: dict[Side, dict[str, Any]] = {side: {} for side in Side}
        """By side: field → what was sent, where the answer still shows the old value."""

    def settlement(self) -> Settlement:
        self._confirm()
        for planned in self.plan.fields:
            self._field(planned)
        left, right = (self._side(side) for side in Side)
        used_up = [hold for hold in self.link.holds.values() if hold.decision and self.holds.get(hold.field) != hold]
        self._set_aside(used_up)
        again = self.again or self._unfinished() or self._moved_again()
        unasked = any(hold.kind == "unasked" for hold in self.holds.values())
        return Settlement(
            link_id=self.link.id,
            mark=self.plan.mark,
            left=left,
            right=right,
            holds=tuple(self.holds.values()),
            flips=self.flips,
            left_fate=self._fate(Side.LEFT),
            right_fate=self._fate(Side.RIGHT),
            entries=tuple(self.entries),
            again=again or unasked,
            due_at=self.now + ASKED_AGAIN if unasked and not again else None,
            had_holds=bool(self.link.holds),
            waits=self._waits(),
            decided=tuple(hold.field for hold in used_up),
        )

    def _set_aside(self, used_up: Iterable[Hold]) -> None:
        """Tell of decisions that were not carried out although both sides still differ."""
        carried = {planned.rule for planned in self.plan.fields if planned.by}
        for hold in used_up:
            if hold.decision and hold.field not in carried and not self._agree(hold.field):
                detail = {"by": hold.decision.by, "take": hold.decision.take.value, "reason": OVERTAKEN}
                self.entries.append(Entry("decision_dropped", link_id=self.link.id, field=hold.field, detail=detail))

    def _agree(self, name: str) -> bool:
        if not self.mapping.has_rule(name):
            return False
        return self.mapping.rule(name).equal(self.link.left.view, self.link.right.view)

    def _waits(self) -> Waits | None:
        """Return what the link's fields wait for; None where none does, or did."""
        waited = any(hold.kind == "waiting" for hold in self.link.holds.values())
        fields = tuple(
            (planned.rule, one.side, self.link.side(one.side).id, one)
            for planned in self.plan.fields
            for one in planned.awaits
            if planned.rule in self.holds
        )
        if not (fields or waited):
            return None
        return Waits(tuple((side, self.link.side(side).id) for side in Side), fields)

    def _confirm(self) -> None:
        """Take what a system now shows for a field we wrote, where it is our value in the system's own form."""
        for side in Side:
            record, draft = self.link.side(side), self.drafts[side]
            if record.origin is Origin.ASSUMED:
                continue
            view = self.mapping.view(side)
            for name, sent in record.unconfirmed.items():
                column = self.mapping.rule(name).field(side) if self.mapping.has_rule(name) else None
                shown = record.view.get(column) if column else None
                if column and (view.same(column, sent.sent, shown) or view.explained(column, sent.sent, shown)):
                    draft.settle(name, shown)
                elif column and sent.passing and sent.passes(here := state(view, column, shown)):
                    self._pin(draft, name, shown, here, by_itself=passed(view.field(column).transitions, here))
                else:
                    draft.unconfirmed.pop(name)

    def _pin(self, draft: _Draft, rule: str, shown: Any, here: str, *, by_itself: bool) -> None:
        """Keep a walk where it stands: from here on another state is an edit, unless the system goes by itself."""
        sent = draft.unconfirmed[rule]
        draft.base[rule] = shown
        draft.unconfirmed[rule] = replace(sent, was=shown, passing=sent.passing if by_itself else (here,))

    def _field(self, planned: FieldPlan) -> None:
        if (side := told_side(planned.rule)) is not None:
            self._told(planned, side)
            return
        match planned.action:
            case Action.SETTLE:
                for side in Side:
                    self.drafts[side].settle(planned.rule, planned.value(side))
                self._note("settled", planned, None, **_by(planned))
            case Action.WRITE_LEFT | Action.WRITE_RIGHT:
                self._write(planned)
            case Action.HOLD | Action.PARK:
                self._held(planned)

    def _told(self, planned: FieldPlan, side: Side) -> None:
        """Note what people were told: that is nobody's edit, and goes nowhere."""
        result = self.written.get(side, NOTHING_WRITTEN)
        if planned.rule in result.refused:
            reason, print_ = result.refused[planned.rule], digest(planned.raw, self.policy.salt)
            self.holds[planned.rule] = Hold(planned.rule, "parked", reason, self.now, print_, print_)
            self._note("parked", planned, side, reason=reason)
        elif planned.action is Action.SETTLE or planned.rule in result.applied:
            self.drafts[side].base[planned.rule] = planned.raw
            self.entries.append(Entry("told", link_id=self.link.id, side=side, field=planned.field))

    def _write(self, planned: FieldPlan) -> None:
        target = planned.action.target
        assert target is not None
        result = self.written.get(target, NOTHING_WRITTEN)
        standing = result.under_way.get(planned.rule)
        if standing is not None:
            self._stands(planned, target, standing)
        if planned.rule in result.refused:
            self._refused(planned, result.refused[planned.rule], target, standing)
            return
        if planned.rule not in result.applied:
            self._not_yet(planned)
            return
        if planned.onward:
            self._onward(planned, target, result)
            return
        was = self.drafts[target].base.get(planned.rule)
        source_was = self.drafts[target.other].base.get(planned.rule)
        self.drafts[target.other].settle(planned.rule, planned.value(target.other))
        shown = result.shown_for.get(planned.rule, result.shown)
        self._land(planned, target, shown, Unconfirmed(planned.raw, was, source_was))
        self.flips[planned.rule] = flips.remember(
            self.flips.get(planned.rule, ()),
            digest=flip_digest(planned),
            at=self.now.timestamp(),
            window=self.policy.flip_window,
        )
        self._note(
            "written",
            planned,
            side=target,
            before=digest(was),
            after=digest(planned.raw),
            request=result.request,
            **_by(planned),
        )

    def _taken(self, planned: FieldPlan, result: Written) -> bool:
        """Did the system show a value after it was written?"""
        shown, target = result.shown_for.get(planned.rule, result.shown), planned.action.target
        if shown is None or target is None:
            return False
        view, value = self.mapping.view(target), shown.view.get(planned.field)
        return view.same(planned.field, planned.raw, value) or view.explained(planned.field, planned.raw, value)

    def _onward(self, planned: FieldPlan, target: Side, result: Written) -> None:
        """A merged list stands on one side: there it counts as an edit, which is carried to the other side next.

        Where it does not stand there, nothing is settled: what both sides added is still to be carried.
        """
        if not self._taken(planned, result):
            self._hold(planned.rule, NOT_TAKEN, planned.left, planned.right)
            return
        was = self.drafts[target].base.get(planned.rule)
        self.drafts[target].base.setdefault(planned.rule, None)
        self.drafts[target.other].settle(planned.rule, planned.value(target.other))
        self.again = True
        self._note(
            "written", planned, side=target, before=digest(was), after=digest(planned.raw), request=result.request
        )

    def _stands(self, planned: FieldPlan, target: Side, standing: Standing) -> None:
        """The walk goes on from where it stands; what the source asked for is still to be carried."""
        draft, source = self.drafts[target], self.drafts[target.other].base.get(planned.rule)
        draft.base[planned.rule] = standing.at
        draft.unconfirmed[planned.rule] = Unconfirmed(planned.raw, standing.at, source, standing.passing)

    def _not_yet(self, planned: FieldPlan) -> None:
        """The write did not come to pass. A field that was never met has no base that would tell the next plan."""
        if planned.by:
            # The operator's decision still stands.
            self.holds[planned.rule] = self.link.holds[planned.rule]
        elif any(planned.rule not in draft.base for draft in self.drafts.values()):
            self.holds[planned.rule] = Hold(planned.rule, "parked", "not written yet; it is tried again", self.now)

    def _land(self, planned: FieldPlan, target: Side, shown: Observation | None, sent: Unconfirmed) -> None:
        draft = self.drafts[target]
        if shown is None:
            draft.base[planned.rule] = sent.sent
            draft.unconfirmed[planned.rule] = sent
            return
        view, value = self.mapping.view(target), shown.view.get(planned.field)
        taken = view.same(planned.field, sent.sent, value) or view.explained(planned.field, sent.sent, value)
        if taken or not view.same(planned.field, sent.was, value):
            draft.settle(planned.rule, value)
        elif self.written[target].last_word:
            self._fall_back(planned, target, value, sent)
        else:
            # Ignored, or an answer from before the write was applied: a read by id has to tell.
            draft.base[planned.rule] = sent.sent
            draft.unconfirmed[planned.rule] = sent
            self.doubted[target][planned.field] = sent.sent

    def _fall_back(self, planned: FieldPlan, target: Side, value: Any, sent: Unconfirmed) -> None:
        """The write was ignored: the source's edit is still to be carried, and a human has to know."""
        self.drafts[target].settle(planned.rule, value)
        self.drafts[target.other].base[planned.rule] = sent.source
        reason = f"the {target} system answered well but did not take the value: read-only there?"
        now_shown = {target: value, target.other: planned.value(target.other)}
        self._hold(planned.rule, reason, now_shown[Side.LEFT], now_shown[Side.RIGHT])

    def _refused(self, planned: FieldPlan, reason: str, target: Side, standing: Standing | None) -> None:
        values = {side: planned.value(side) for side in Side}
        if standing is not None:
            values[target] = standing.at
        self._hold(planned.rule, reason, values[Side.LEFT], values[Side.RIGHT])

    def _hold(self, rule: str, reason: str, left: Any, right: Any) -> None:
        salt = self.policy.salt
        self.holds[rule] = Hold(rule, "parked", reason, self.now, digest(left, salt), digest(right, salt))
        self.entries.append(Entry("parked", link_id=self.link.id, field=rule, detail={"reason": reason}))

    def _held(self, planned: FieldPlan) -> None:
        if planned.ignored is not None:
            sent = self.link.side(planned.ignored).unconfirmed.get(planned.rule)
            if sent is not None:
                self.drafts[planned.ignored].settle(planned.rule, planned.value(planned.ignored))
                self.drafts[planned.ignored.other].base[planned.rule] = sent.source
        if planned.rule not in self.link.holds:
            event = "conflict" if planned.action is Action.HOLD else "parked"
            self._note(event, planned, reason=planned.reason)

    def _note(self, event: str, planned: FieldPlan, side: Side | None = None, **detail: str) -> None:
        self.entries.append(
            Entry(event, link_id=self.link.id, side=side, field=planned.rule, detail=detail),
        )

    def _side(self, side: Side) -> SideSettlement:
        draft, result = self.drafts[side], self.written.get(side, NOTHING_WRITTEN)
        record = result.shown
        if record is None and result.applied:
            record = self._assumed(side, result)
        elif record is not None and self.doubted[side]:
            shown = {**record.view, **self.doubted[side]}
            record = replace(record, view=shown, digest=self.mapping.view(side).digest(shown), origin=Origin.ASSUMED)
        return SideSettlement(draft.base, draft.unconfirmed, record)

    def _assumed(self, side: Side, result: Written) -> Observation:
        """Return the record as it should look now; version and stamp stay those from before the write."""
        old, view = self.link.side(side), self.mapping.view(side)
        sent = {field.field: field.raw for field in self.plan.writes(side) if field.rule in result.applied}
        shown = {**old.view, **sent}
        return Observation(old.id, old.version, old.updated, shown, view.digest(shown), origin=Origin.ASSUMED)

    def _unfinished(self) -> bool:
        """Is there a planned write that was neither taken nor refused?"""
        return any(
            field.rule not in result.applied and field.rule not in result.refused
            for side in Side
            for field in self.plan.writes(side)
            if (result := self.written.get(side, NOTHING_WRITTEN))
        )

    def _moved_again(self) -> bool:
        """Did an answer show that other fields moved: automation, defaults, an edit that landed just before?"""
        for side in Side:
            shown = self.written.get(side, NOTHING_WRITTEN).shown
            if shown is None:
                continue
            base, view, doubted = self.drafts[side].base, self.mapping.view(side), self.doubted[side]
            for rule in self.mapping.rules:
                name = rule.field(side)
                if name is None or name in doubted or rule.name in self.holds:
                    continue
                if not view.same(name, base.get(rule.name), shown.view.get(name)):
                    return True
        return False

    def _fate(self, side: Side) -> Fate:
        if any(result.applied for result in self.written.values()):
            return Fate.UPDATED
        if self.holds:
            return Fate.HELD
        return Fate.ECHO if self.link.side(side).unconfirmed else Fate.UNCHANGED


def _by(planned: FieldPlan) -> dict[str, str]:
    return {"by": planned.by} if planned.by else {}
