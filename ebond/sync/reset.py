"""What follows where a system was reset or restored: odd records are parked, and where they are many the bond stops.

It stops by a pause, that no other run goes on before an operator has looked: ``ebond resume``.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from ebond.errors import Odd, WasReset
from ebond.records.resource import Seen
from ebond.state import LinkState, RecordState, Side
from ebond.sync.context import BondContext, RunContext
from ebond.sync.epoch import LOOK, is_fresh, made_anew, verdict, went_back
from ebond.sync.failures import record_failure
from ebond.sync.observe import Observer

log = structlog.get_logger("ebond.reset")


def stop_if_reset(bond: BondContext, run: RunContext, observers: Sequence[Observer]) -> None:
    """Raise WasReset where the scans showed more than single odd records, whose links they have parked."""
    reasons = []
    for one in observers:
        for record_id, why in one.odd.items():
            bond.watcher.holding(one.side, record_id, why)
        if one.odd or one.missing:
            links = bond.store.count_together(bond.name)
            odd, missing = len(one.odd), len(one.missing)
            reasons.append(verdict(one.side, odd=odd, missing=missing, links=links, guard=bond.bond.guard))
    if any(reasons):
        raise stopped(bond, run, "; ".join(filter(None, reasons)))


def stopped(bond: BondContext, run: RunContext, why: str) -> WasReset:
    """Let nothing more be written for a bond until somebody has looked, and return the reason to raise."""
    log.error("system was reset or restored", bond=bond.name, reason=why)
    bond.store.stop_for_reset(bond.name, run_id=run.run_id, reason=why, now=bond.clock.now())
    return WasReset(
        f"{why}: was that system reset, or restored from a backup? Nothing more is written",
        todo=f"If it was, `ebond resume {bond.name} --afresh` takes both sides as they are now; "
        f"if not, `ebond resume {bond.name}` goes on, and what was parked waits for `ebond retry`",
    )


def refuse_odd(bond: BondContext, side: Side, known: RecordState, seen: Seen) -> None:
    """Raise Odd where a record that is about to be written is older than it was known to be, or another one."""
    end = bond.side(side)
    if seen.id != known.id or is_fresh(known.origin, known.updated, now=bond.clock.now()):
        return
    created, before = end.resource.created, (known.version, known.updated)
    anew = made_anew(end.view, created, known=known.view, shown=end.view.extract(seen.record)) if created else ""
    why = anew or went_back(end.resource.version_order, known=before, shown=(seen.version, seen.updated))
    if why:
        raise Odd(f"{side} {known.id}: {why}; {LOOK}")


def park_odd(bond: BondContext, run: RunContext, link: LinkState, odd: Odd) -> None:
    """Park a link whose record turned out to be odd; raises WasReset where it is not the only one."""
    record_failure(bond, run, link, odd, at_once=True)
    run.odd.add(link.id)
    if len(run.odd) >= bond.bond.guard.reset_records:
        raise stopped(bond, run, f"{len(run.odd)} records are older than they were known to be")
