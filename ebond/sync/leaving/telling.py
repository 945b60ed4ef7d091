"""Telling a side that the other side's record has left its scope, and taking that back where it returns.

The link goes on all the while: edits are carried both ways. It is told once the link is in step, so that what is set
covers no edit; what is set counts as nobody's edit, and is never carried back. What is about to be written is
committed before the call: after a crash, or where the answer was lost, it is looked at again before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ebond.definitions.parting import PartnerLeft
from ebond.departure import Departure, DepartureState
from ebond.errors import Gone, NotTaken, Refused, Stale
from ebond.records.resource import Seen
from ebond.state import Entry, Fate, Hold, LinkState, Observation, Settlement, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.deletes.other import Other, raw_values
from ebond.sync.deletes.setting import Now, with_shown
from ebond.sync.leaving.decide import Step, decide, in_scope, waits

_UNDER_WAY = (DepartureState.BEGUN, DepartureState.RETURNING)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about one side's record."""

    left: Side
    step: Step

    @property
    def partner(self) -> Side:
        """The side that is written to."""
        return self.left.other


class Telling:
    """What is told about one link while it is in hand."""

    def __init__(self, bond: BondContext, run: RunContext, link: LinkState) -> None:
        self.bond, self.run = bond, run
        self.known = bond.store.departures(link.id)
        self.told = False
        """Was anything written?"""
        self._refused: set[Side] = set()

    # -- deciding -----------------------------------------------------------------------------------------

    def begun(self) -> Due | None:
        """Return what an earlier try may have written, of which nobody knows."""
        for side, one in self.known.items():
            if one.state in _UNDER_WAY and side not in self._refused:
                return Due(side, Step.PUT_BACK if one.state is DepartureState.RETURNING else Step.TELL)
        return None

    def due(self, link: LinkState) -> Due | None:
        """Return what is to be done about a link that is in step."""
        return next((due for side in Side if (due := self._of(link, side, link.holds))), None)

    def settled(self, link: LinkState, settlement: Settlement) -> Settlement:
        """Have a link looked at again where something is to be told of it once it is settled like this."""
        for side, part in ((Side.LEFT, settlement.left), (Side.RIGHT, settlement.right)):
            record = replace(link.side(side), base=part.base)
            if part.record is not None:
                record = replace(record, view=part.record.view, origin=part.record.origin)
            link = link.with_record(side, record)
        again = settlement.again or self._outstanding(link, {hold.field: hold for hold in settlement.holds})
        fates = (settlement.left_fate, settlement.right_fate) if not self.told else (Fate.UPDATED, Fate.UPDATED)
        return replace(settlement, again=again, left_fate=fates[0], right_fate=fates[1])

    def preview(self, link: LinkState, due: Due) -> None:
        """Tell a preview what would be done."""
        what, left = due.step.name.lower().replace("_", " "), link.side(due.left).id
        reason = f"{due.left} {left} {'has left' if due.step is Step.TELL else 'is back in'} the bond's scope"
        self.bond.watcher.parting(due.partner, link.side(due.partner).id, what, reason)

    def _outstanding(self, link: LinkState, holds: Mapping[str, Hold]) -> bool:
        """Is there something to be told once this link is settled, with these fields held?"""
        return any(self._of(link, side, holds) for side in Side)

    def _of(self, link: LinkState, side: Side, holds: Mapping[str, Hold]) -> Due | None:
        inside = in_scope(self.bond, link, side)
        if inside is None or side in self._refused:
            return None
        policy, known = self._policy(side), self.known.get(side)
        step = decide(known, in_scope=inside, tell=policy.policy == "tell")
        fields = policy.set_ if step is Step.TELL else known.sent if known else {}
        if step is Step.NOTHING or waits(self.bond, link, side.other, fields, holds):
            return None
        return Due(side, step)

    def _policy(self, left: Side) -> PartnerLeft:
        return self.bond.side(left.other).settings.partner_left

    # -- doing --------------------------------------------------------------------------------------------

    def do(self, link: LinkState, due: Due, seen: Seen | None) -> LinkState:
        """Write to the partner, whose record was just ``seen``, and return the link as it is afterwards.

        Raises Stale where it moved meanwhile, Gone, and what else calls raise; what is refused is noted.
        """
        other = Other(self.bond, self.run, due.partner)
        known = self._tell(link, due) if due.step is Step.TELL else self._put_back(link, due)
        view = link.side(due.partner).view
        wanted = known.sent if due.step is Step.TELL else self._back(known)
        changes = {name: wanted[name] for name in self._ours(known, due, link, other)}
        changes = {name: raw for name, raw in changes.items() if not other.same(name, view.get(name), raw)}
        if why := other.blocked(view, changes):
            before = self.known.get(due.left)
            return self._held(link, before or replace(known, was={}, sent={}), why)
        if changes and known != self.known.get(due.left):
            self._note(link, known, "leaving" if due.step is Step.TELL else "returning", fields=sorted(changes))
        try:
            shown = other.write(Now(link, seen), changes) if changes else other.standing(link)
        except (Stale, Gone):
            raise
        except (Refused, NotTaken) as refusal:
            return self._held(link, known, str(refusal))
        self.told = self.told or bool(changes)
        return self._end(link, known, due, shown, {name: raw for name, raw in wanted.items() if name in known.sent})

    def _tell(self, link: LinkState, due: Due) -> Departure:
        """Return what is going to be told."""
        known, side = self.known.get(due.left), self.bond.side(due.partner)
        if known is not None and known.state is DepartureState.BEGUN:
            return known
        other, view = Other(self.bond, self.run, due.partner), link.side(due.partner).view
        wanted = raw_values(side, self._policy(due.left).set_)
        was, sent = {}, {}
        for name, raw in wanted.items():
            before = known.was.get(name) if known and name in known.was else view.get(name)
            ours = known is not None and name in known.sent and other.same(name, view.get(name), known.sent[name])
            if ours or not other.same(name, view.get(name), raw):
                was[name], sent[name] = before if ours else view.get(name), raw
        return Departure(link.id, due.left, DepartureState.BEGUN, self.bond.clock.now(), "", was, sent)

    def _put_back(self, link: LinkState, due: Due) -> Departure:  # noqa: ARG002  # as its counterpart
        return replace(self.known[due.left], state=DepartureState.RETURNING, reason="")

    def _back(self, known: Departure) -> dict[str, Any]:
        """Return what the partner gets once the record is back."""
        side, policy = self.bond.side(known.left.other), self._policy(known.left)
        anew = raw_values(side, {name: value for name, value in policy.back.items() if name in known.sent})
        return {**known.was, **anew}

    def _ours(self, known: Departure, due: Due, link: LinkState, other: Other) -> list[str]:
        """Return the fields that nobody else has changed since they were as we knew them."""
        stood = known.was if due.step is Step.TELL else known.sent
        return [name for name in known.sent if other.ours(link, name, stood.get(name))]

    def _end(
        self, link: LinkState, known: Departure, due: Due, shown: Observation, wanted: Mapping[str, Any]
    ) -> LinkState:
        """Store how it went, and return the link with the partner as it is now."""
        other = Other(self.bond, self.run, due.partner)
        fields = {name: raw for name, raw in wanted.items() if other.shows(name, raw, shown.view)}
        base = other.base(link, shown.view, fields)
        rules = {rule.name for rule in self.bond.mapping.rules if rule.field(due.partner) in fields}
        open_yet = {name: one for name, one in link.side(due.partner).unconfirmed.items() if name not in rules}
        # What somebody changed under our hands is carried first, and told about after that.
        state = DepartureState.TOLD if fields.keys() == known.sent.keys() else DepartureState.HELD
        done = known if due.step is Step.PUT_BACK else replace(known, state=state)
        event = "returned" if due.step is Step.PUT_BACK else "left"
        self.bond.store.end_departure(
            link,
            done,
            base=base,
            unconfirmed=open_yet,
            shown=shown,
            run_id=self.run.run_id,
            entries=[self._entry(link, done, event)],
            now=self.bond.clock.now(),
        )
        if due.step is Step.PUT_BACK:
            del self.known[due.left]
        else:
            self.known[due.left] = done
        now = with_shown(link, due.partner, shown)
        return now.with_record(due.partner, replace(now.side(due.partner), base=base, unconfirmed=open_yet))

    def _held(self, link: LinkState, known: Departure, reason: str) -> LinkState:
        """Note that the other system does not take it; the link goes on."""
        self._refused.add(known.left)
        held = replace(known, state=DepartureState.HELD, reason=reason)
        if held != self.known.get(known.left):
            self.bond.watcher.holding(known.left, link.side(known.left).id, reason)
            self._note(link, held, "leaving_held", reason=reason)
        return link

    def _note(self, link: LinkState, departure: Departure, event: str, **detail: Any) -> None:
        self.known[departure.left] = departure
        self.bond.store.begin_departure(
            link,
            departure,
            run_id=self.run.run_id,
            entries=[self._entry(link, departure, event, **detail)],
            now=self.bond.clock.now(),
        )

    def _entry(self, link: LinkState, departure: Departure, event: str, **detail: Any) -> Entry:
        side = departure.left
        return Entry(event, link_id=link.id, side=side, record_id=link.side(side).id, detail=detail)
