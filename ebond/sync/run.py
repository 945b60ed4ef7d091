"""One pass over a bond in one process: open it, work on it, close it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ebond.clock import SharedClock
from ebond.errors import BondStopped, EbondError, LeaseLost, UsageError
from ebond.sync.context import BondContext
from ebond.sync.holder import TTL, Holder
from ebond.sync.passes import Pass, RunReport, outcome

__all__ = ["RunReport", "run_bond"]

#: Seconds between two looks whether the other workers are through with what they have in hand.
LOOK: Final = 0.2


def run_bond(bond: BondContext, *, owner: str, kind: str = "sync", sweep: bool = False) -> RunReport:
    """Make one pass over a bond; with ``sweep`` the whole lists are read, whatever the schedule says.

    An error of a system ends the run and is returned in the report; UsageError is raised where another process
    works on the bond, Paused where an operator paused it.
    """
    started, calls = bond.clock.monotonic(), _calls(bond)
    ticking = bond.clock.synchronise if isinstance(bond.clock, SharedClock) else _nothing
    with Holder(bond.store, name=owner, kind="sync", clock=bond.clock, ticking=ticking) as holder:
        own = Pass(bond, holder)
        report = _pass(bond, own, kind, sweep=sweep)
    report.comments = own.comments
    report.seconds = bond.clock.monotonic() - started
    report.calls = {name: count - calls.get(name, 0) for name, count in _calls(bond).items()}
    return report


def _pass(bond: BondContext, own: Pass, kind: str, *, sweep: bool) -> RunReport:
    opened = own.open(kind=kind, sweep=sweep)
    if opened is None:
        by = ", ".join(name for name, _ in bond.store.at_work(bond.name)) or "a worker"
        raise UsageError(
            f"bond {bond.name} is being worked on by another process ({by})",
            todo=f"Wait for it; should it be dead, what it holds is free within {TTL:.0f} s",
        )
    error = opened.error
    if error is None:
        try:
            error = own.work(threads=bond.bond.workers)
        except LeaseLost as lost:
            # Others go on with the run, and close it.
            return replace(opened, status=outcome(lost), error=lost)
        except (KeyboardInterrupt, SystemExit):
            own.close()
            raise
    if opened.error is None:
        _close(bond, own)
    summary = bond.store.run(opened.run_id)
    status, books = summary.status, summary.books or opened.books
    return replace(opened, status=status, books=books, error=error or _told(status, summary.error))


def _close(bond: BondContext, own: Pass) -> None:
    """Close the run as soon as other workers that joined in are through, unless one of them does."""
    while bond.store.run_at_work(bond.name) is not None and not own.close():
        if own.has_work():
            own.work(threads=bond.bond.workers)
        else:
            bond.clock.sleep(LOOK)


def _nothing() -> None:
    """A clock of our own needs no setting."""


def _told(status: str, error: str | None) -> EbondError | None:
    """Return the error that another worker ended the run with."""
    if error is None:
        return None
    return BondStopped(error) if status == "stopped" else EbondError(error)


def _calls(bond: BondContext) -> dict[str, int]:
    return {side.system: side.calls() for side in (bond.left, bond.right)}
