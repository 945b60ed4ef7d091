"""Carrying out what was decided about one link of which a record was deleted.

What is going to be done is committed before the call: after a crash, or where the answer was lost, the next run
looks at the record again. Found deleted, it was our delete; found as we wanted it, it was our write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ebond.definitions.parting import PartnerDeleted
from ebond.errors import Stale
from ebond.parting import Bereft, Parting, PartingState
from ebond.state import Entry, LinkState, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.deletes.decide import Decided, Step, decide, edited
from ebond.sync.deletes.other import Other, raw_values
from ebond.sync.deletes.setting import Now

#: How often one link is looked at anew in a run because somebody edits the record that is left.
TRIES: Final = 3


class Carrier:
    """Carries out what was decided, for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run

    # -- deciding -----------------------------------------------------------------------------------------

    def policy(self, side: Side) -> PartnerDeleted:
        """Return what becomes of a side's records whose partner was deleted."""
        return self.bond.side(side).settings.partner_deleted

    def decided(self, case: Bereft) -> Decided:
        """Decide about a link as it is known now."""
        gone = case.gone
        side = next(iter(gone)).other if len(gone) == 1 else Side.LEFT
        policy = self.policy(side)
        if len(gone) != 1 or policy.policy == "ignore":
            return decide(gone, policy, case.parting, edited=False)
        ours = raw_values(self.bond.side(side), policy.set_)
        found = decide(gone, policy, case.parting, edited=edited(case.link, side, self.bond.mapping, ours))
        if found.step is Step.CARRY and (why := self._blocked(case.link, side, ours)):
            return Decided(Step.HOLD, f"deleted on the {side.other}, and the {side} record cannot follow: {why}")
        return found

    def _blocked(self, link: LinkState, side: Side, wanted: Mapping[str, Any]) -> str:
        """Say why the record that is left cannot be brought to these values."""
        return Other(self.bond, self.run, side).blocked(link.side(side).view, wanted)

    # -- doing --------------------------------------------------------------------------------------------

    def do(self, case: Bereft, decided: Decided) -> None:
        """Do what was decided. Raises what the calls raise."""
        match decided.step:
            case Step.NOTHING:
                self._tidy(case)
            case Step.END:
                how = case.parting.how if case.parting else "both"
                self._end(case.link, self._parting(case, PartingState.ENDED, how, decided.reason))
            case Step.KEEP:
                self._end(case.link, self._parting(case, PartingState.ENDED, "keep", decided.reason))
            case Step.HOLD:
                self._hold(case, decided.reason)
            case Step.RELEASE:
                self.bond.store.release_parting(self.bond.name, case.link.id, **self._told(case, "released", decided))
            case Step.CARRY:
                self._carry(case)
            case Step.REOPEN:
                self._reopen(case, decided)
            case Step.PART:
                self._part(case, decided)

    def _carry(self, case: Bereft) -> None:
        """Do to the record that is left what the policy says, on a fresh look at it."""
        (gone,) = case.gone
        other = Other(self.bond, self.run, gone.other)
        for _ in range(TRIES):
            now = other.read(case.link)
            if now is None:
                self._not_there(case, gone)
                return
            case = replace(case, link=now.link)
            again = self.decided(case)
            if again.step is not Step.CARRY:
                self.do(case, again)
                return
            try:
                self._apply(case, now, other, again.reason)
            except Stale:
                continue
            return
        raise Stale(f"the record changed under {TRIES} tries in a row to write it; it is looked at again later")

    def _apply(self, case: Bereft, now: Now, other: Other, reason: str) -> None:
        policy, record = self.policy(other.side), now.link.side(other.side)
        wanted = raw_values(self.bond.side(other.side), policy.set_)
        changes = {name: raw for name, raw in wanted.items() if not other.same(name, record.view.get(name), raw)}
        before = {name: record.view.get(name) for name in changes}
        if case.parting is not None and case.parting.state is PartingState.BEGUN:
            # What stood there before an earlier try, of which nobody knows whether it was applied.
            before = {**before, **case.parting.was}
        begun = self._parting(case, PartingState.BEGUN, policy.policy, reason)
        begun = replace(begun, was=before, sent={name: wanted[name] for name in before if name in wanted})
        deleting = policy.policy == "delete"
        if changes or deleting:
            self._put(begun, "parting", policy=policy.policy, fields=sorted(changes))
        done = replace(begun, state=PartingState.ENDED)
        if deleting:
            other.delete(now)
            self._end(case.link, done, deleted=(other.side, record.id))
            return
        shown = other.write(now, changes) if changes else other.standing(now.link)
        self._end(case.link, done, left=(other.side, other.base(now.link, shown.view, wanted), shown))

    def _not_there(self, case: Bereft, gone: Side) -> None:
        """The other record was not found: by our own delete, or somebody else's, which has to be seen twice."""
        parting, record = case.parting, case.link.side(gone.other)
        if parting is not None and parting.state is PartingState.BEGUN and parting.how == "delete":
            done = replace(parting, state=PartingState.ENDED)
            self._end(case.link, done, deleted=(gone.other, record.id))
        else:
            self._doubt(case.link, gone.other, sure=False)

    # -- undoing ------------------------------------------------------------------------------------------

    def _reopen(self, case: Bereft, decided: Decided) -> None:
        """Put back what was set on the other record, where nobody has changed it since."""
        parting = case.parting
        assert parting is not None, "only what was set is put back"
        if not self._is_back(case.link, parting.gone):
            return
        other = Other(self.bond, self.run, parting.gone.other)
        now = other.read(case.link)
        if now is None:
            if parting.how == "delete":
                self._part(case, decided, gone=other.side)
            else:
                self._doubt(case.link, other.side, sure=False)
            return
        view = now.link.side(other.side).view
        ours = {name: raw for name, raw in parting.sent.items() if other.ours(now.link, name, raw)}
        back = {name: parting.was.get(name) for name in ours}
        changes = {name: raw for name, raw in back.items() if not other.same(name, view.get(name), raw)}
        stuck = {name for name, raw in changes.items() if other.blocked(view, {name: raw})}
        changes = {name: raw for name, raw in changes.items() if name not in stuck}
        shown = other.write(now, changes) if changes else other.standing(now.link)
        base = other.base(now.link, shown.view, self._as_before(parting, shown.view, other))
        self.bond.store.reopen_link(
            self.bond.name,
            case.link.id,
            left=(other.side, base, shown),
            wanting=(parting.gone, self._wanting(case.link, other.side, stuck)) if stuck else None,
            **self._told(case, "reopened", decided, fields=sorted(changes)),
        )

    def _wanting(self, link: LinkState, side: Side, stuck: set[str]) -> dict[str, Any]:
        """Return the base of the record that is back where no way leads back for these fields of the other one.

        Its values count as still to be carried: then the field is parked with the reason, and the rest goes on.
        """
        rules = {rule.name for rule in self.bond.mapping.rules if rule.field(side) in stuck}
        return {**(link.side(side.other).base or {}), **dict.fromkeys(rules)}

    def _as_before(self, parting: Parting, view: Any, other: Other) -> dict[str, Any]:
        return {name: was for name, was in parting.was.items() if other.same(name, view.get(name), was)}

    def _part(self, case: Bereft, decided: Decided, *, gone: Side | None = None) -> None:
        """Dissolve the link where one record is back and the other is deleted: it makes a new link."""
        side = gone or next(iter(case.gone))
        if not self._is_back(case.link, side.other):
            return
        self.bond.store.dissolve_link(
            self.bond.name,
            case.link.id,
            gone=(side, case.link.side(side).id),
            **self._told(case, "dissolved", decided),
        )

    def _is_back(self, link: LinkState, side: Side) -> bool:
        """Look whether a deleted record is there again: a late page may have shown it."""
        if Other(self.bond, self.run, side).read(link) is not None:
            return True
        self._doubt(link, side, sure=True)
        return False

    # -- storing ------------------------------------------------------------------------------------------

    def _tidy(self, case: Bereft) -> None:
        if case.parting is not None:
            link = case.link
            self.bond.store.tidy(self.bond.name, link.id, link.mark, run_id=self.run.run_id, fence=self.run.fence)

    def _hold(self, case: Bereft, reason: str) -> None:
        before = case.parting
        if before is not None and before.state is PartingState.HELD and before.reason == reason:
            return
        held = self._parting(case, PartingState.HELD, "", reason)
        self.bond.watcher.holding(held.gone, case.link.side(held.gone).id, reason)
        self._put(held, "held", reason=reason)

    def _doubt(self, link: LinkState, side: Side, *, sure: bool) -> None:
        """Note that a record was not found: it is believed where it was known before."""
        record = link.side(side)
        entry = Entry("missing", link_id=link.id, side=side, record_id=record.id)
        self.bond.store.note_missing(
            self.bond.name,
            side,
            record.id,
            run_id=self.run.run_id,
            gone=sure,
            entries=[entry],
            now=self.bond.clock.now(),
        )

    def _parting(self, case: Bereft, state: PartingState, how: str, reason: str) -> Parting:
        gone = case.parting.gone if case.parting else next(iter(case.gone))
        was, sent = (case.parting.was, case.parting.sent) if case.parting else ({}, {})
        return Parting(case.link.id, gone, state, how, self.bond.clock.now(), reason, was, sent)

    def _put(self, parting: Parting, event: str, **detail: Any) -> None:
        entry = Entry(event, link_id=parting.link_id, side=parting.gone, detail=detail)
        self.bond.store.put_partings(
            self.bond.name,
            [parting],
            run_id=self.run.run_id,
            fence=self.run.fence,
            entries=[entry],
            now=self.bond.clock.now(),
        )

    def _end(self, link: LinkState, parting: Parting, **what: Any) -> None:
        detail = {"how": parting.how, "reason": parting.reason}
        entry = Entry("parted", link_id=link.id, side=parting.gone, detail=detail)
        self.bond.store.end_link(
            self.bond.name,
            parting,
            mark=link.mark,
            run_id=self.run.run_id,
            fence=self.run.fence,
            entries=[entry],
            now=self.bond.clock.now(),
            **what,
        )

    def _told(self, case: Bereft, event: str, decided: Decided, **detail: Any) -> dict[str, Any]:
        side = case.parting.gone if case.parting else None
        entry = Entry(event, link_id=case.link.id, side=side, detail={"reason": decided.reason, **detail})
        return {
            "run_id": self.run.run_id,
            "fence": self.run.fence,
            "entries": [entry],
            "now": self.bond.clock.now(),
        }
