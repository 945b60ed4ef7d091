"""One pass over a bond, by as many workers as there are: opened by one, worked on by all, closed by the last.

The two phases never overlap for one bond: while links are in hand nothing is scanned, and while it is scanned no
link is handed out. So a page that was read before our write can not be stored after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Final

import structlog

from ebond.detail import note
from ebond.errors import BondStopped, EbondError, LeaseLost, Paused
from ebond.state import Books, Fate, Side
from ebond.store import Opened, RunAtWork
from ebond.sync.books import balance
from ebond.sync.context import BondContext, RunContext
from ebond.sync.heard import NOTIFIED, needs_lists
from ebond.sync.holder import Holder
from ebond.sync.opening import Opening
from ebond.sync.scopes import run_scope
from ebond.sync.work import ROUNDS, Work

log = structlog.get_logger("ebond.run")

#: How a run ends whose time was over before its work was done.
CUT: Final = "cut"
#: How a run ends that somebody stopped at the keyboard.
INTERRUPTED: Final = "interrupted"


@dataclass(slots=True)
class RunReport:
    """What a run did, for the operator."""

    bond: str
    run_id: int
    status: str = "running"
    """``ok``, ``unbalanced``, ``failed``, ``stopped``, ``paused`` or ``interrupted``."""
    books: Books = field(default_factory=Books)
    paired: int = 0
    comments: int = 0
    """Comments carried, as far as this process carried them."""
    calls: dict[str, int] = field(default_factory=dict)
    """HTTP calls by system, as far as this process made them."""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    error: EbondError | None = None

    @property
    def ok(self) -> bool:
        return self.status == "ok"


def outcome(error: EbondError) -> str:
    """Name how a run ends because of an error."""
    return "stopped" if isinstance(error, BondStopped) else "paused" if isinstance(error, Paused) else "failed"


class Pass:
    """This process's part in the passes over one bond; its threads share it."""

    def __init__(self, bond: BondContext, holder: Holder) -> None:
        self.bond, self.holder = bond, holder
        self._lock = Lock()
        self._counted = self._calls()
        self.comments = 0
        """Comments that this process carried."""

    # -- opening ------------------------------------------------------------------------------------------

    def open(
        self,
        *,
        kind: str,
        sweep: bool = False,
        work_for: float | None = None,
        due: Callable[[], bool] = lambda: True,
    ) -> RunReport | None:
        """Begin a run and do its first phase; None where others have the bond in hand, or it is not ``due`` then.

        A run of the kind ``notified`` reads what notices named, and lists only where that does not do. With ``sweep``
        lists are read whole, whatever the schedule says. ``work_for`` limits the second phase to so many seconds, that
        the next run does not wait for ever for a long one. Where the run ended in its first phase already, the report
        says so and carries the error.
        """
        with self._lease() as fence:
            if fence is None or not self._made_room() or not due():
                return None
            if not self.bond.dry and self.bond.store.is_paused(self.bond.name):
                raise self._held_back()
            listing = kind != NOTIFIED or needs_lists(self.bond)
            run_id = self.bond.store.begin(self.bond.name, kind=kind, now=self.bond.clock.now(), listing=listing)
            with run_scope(self.bond, run_id, "opening"):
                opening = Opening(self.bond, self._context(run_id, fence), listing=listing, sweep=sweep)
                return self._opened(opening, run_id, work_for)

    def _held_back(self) -> EbondError:
        """Say why nothing is to be written: somebody paused the bond, or it stopped and waits for somebody."""
        name = self.bond.name
        if (reason := self.bond.store.why_stopped(name)) is not None:
            return BondStopped(f"bond {name} is paused since it stopped: {reason}")
        return Paused(f"bond {name} is paused", todo=f"Let it go on with `ebond resume {name}`")

    def _opened(self, opening: Opening, run_id: int, work_for: float | None) -> RunReport:
        report = RunReport(self.bond.name, run_id)
        try:
            opening.go()
        except EbondError as error:
            report.status, report.error = outcome(error), error
        except (KeyboardInterrupt, SystemExit):
            self._hand_out(opening, run_id, None)
            self.bond.store.end(run_id, INTERRUPTED)
            self._close(run_id)
            raise
        if report.error is None and self._nothing_left(opening, run_id):
            found = opening.found(calls=self._uncounted())
            self._balanced(RunAtWork(run_id, found, None, outcome="ok", error=None), calls=found.calls)
        else:
            found = self._hand_out(opening, run_id, work_for)
        report.paired, report.faults = found.paired, list(found.faults)
        if report.error is not None:
            self.bond.store.end(run_id, report.status, str(report.error))
            self._close(run_id)
        return report

    def _nothing_left(self, opening: Opening, run_id: int) -> bool:
        """Is the run through with its opening? Most are: then nobody is told of it, and it is closed at once."""
        return not self.bond.dry and self._count(run_id, opening.creating, most=1) == 0

    def _hand_out(self, opening: Opening, run_id: int, work_for: float | None) -> Opened:
        """Let anybody work on what the opening found."""
        found = opening.found(calls=self._uncounted())
        until = None if work_for is None else self.bond.clock.now() + timedelta(seconds=work_for)
        self.bond.store.opened(run_id, found, until=until)
        return found

    def _made_room(self) -> bool:
        """Is nothing of the bond in hand? A run that is through, or that nobody works for any more, is closed.

        What the latter leaves is the next run's to do, and found by it.
        """
        if self.bond.store.in_hand(self.bond.name):
            self.holder.bury()
            if self.bond.store.in_hand(self.bond.name):
                return False
        if self.bond.store.run_at_work(self.bond.name) is not None:
            self._close()
        return True

    # -- working ------------------------------------------------------------------------------------------

    def work(self, *, threads: int, enough: Callable[[], bool] = lambda: False) -> EbondError | None:
        """Work for the run that is at work, if there is one; return what ended it, where something did.

        Raises LeaseLost where this process was taken for dead: the run goes on without it.
        """
        at_work = self.bond.store.run_at_work(self.bond.name)
        if at_work is None or at_work.outcome is not None:
            return None
        work = Work(self.bond, self._context(at_work.id), creating=at_work.opened.creating, threads=threads)
        try:
            with run_scope(self.bond, at_work.id, "working"):
                work.go(enough=lambda: enough() or self._is_over(at_work))
        except LeaseLost:
            raise
        except EbondError as error:
            self.bond.store.end(at_work.id, outcome(error), str(error))
            return error
        except (KeyboardInterrupt, SystemExit):
            self.bond.store.end(at_work.id, INTERRUPTED)
            raise
        finally:
            self.bond.store.count_calls(at_work.id, self._uncounted())
        return None

    def has_work(self) -> bool:
        """Is there a run with links or creates that anybody could take?"""
        at_work = self.bond.store.run_at_work(self.bond.name)
        return at_work is not None and self._has_work(at_work)

    def joiners(self) -> int:
        """Return how many workers the run at work has use for: one for each link or create, up to the bond's."""
        at_work, most = self.bond.store.run_at_work(self.bond.name), self.bond.bond.workers
        if at_work is None or not self._has_work(at_work):
            return 0
        return self.left(at_work, most=most)

    def _has_work(self, at_work: RunAtWork) -> bool:
        if self.bond.dry or at_work.outcome is not None or self._is_over(at_work):
            return False
        return self.left(at_work, most=1) > 0

    def left(self, at_work: RunAtWork, *, most: int) -> int:
        """Count the links and creates that could be taken now, up to ``most``."""
        return self._count(at_work.id, at_work.opened.creating, most=most)

    def _count(self, run_id: int, creating: tuple[Side, ...], *, most: int) -> int:
        name, now = self.bond.name, self.bond.clock.now()
        count = self.bond.store.claimable(name, run_id=run_id, now=now, rounds=ROUNDS, most=most)
        for side in creating:
            if count < most:
                count += self.bond.store.creatable(name, side, most=most - count)
        return count

    def _is_over(self, at_work: RunAtWork) -> bool:
        return at_work.until is not None and self.bond.clock.now() >= at_work.until

    # -- closing ------------------------------------------------------------------------------------------

    def close(self) -> bool:
        """Close the run that is at work, if it is through and nobody has anything of it in hand; say whether."""
        at_work = self.bond.store.run_at_work(self.bond.name)
        if at_work is None or self._has_work(at_work) or self.bond.store.in_hand(self.bond.name):
            return False
        with self._lease() as fence:
            return fence is not None and self._close()

    def _close(self, run_id: int | None = None) -> bool:
        """Close the run at work, or only this one: another may have begun where we were taken for dead."""
        store, name = self.bond.store, self.bond.name
        at_work = store.run_at_work(name)
        if at_work is None or run_id not in (None, at_work.id):
            return False
        # From here on nothing more of it is handed out; what was until now is waited for.
        store.end(at_work.id, CUT if self.left(at_work, most=1) else "ok")
        at_work = store.run_at_work(name)
        if at_work is None or store.in_hand(name):
            return False
        return self._balanced(at_work)

    def _balanced(self, at_work: RunAtWork, *, calls: int = 0) -> bool:
        """Balance the books and store the run; books that do not balance are not a success.

        ``calls`` are those that the store was not told of yet.
        """
        store, name = self.bond.store, self.bond.name
        status = at_work.outcome or "ok"
        fates = store.fates(at_work.id)
        if status in ("ok", CUT) and not self.bond.dry and Fate.OPEN in fates:
            store.close_open(name, at_work.id, cut=status == CUT)
            fates = store.fates(at_work.id)
        books = balance(at_work.opened.at_once, fates)
        if status in ("ok", CUT):
            status = "ok" if self.bond.dry or books.balanced else "unbalanced"
        if at_work.outcome == CUT:
            # Whatever the schedule says, the rest is not left until the next slot.
            store.ask(name, self.bond.clock.now())
        now = self.bond.clock.now()
        if not store.finish(at_work.id, now=now, status=status, books=books, error=at_work.error, calls=calls):
            return False
        told = {name: count for name, count in asdict(books).items() if count}
        carried = {"comments": self.comments} if self.comments else {}
        note(log, "run closed", bond=name, run=at_work.id, status=status, books=told, reason=at_work.error, **carried)
        return True

    # -- small things -------------------------------------------------------------------------------------

    @contextmanager
    def _lease(self) -> Iterator[int | None]:
        """Hold the bond, where nobody else does; gives the fence to commit with."""
        store, name = self.bond.store, self.bond.name
        fence = store.acquire(name, holder=self.holder.id)
        if fence is None and self.holder.bury():
            fence = store.acquire(name, holder=self.holder.id)
        try:
            yield fence
        finally:
            if fence is not None:
                self.holder.give_back(partial(store.release, name, fence=fence))

    def _context(self, run_id: int, fence: int | None = None) -> RunContext:
        holder = self.holder.id
        return RunContext(
            run_id, holder, fence, partial(self._guard, holder), give_back=self.holder.give_back, carried=self._carried
        )

    def _guard(self, holder: int) -> None:
        self.holder.guard(holder)
        if self.bond.store.is_paused(self.bond.name):
            raise Paused(f"bond {self.bond.name} was paused")

    def _carried(self) -> None:
        with self._lock:
            self.comments += 1

    def _uncounted(self) -> int:
        """Return how many calls were made since this was last asked."""
        with self._lock:
            before, self._counted = self._counted, self._calls()
            return self._counted - before

    def _calls(self) -> int:
        return sum(side.calls() for side in (self.bond.left, self.bond.right))
