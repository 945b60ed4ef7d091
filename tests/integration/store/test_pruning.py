"""Old runs and lines of the journal are forgotten, and nothing that anybody still needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ebond.state import Books, Entry
from ebond.store import Pruned, Store
from tests.integration.store.examples import BOND, NOW

DAY = timedelta(days=1)
FAR = NOW + 100 * DAY


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    with Store.open(url, migrate=False) as opened:
        yield opened


def run(store: Store, began: datetime, status: str | None = "ok", bond: str = BOND) -> int:
    made = store.begin(bond, kind="sync", now=began)
    if status:
        store.finish(made, now=began, status=status, books=Books(), error=None)
    return made


def prune(store: Store, before: datetime = FAR) -> Pruned:
    return store.prune(runs_before=before, journal_before=before)


def left(store: Store, bond: str = BOND) -> list[int]:
    return [one.id for one in store.recent(bond, limit=9999)]


def test_old_runs_go_and_young_ones_stay(store: Store) -> None:
    """What began before the moment is forgotten, what began at it is not."""
    _, _, third, fourth = (run(store, NOW + number * DAY) for number in range(4))
    assert (prune(store, NOW + 2 * DAY), left(store)) == (Pruned(2, 0, whole=True), [fourth, third])


def test_what_status_shows_stays(store: Store) -> None:
    """However old, a bond's last run and its last that succeeded are kept; of each bond."""
    run(store, NOW), run(store, NOW, "failed")
    good, _, last = run(store, NOW), run(store, NOW, "failed"), run(store, NOW, "failed")
    other = run(store, NOW, "failed", bond="other")
    assert (prune(store).runs, left(store), left(store, "other")) == (3, [last, good], [other])


def test_a_run_under_way_stays(store: Store) -> None:
    """A run that nobody closed is not forgotten."""
    under_way = run(store, NOW, None)
    assert (prune(store).runs, left(store)) == (0, [under_way])


def test_old_lines_go_and_young_ones_stay(store: Store) -> None:
    """Of the journal that goes which was written before the moment."""
    for number in range(3):
        store.append(BOND, 1, [Entry(f"day {number}")] * 2, now=NOW + number * DAY)
    assert prune(store, NOW + 2 * DAY) == Pruned(0, 4, whole=True)
    assert {line["event"] for line in store.read_journal(BOND)} == {"day 2"}


def test_more_than_a_batch_goes_in_several_transactions(store: Store) -> None:
    """However much is old, all of it goes."""
    store.append(BOND, 1, [Entry("old")] * 2000, now=NOW)
    assert (prune(store), store.read_journal(BOND)) == (Pruned(0, 2000, whole=True), [])


def test_pruning_stops_where_it_is_enough(store: Store) -> None:
    """Who has something better to do stops between two batches, and is told that there is more."""
    store.append(BOND, 1, [Entry("old")] * 2000, now=NOW)
    answers = iter([False, False, True, True])
    done = store.prune(runs_before=FAR, journal_before=FAR, enough=lambda: next(answers))
    assert (done.lines, done.whole, len(store.read_journal(BOND, limit=9999))) == (900, False, 1100)


def test_one_of_many_prunes(store: Store) -> None:
    """It is due for the first who asks; for others only after the time that this one named."""
    asked = [store.prune_due(now=NOW, again=NOW + DAY) for _ in range(2)]
    assert [*asked, store.prune_due(now=NOW + DAY, again=FAR)] == [True, False, True]
