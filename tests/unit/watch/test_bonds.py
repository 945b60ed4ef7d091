"""The numbers of a bond, from how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from ebond.definitions.bond import Bond
from ebond.store import BondGauges, Store
from ebond.testing.clock import ManualClock
from workers.watch.bonds import BondCollector, behind, lag, queue_age

HOUR = Bond.model_validate({"version": 1, "bond": "b", "mapping": "m", "schedule": {"cron": "0 * * * *"}})
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEVER = BondGauges(
    paused=False, stopped=False, asked=None, begun=None, first=None, last_ok=None, running=None, last=None,
    oldest_due=None,
)  # fmt: skip


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("stands", "seconds"),
    [
        ({}, None),
        ({"asked": NOON - minutes(2)}, 120),
        ({"first": NOON - minutes(5), "asked": NOON}, 300),
        ({"first": NOON - minutes(50), "last_ok": NOON - minutes(1)}, 60),
    ],
)
def test_the_lag_counts_from_the_last_good_run_or_else_from_the_start(stands: Any, seconds: float | None) -> None:
    """A bond that never ran well lags since it was first run or asked for."""
    assert lag(HOUR, replace(NEVER, **stands), NOON) == seconds


@pytest.mark.parametrize(
    ("last_ok", "now", "seconds"),
    [
        (NOON, NOON + minutes(59), 0),
        (NOON - timedelta(milliseconds=250), NOON + minutes(59), 0),
        (NOON + minutes(20), NOON + minutes(59), 0),
        (NOON, NOON + minutes(61), 60),
        (NOON, NOON + minutes(150), 90 * 60),
    ],
)
def test_a_bond_is_behind_from_the_first_slot_that_no_good_run_covers(
    last_ok: datetime, now: datetime, seconds: float
) -> None:
    """Between two slots nothing is missing, whenever the last run was; then it counts from the first one missed."""
    assert behind(HOUR, replace(NEVER, last_ok=last_ok), now) == seconds


@pytest.mark.parametrize(
    ("stands", "seconds"),
    [
        ({}, 0),
        ({"asked": NOON, "begun": NOON}, 0),
        ({"asked": NOON}, 600),
        ({"asked": NOON, "begun": NOON - minutes(60)}, 600),
        ({"asked": NOON, "begun": NOON - minutes(240)}, 600 + 3 * 3600),
        ({"asked": NOON + minutes(5), "begun": NOON}, 300),
        ({"asked": NOON, "begun": NOON, "oldest_due": NOON - minutes(5)}, 900),
    ],
)
def test_the_queue_is_as_old_as_the_first_thing_asked_for_and_not_begun(stands: Any, seconds: float) -> None:
    """Later askings take the place of earlier ones in the database, but the wait goes on from the first."""
    assert queue_age(HOUR, replace(NEVER, **stands), NOON + minutes(10)) == seconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'ebond.db'}") as opened:
        yield opened


def registry_of(store: Store, clock: ManualClock) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(BondCollector(store, lambda: {"b": HOUR}, clock))
    return registry


def test_a_bond_that_was_asked_for_is_told_of_and_a_stranger_is_not(store: Store) -> None:
    """What the definitions do not know (any more) alarms nobody."""
    clock = ManualClock()
    for bond in ("b", "removed"):
        store.ask(bond, clock.now())
    clock.advance(60)
    registry = registry_of(store, clock)
    told = {
        (sample.labels["bond"], sample.value)
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "ebond_bond_queue_age_seconds"
    }
    assert told == {("b", 60.0)}


def test_the_living_are_counted_by_kind_and_nobody_counts_as_nought(store: Store) -> None:
    """An alert on no worker needs a number to look at."""
    clock = ManualClock()
    store.register("here 1", kind="scheduler", now=clock.now(), ttl=15)
    registry = registry_of(store, clock)
    assert registry.get_sample_value("ebond_holders", {"kind": "scheduler"}) == 1
    assert registry.get_sample_value("ebond_holders", {"kind": "worker"}) == 0


def test_a_database_that_is_away_does_not_spoil_the_scrape(store: Store, tmp_path: Path) -> None:
    """Bonds are simply not told of meanwhile."""
    registry = registry_of(store, ManualClock())
    store.close()
    for file in tmp_path.iterdir():
        file.unlink()
    assert [metric.name for metric in registry.collect()] == []


def test_links_are_not_counted_at_each_scrape(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting looks at every link: once a minute at most."""
    asked: list[int] = []
    monkeypatch.setattr(Store, "link_counts", lambda _: asked.append(1) or {})
    clock = ManualClock()
    registry = registry_of(store, clock)
    for seconds in (0, 30, 30):
        clock.advance(seconds)
        list(registry.collect())
    assert len(asked) == 2
