"""How a bond stands: its state in a word, why, and what to do next. Pure.

=========== ======================================================== ==============================================
state       what is so                                               what to do
=========== ======================================================== ==============================================
stopped     credentials, rights or the contract do not work          repair what the reason names, check, sync
paused      somebody paused it                                       nothing, until it is resumed
running     a process works on it now                                wait
never run   no run yet                                               plan, then sync
interrupted the last run ended without closing its books             sync: the next run goes on
failed      the last run ended with an error                         the reason; the next run tries again
unbalanced  the last run's books do not balance                      report it: ebond lost count
behind      the last good run is older than three of its intervals   see that something runs `ebond sync`
ok          the last run went well                                   nothing, or what is held
=========== ======================================================== ==============================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ebond.cli.output import ago, counted, span
from ebond.store import BondSummary

#: A bond is behind when its last good run is older than this many of its intervals.
LATE: Final = 3

NEEDS_A_LOOK: Final = frozenset({"stopped", "interrupted", "failed", "unbalanced", "behind"})
COLOURS: Final = {"ok": "green", "running": "cyan", "stopped": "red", "failed": "red", "unbalanced": "red"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A bond's state in a word, the reason, and the next step; the last two may be empty."""

    state: str
    reason: str = ""
    todo: str = ""


def standing(bond: str, summary: BondSummary, *, worker: str | None, every: float, now: datetime) -> Standing:
    """Say how a bond stands; ``worker`` names who works on it now, ``every`` is its interval in seconds."""
    last = summary.last
    sync = f"`ebond sync {bond}`"
    if worker is not None:
        since = f" since {ago(last.started, now).removesuffix(' ago')}" if last and last.finished is None else ""
        return Standing("running", f"{worker} works on it{since}")
    if summary.stopped and summary.paused:
        return Standing("stopped", summary.stopped)
    if summary.stopped:
        return Standing("stopped", summary.stopped, f"repair that, try `ebond check`, then {sync}")
    if summary.paused:
        return Standing("paused")
    if last is None:
        return Standing("never run", todo=f"`ebond plan {bond}` shows what a first sync would do, {sync} does it")
    if last.finished is None or last.status == "interrupted":
        return Standing("interrupted", "the last run was ended before it was done", f"{sync} goes on where it was")
    if last.status != "ok":
        return _ended_badly(last.status, last.error or "", sync)
    age = (now - last.finished).total_seconds()
    if age > LATE * every:
        reason = f"no run for {span(age)}, and one is due every {span(every)}"
        return Standing("behind", reason, f"{sync}, and see that something runs it on schedule")
    return Standing("ok")


def _ended_badly(status: str, error: str, sync: str) -> Standing:
    if status == "unbalanced":
        return Standing(status, "the books of the last run do not balance", "report it with `ebond journal`'s lines")
    return Standing("failed", error, f"{sync} tries again")


def waits(bond: str, summary: BondSummary) -> list[str]:
    """Say what waits for an operator."""
    parts = [
        (summary.conflicts, "conflict", ""),
        (summary.parked_fields, "parked field", ""),
        (summary.waiting_fields, "field that waits for another record", "fields that wait for other records"),
        (summary.parked_links, "parked link", ""),
        (summary.held_records, "record set aside", "records set aside"),
        (summary.held_comments, "comment set aside", "comments set aside"),
        (summary.held_files, "file set aside", "files set aside"),
        (summary.open_creates, "create under way", "creates under way"),
        (summary.gone, "record deleted on one side", "records deleted on one side"),
        (summary.untold, "record out of scope that the other side was not told of", "records out of scope untold"),
    ]
    told = [counted(count, noun, plural) for count, noun, plural in parts if count]
    lines = [f"{', '.join(told)}: see `ebond status {bond}`"] if told else []
    if summary.fused:
        lines.append(
            f"too many deletions at once: `ebond approve {bond} --up-to {summary.fused}` lets them be followed"
        )
    return lines
