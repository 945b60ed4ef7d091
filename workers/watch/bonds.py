"""Metrics of the bonds, from the database: asked for when somebody scrapes, a few statements for all bonds at once.

One process exposes them, the scheduler. With two schedulers both tell the same: take the maximum by bond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ebond.clock import Clock
from ebond.definitions.bond import Bond
from ebond.definitions.slots import next_slot
from ebond.errors import StoreError
from ebond.store import BondGauges, Store

#: The kinds of processes that are told of even where there is none.
KINDS: Final = ("scheduler", "worker")
#: The counting of links may take this share of the time.
SHARE: Final = 0.01
#: Seconds for which a count of links is good at least.
SHORTEST: Final = 60.0
#: A run may begin so much before its slot and be the one for it.
TOLERANCE: Final = timedelta(seconds=1)

Value = Callable[[Bond, BondGauges, datetime], float | None]


def lag(_: Bond, gauges: BondGauges, now: datetime) -> float | None:
    """Seconds since the last good run began; before the first one, since the bond was first run or asked for."""
    since = gauges.last_ok or gauges.first or gauges.asked
    return None if since is None else max((now - since).total_seconds(), 0.0)


def behind(bond: Bond, gauges: BondGauges, now: datetime) -> float | None:
    """Seconds since the first run was due that the last good one does not cover; 0 where none was.

    Unlike the lag it knows the schedule: a bond that runs once a day is not behind at noon.
    """
    since = gauges.last_ok or gauges.first or gauges.asked
    slot = None if since is None else next_slot(bond.schedule, bond.bond, since + TOLERANCE)
    return None if slot is None else max((now - slot).total_seconds(), 0.0)


def queue_age(bond: Bond, gauges: BondGauges, now: datetime) -> float | None:
    """Seconds for which the oldest thing has been due: a run that has not begun, or a link's next try."""
    due = [moment for moment in (_unheard(bond, gauges), gauges.oldest_due) if moment is not None]
    return max([0.0, *((now - moment).total_seconds() for moment in due)])


def _unheard(bond: Bond, gauges: BondGauges) -> datetime | None:
    """Return for when the oldest run was asked for that has not begun.

    Each asking takes the place of the one before; the first slot that the last run did not cover tells when the
    waiting began.
    """
    asked, begun = gauges.asked, gauges.begun
    if asked is None or (begun is not None and begun >= asked):
        return None
    missed = None if begun is None else next_slot(bond.schedule, bond.bond, begun)
    return asked if missed is None else min(asked, missed)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max((now - moment).total_seconds(), 0.0)


def _counted(name: str) -> Value:
    return lambda _, gauges, __: gauges.counts[name]


def _last_took(_: Bond, gauges: BondGauges, __: datetime) -> float | None:
    return None if gauges.last is None else (gauges.last.finished - gauges.last.started).total_seconds()


#: One number for each bond: its name, its help, and where it comes from; None leaves the bond out.
GAUGES: Final[tuple[tuple[str, str, Value], ...]] = (
    ("ebond_bond_lag_seconds", "Seconds since the last run that went well began: what changed before it is in step.", lag),
    ("ebond_bond_behind_seconds", "Seconds since the first run was due that the last good run does not cover.", behind),
    ("ebond_bond_queue_age_seconds", "Seconds for which the oldest due thing has waited: a run, or a link's next try.", queue_age),
    ("ebond_bond_run_age_seconds", "Seconds since the run began that is open; absent while none is.", lambda _, g, now: _age(g.running, now)),
    ("ebond_bond_last_run_duration_seconds", "Seconds that the last run took.", _last_took),
    ("ebond_bond_last_run_calls", "HTTP calls that the last run made.", lambda _, g, __: g.last.calls if g.last else None),
    ("ebond_bond_paused", "1 where an operator paused the bond.", lambda _, g, __: g.paused),
    ("ebond_bond_stopped", "1 where nothing can work until somebody acts: credentials, rights, the contract.", lambda _, g, __: g.stopped),
    ("ebond_bond_links_waiting", "Links that have to be looked at, those being tried again included.", _counted("waiting")),
    ("ebond_bond_links_parked", "Links set aside for a human.", _counted("parked_links")),
    ("ebond_bond_fields_parked", "Fields set aside for a human.", _counted("parked_fields")),
    ("ebond_bond_conflicts", "Fields that both sides changed, waiting for a human.", _counted("conflicts")),
    ("ebond_bond_records_held", "Records without a link that are set aside.", _counted("held_records")),
    ("ebond_bond_comments_held", "Comments that the other side did not take, waiting for a human.", _counted("held_comments")),
    ("ebond_bond_files_held", "Files that could not go to the other side, waiting for a human.", _counted("held_files")),
    ("ebond_bond_creates_open", "Creates that were decided and are not linked yet.", _counted("open_creates")),
)  # fmt: skip


class BondCollector(Collector):
    """How the bonds of the definitions stand, and how many processes are alive."""

    def __init__(self, store: Store, bonds: Callable[[], Mapping[str, Bond]], clock: Clock) -> None:
        self._store, self._bonds, self._clock = store, bonds, clock
        self._links: dict[str, int] = {}
        self._good_until = float("-inf")

    def describe(self) -> Iterable[Metric]:
        """Name the metrics without asking anything."""
        return _metrics({}, {}, {}, {}, self._clock.now())

    def collect(self) -> Iterator[Metric]:
        """Ask the database; where it does not answer there is nothing to tell, and ``ebond_reachable`` says why."""
        now = self._clock.now()
        try:
            gauges = self._store.gauges(now=now)
            holders = self._store.holder_counts(now=now)
            links = self._link_counts()
        except StoreError:
            return iter(())
        return _metrics(self._bonds(), gauges, links, holders, now)

    def _link_counts(self) -> Mapping[str, int]:
        """Return the number of links, counted anew from time to time: the more it takes, the more seldom."""
        began = self._clock.monotonic()
        if began >= self._good_until:
            self._links = self._store.link_counts()
            ended = self._clock.monotonic()
            self._good_until = ended + max((ended - began) / SHARE, SHORTEST)
        return self._links


def _metrics(
    bonds: Mapping[str, Bond],
    gauges: Mapping[str, BondGauges],
    links: Mapping[str, int],
    holders: Mapping[str, int],
    now: datetime,
) -> Iterator[Metric]:
    known = [(bonds[name], found) for name, found in gauges.items() if name in bonds]
    for name, text, value in GAUGES:
        yield _gauge(name, text, ((bond.bond, value(bond, found, now)) for bond, found in known))
    yield _gauge(
        "ebond_bond_links",
        "Links of the bond; counted from time to time.",
        ((bond.bond, links.get(bond.bond, 0)) for bond, _ in known),
    )
    yield _last_runs(known)
    yield _holders(holders)


def _gauge(name: str, text: str, values: Iterable[tuple[str, float | None]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=("bond",))
    for bond, value in values:
        if value is not None:
            family.add_metric((bond,), value)
    return family


def _last_runs(known: Iterable[tuple[Bond, BondGauges]]) -> Metric:
    family = GaugeMetricFamily(
        "ebond_bond_last_run",
        "1, with how the last run ended: ok, unbalanced, failed, stopped, paused or interrupted.",
        labels=("bond", "status"),
    )
    for bond, gauges in known:
        if gauges.last is not None:
            family.add_metric((bond.bond, gauges.last.status), 1)
    return family


def _holders(holders: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily("ebond_holders", "Processes that show signs of life, by what they do.", labels=("kind",))
    for kind in sorted({*KINDS, *holders}):
        family.add_metric((kind,), holders.get(kind, 0))
    return family
