"""Pairing records that exist on both sides and were never linked: exactly one candidate, or a hold."""

from __future__ import annotations

from ebond.state import Entry, Fate, Side
from ebond.sync.context import BondContext, RunContext

#: Links made in one transaction.
BATCH = 500


def pair(bond: BondContext, run: RunContext) -> int:
    """Link every pair of strangers that the match keys bring together; return how many.

    The alternatives are tried in order. A record whose key several records share is set aside with the reason:
    to link one of them would be a guess, to create another would double it.
    """
    linked = 0
    for alternative, names in enumerate(bond.bond.match.keys):
        linked += _link_unique(bond, run, alternative, names)
        _hold_ambiguous(bond, run, alternative, names)
    if linked:
        bond.watcher.paired(linked)
    return linked


def _link_unique(bond: BondContext, run: RunContext, alternative: int, names: tuple[str, ...]) -> int:
    linked = 0
    key = ", ".join(names)
    while pairs := bond.store.unique_pairs(bond.name, alternative, limit=BATCH):
        entries = [
            Entry("matched", side=Side.LEFT, record_id=left, detail={"right": right, "key": key})
            for left, right in pairs
        ]
        linked += bond.store.link_pairs(
            bond.name,
            pairs,
            run_id=run.run_id,
            fence=run.fence,
            entries=entries,
            now=bond.clock.now(),
            awaited=bond.awaited,
        )
    return linked


def _hold_ambiguous(bond: BondContext, run: RunContext, alternative: int, names: tuple[str, ...]) -> None:
    for side, record_id, rivals, held in bond.store.ambiguous(bond.name, alternative):
        where = " and ".join(f"{count} on the {name}" for name, count in rivals.items())
        reason = f"more than one candidate for the match on {', '.join(names)}: {where}"
        if held == reason:
            continue
        entry = Entry("held", side=side, record_id=record_id, detail={"reason": reason})
        bond.store.hold_record(
            bond.name,
            side,
            record_id,
            reason,
            run_id=run.run_id,
            fate=Fate.HELD,
            entries=[entry],
            now=bond.clock.now(),
        )
        bond.watcher.holding(side, record_id, reason)
