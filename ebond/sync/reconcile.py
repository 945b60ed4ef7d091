"""Reconciling one link: plan, write with the strongest precondition, settle in one transaction.

No database transaction is open while a call is under way, and one bad link never stops the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ebond.errors import ENDS_THE_RUN, Denied, EbondError, Gone, Odd, Stale
from ebond.state import Entry, LinkState, Side
from ebond.sync.attachments.carrying import carrying_files
from ebond.sync.comments.carrying import carrying_comments
from ebond.sync.context import BondContext, RunContext
from ebond.sync.failures import record_failure, said_by_several
from ebond.sync.leaving.telling import Due, Telling
from ebond.sync.plan import plan_link
from ebond.sync.planned import LinkPlan
from ebond.sync.reads import Missing, Moved, Reads
from ebond.sync.reset import park_odd
from ebond.sync.settle import settle_link
from ebond.sync.told import of_fields
from ebond.sync.wanted import of_link
from ebond.sync.writing import Writing
from ebond.sync.written import Written

#: How often one link is planned anew in a run because somebody edits it while we write.
REPLANS: Final = 3
#: How often besides, because there is something to tell of it.
TELLS: Final = 4


def reconcile(bond: BondContext, run: RunContext, link: LinkState) -> bool:
    """Bring one link in step, or record why not; return whether it went well.

    Raises what ends the run (``ENDS_THE_RUN``); every other failure stays with the link.
    """
    try:
        with carrying_files(bond, run, link), carrying_comments(bond, run, link):
            _Reconciler(bond, run, link).bring_in_step(link)
    except Denied as denied:
        if said_by_several(run, f"link {link.id}"):
            raise
        _failed(bond, run, link, denied)
        return False
    except ENDS_THE_RUN:
        raise
    except Odd as odd:
        park_odd(bond, run, link, odd)
        return False
    except Missing as missing:
        _doubt(bond, run, link, missing.side)
        _failed(bond, run, link, missing.gone)
        return False
    except EbondError as error:
        _failed(bond, run, link, error)
        return False
    return True


def _failed(bond: BondContext, run: RunContext, link: LinkState, error: EbondError) -> None:
    record_failure(bond, run, link, error)
    bond.watcher.holding(Side.LEFT, link.left.id, f"not in step yet: {error}")


def _doubt(bond: BondContext, run: RunContext, link: LinkState, side: Side) -> None:
    """Have a record that was not found read by id in the next run, before anything is believed."""
    record_id, now = link.side(side).id, bond.clock.now()
    entry = Entry("missing", link_id=link.id, side=side, record_id=record_id)
    bond.store.note_missing(bond.name, side, record_id, run_id=run.run_id, gone=False, entries=[entry], now=now)


class _Reconciler:
    def __init__(self, bond: BondContext, run: RunContext, link: LinkState) -> None:
        self.bond, self.run = bond, run
        self.reads = Reads(bond, run)
        self.writing = Writing(bond, run, self.reads)
        self.telling = Telling(bond, run, link) if bond.tells_of_leaving else None

    def bring_in_step(self, link: LinkState) -> None:
        for _ in range(REPLANS if self.telling is None else REPLANS + TELLS):
            if self.telling and (due := self.telling.begun()) and not self.bond.dry:
                link = self._told(link, due, surely=True)
                continue
            mapping = self.bond.knowing(of_link(link, self.bond.mapping))
            plan = plan_link(link, mapping, self.bond.policy, now=self.bond.clock.now())
            if self.bond.tells is not None:
                plan = self.bond.tells.planned(link, plan, now=self.bond.clock.now())
            due = self.telling.due(link) if self.telling and plan.rests else None
            if self.bond.dry:
                self.bond.watcher.planned(plan)
                if self.telling and due:
                    self.telling.preview(link, due)
                return
            if due is not None:
                link = self._told(link, due)
                continue
            fresh = self.reads.freshened(link, plan)
            if fresh.left.digest != link.left.digest or fresh.right.digest != link.right.digest:
                link = fresh
                continue
            self.bond.watcher.planned(plan)
            moved = self._carry_out(fresh, plan)
            if moved is None:
                return
            link = moved
        raise Stale(f"the record changed under {REPLANS} tries in a row to write it; it is planned anew later")

    # -- telling of records that leave ---------------------------------------------------------------------

    def _told(self, link: LinkState, due: Due, *, surely: bool = False) -> LinkState:
        """Tell a side what became of the other's record; return the link as it is now.

        With ``surely`` it is looked at first in any case: nobody knows what was written to it.
        """
        assert self.telling is not None, "asked for by it"
        side, record = due.partner, link.side(due.partner)
        try:
            if not self.reads.has(side) and (surely or self.reads.must(record, side)) and self.reads.can(side):
                link = self.reads.look(link, side)
                if not surely and link.side(side).digest != record.digest:
                    return link
            return self.telling.do(link, due, self.reads.take(side))
        except Stale:
            return self.reads.look(link, side)
        except Gone as gone:
            raise Missing(side, gone) from gone

    # -- carrying fields -----------------------------------------------------------------------------------

    def _carry_out(self, link: LinkState, plan: LinkPlan) -> LinkState | None:
        """Write and settle; return the link as it is now where it moved under our hands.

        What one side took is settled whatever becomes of the other, or it would be written twice.
        """
        written: dict[Side, Written] = {}
        trouble: EbondError | Moved | None = None
        for side in Side:
            if trouble is None and plan.writes(side):
                try:
                    written[side] = self.writing.write(link, plan, side)
                except (EbondError, Moved) as error:
                    trouble = error
        if written or trouble is None:
            self._settle(link, plan, written, again=trouble is not None)
        if isinstance(trouble, EbondError):
            raise trouble
        if trouble is None:
            return None
        now = self.bond.store.link(self.bond.name, link.id) if written else link
        assert now is not None, "links are never deleted"
        return self.reads.keep(now, trouble.side, trouble.seen)

    def _settle(self, link: LinkState, plan: LinkPlan, written: dict[Side, Written], *, again: bool) -> None:
        now = self.bond.clock.now()
        settlement = settle_link(link, plan, self.bond.mapping, self.bond.policy, written=written, now=now)
        if self.telling is not None:
            settlement = self.telling.settled(link, settlement)
        if self.bond.tells is not None:
            # What was refused just now is told with the next plan.
            again = again or of_fields(settlement.holds) != of_fields(plan.holds)
        self.bond.store.settle(
            replace(settlement, again=again or settlement.again),
            bond=self.bond.name,
            run_id=self.run.run_id,
            fence=link.fence,
            now=now,
        )
