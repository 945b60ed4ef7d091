"""Edge cases 86 to 102: gateways in trouble, leases, pauses, previews; and rings of systems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from ebond.definitions import load
from ebond.errors import DefinitionError, LeaseLost, Paused, StoreError
from ebond.gateway.wire import Raw
from ebond.state import Side
from ebond.sync.holder import TTL, Holder
from ebond.sync.run import run_bond
from ebond.testing import faults
from ebond.testing.interference import writes
from tests.scenarios.world import BOND, SECRETS


def opens(it, *titles: str) -> list[str]:
    return [it.left.system.person_creates({"title": title, "status": "new"}) for title in titles]


WAITS = {
    "seconds": ("7", 7.0), "nothing": (None, 0.0), "absurd": ("999999", 0.0),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "at_least"), WAITS.values(), ids=WAITS.keys())
def test_a_quota_that_is_used_up_is_waited_for_and_nothing_is_lost(world, asked, at_least):
    """86: what the answer asks for is obeyed within reason, and the create is made once."""
    it = world()
    opens(it, "one")
    it.right.faults.next(faults.throttle(asked), when=writes)
    before = it.clock.monotonic()
    it.sync(after=0)
    assert at_least <= it.clock.monotonic() - before <= 3600
    it.settle()
    assert (len(it.right.system.ids()), len(it.links())) == (1, 1)


def test_a_quota_of_one_call_in_ten_seconds_only_takes_longer(world):
    """86: pacing by the contract; every record arrives once."""
    it = world(gateway={"quota": (1, 10.0)})
    opens(it, *(f"record {number}" for number in range(5)))
    for _ in range(12):
        it.sync()
    assert (len(it.right.system.ids()), len(it.links())) == (5, 5)


def test_a_storm_of_503_ends_the_run_and_blames_no_record(world):
    """87: the calls are held back after a while; afterwards all is as if nothing had been."""
    it = world()
    ids = opens(it, *(f"record {number}" for number in range(8)))
    it.settle()
    for one in ids:
        it.left.system.person_edits(one, title=f"edited {one}")
    it.right.faults.always(faults.answer(503), when=writes)
    with it.counting() as calls:
        it.sync()
    assert sum(call.startswith("PATCH") for call in calls["right"]) < 30
    it.right.faults.clear()
    it.settle()
    assert [it.pair(one)[1]["title"] for one in ids] == [f"edited {one}" for one in ids]
    assert it.held() == []


@pytest.mark.parametrize("expires_in", [3600, "3600", None, 0])
def test_a_token_that_expires_in_the_middle_is_renewed(world, expires_in):
    """88: whatever the answer says of its life; each record is made once."""
    it = world(gateway={"expires_in": expires_in, "ttl": 30.0})
    opens(it, *(f"record {number}" for number in range(5)))
    it.right.faults.after = lambda _: it.clock.advance(11)
    assert it.sync().ok
    assert len(it.right.system.ids()) == 5


def test_a_gateway_with_one_session_is_not_fought_over(world):
    """89: a new token ends the old one; four workers share one."""
    it = world(bond={"workers": 4}, gateway={"single_session": True})
    opens(it, *(f"record {number}" for number in range(12)))
    assert it.sync().ok
    assert (it.right.gateway.calls["token"], len(it.right.system.ids())) == (1, 12)


def test_only_the_gateways_own_401_renews_the_token(world):
    """90: a backend whose 401 is told apart by its body holds that record, and costs no token."""
    it = world()
    told_apart = [{"when": {"status": [401], "body": {"/error/code": "not_yours"}}, "is": "refused"}]
    document = it.right.definition.model_dump(by_alias=True)
    definition = type(it.right.definition).model_validate({**document, "errors": told_apart})
    it.right = replace(it.right, definition=definition)
    it.restart()
    one, two = opens(it, "one", "two")
    it.settle()
    right = it.partner(Side.LEFT, one)
    tokens = it.right.gateway.calls["token"]
    refusal = faults.answer(401, {"error": {"code": "not_yours"}})
    it.right.faults.always(refusal, when=lambda raw: writes(raw) and raw.url.endswith(f"/{right}"))
    for left in (one, two):
        it.left.system.person_edits(left, urgency=2)
    assert it.sync(after=0).ok
    assert (it.pair(two)[1]["urgency"], [field for _, field, _ in it.held()]) == (2, ["urgency"])
    assert it.right.gateway.calls["token"] == tokens


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(("strangers", "status"), [(1, "ok"), (2, "ok"), (3, "stopped")])
def test_credentials_that_one_record_does_not_take_hold_that_record_only(world, method, strangers, status):
    """57, 90: a backend's plain 401 looks like the gateway's own; the bond stops where several records say so."""
    it = world("plain", "bare" if method == "GET" else "plain")
    ids = opens(it, *(f"record {number}" for number in range(5)))
    it.settle()
    closed = [f"/{it.partner(Side.LEFT, left)}" for left in ids[:strangers]]
    it.right.faults.always(
        faults.answer(401), when=lambda raw: raw.method == method and raw.url.endswith(tuple(closed))
    )
    for left in ids:
        it.left.system.person_edits(left, urgency=2)
    assert it.sync().status == status
    done = [it.pair(left)[1].get("urgency") == 2 for left in ids[strangers:]]
    assert all(done) is (status == "ok")


def test_a_poison_record_is_parked_and_stops_no_other(world):
    """93: after so many tries a human has to look; others flow, its own later edits wait behind it."""
    it = world(bond={"guard": {"attempts": 3}})
    one, two = opens(it, "poison", "fine")
    it.settle()
    right = it.partner(Side.LEFT, one)
    it.right.faults.always(faults.answer(500), when=lambda raw: writes(raw) and raw.url.endswith(f"/{right}"))
    it.left.system.person_edits(one, urgency=1)
    for number in range(8):
        it.left.system.person_edits(two, urgency=number)
        it.sync(after=7200)
    it.left.system.person_edits(one, title="later")
    with it.counting() as calls:
        it.sync(after=7200)
    assert (it.pair(two)[1]["urgency"], [what for what, *_ in it.held()]) == (7, ["link"])
    assert not any(f"/{right}" in call for call in calls["right"] if not call.startswith("GET"))
    it.right.faults.clear()
    link = it.store.link_of(BOND, Side.LEFT, one)
    assert it.store.retry_links(BOND, link_id=link, by="ann", now=it.clock.now()) == 1
    it.settle()
    assert it.pair(one)[1]["title"] == "later"


@contextmanager
def broken(db: Any) -> Iterator[None]:
    """The database takes no transaction any more."""

    @contextmanager
    def fails() -> Iterator[Any]:
        raise StoreError("the database is gone")
        yield

    write, db.write = db.write, fails
    try:
        yield
    finally:
        db.write = write


def test_without_a_database_nothing_is_written_outside(world):
    """96: an intent or a settlement that cannot be stored is never sent."""
    it = world()
    one, _ = opens(it, "one", "two")
    it.settle()
    it.left.system.person_edits(one, urgency=2)
    opens(it, "three")
    before = it.write_count()
    with broken(it.store.db), pytest.raises(StoreError):
        it.sync()
    assert it.write_count() == before
    it.settle()
    assert len(it.right.system.ids()) == 3


def test_a_database_that_goes_away_after_a_write_costs_no_second_one(world):
    """96, 55: the change was applied and could not be noted; the next look shows that both agree."""
    it = world()
    (one,) = opens(it, "one")
    it.settle()
    it.left.system.person_edits(one, title="two")
    with broken_after_the_next_write(it):
        it.sync()
    before = it.write_count()
    it.settle()
    assert (it.write_count(), it.pair(one)[1]["title"]) == (before, "two")


@contextmanager
def broken_after_the_next_write(it) -> Iterator[None]:
    stack: list[Any] = []

    def hook(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.after = None
            stack.append(broken(it.store.db))
            stack[0].__enter__()

    it.right.faults.after = hook
    try:
        with pytest.raises(StoreError):
            yield
    finally:
        stack[0].__exit__(None, None, None)


def test_a_worker_whose_lease_ran_out_commits_nothing(world):
    """98: it slept too long, another one took the bond over; its settlement is fenced off."""
    it = world()
    (one,) = opens(it, "one")
    it.settle()
    it.left.system.person_edits(one, title="two")

    def slept(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.after = None
            it.clock.advance(120)
            with another(it) as holder:
                [run] = it.store.recent(BOND)
                assert it.store.claim(BOND, holder=holder.id, run_id=run.id, now=it.clock.now(), limit=9, rounds=9)

    it.right.faults.after = slept
    report = it.sync()
    assert (report.status, type(report.error)) == ("failed", LeaseLost)
    it.clock.advance(120)
    it.settle()
    assert it.pair(one)[1]["title"] == "two"


def test_a_worker_that_may_have_lost_its_lease_asks_before_it_writes(world):
    """98: after half of the lease's life without a sign, no call is made on trust."""
    it = world()
    with Holder(it.store, name="me", kind="worker", clock=it.clock) as mine:
        taken_as = mine.id
        it.clock.advance(TTL + 1)
        mine.guard(taken_as)
        it.clock.advance(TTL + 1)
        with another(it), pytest.raises(LeaseLost):
            mine.guard(taken_as)
        # It lives on as another one, and takes nothing that it held for its own.
        mine.guard(mine.id)
        with pytest.raises(LeaseLost):
            mine.guard(taken_as)


def another(it):
    """Let another process come, which buries whoever shows no life."""
    return Holder(it.store, name="another", kind="worker", clock=it.clock)


def test_a_pause_takes_effect_before_the_next_write_and_resuming_goes_on(world):
    """99: what was under way is finished, nothing else is begun, nothing is lost."""
    it = world()
    opens(it, "one", "two", "three")
    it.right.faults.after = lambda raw: it.store.pause(BOND, by="ops", now=it.clock.now()) if writes(raw) else None
    report = it.sync()
    it.right.faults.clear()
    assert (report.status, type(report.error), len(it.right.system.ids())) == ("paused", Paused, 1)
    with it.counting() as calls, pytest.raises(Paused):
        it.sync()
    assert calls == {"left": [], "right": []}
    it.store.resume(BOND, by="ops", now=it.clock.now())
    it.settle()
    assert len(it.right.system.ids()) == len(it.links()) == 3


class Listener:
    """Takes down what a run plans."""

    def __init__(self) -> None:
        self.plans: list[Any] = []

    def planned(self, plan: Any) -> None:
        self.plans += [(plan.left_id, field.field, field.action, field.raw) for field in plan.fields]

    def creating(self, source: Side, record_id: str, values: Any, parked: Any) -> None:
        self.plans.append((source, record_id, dict(values), dict(parked)))

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def test_a_preview_shows_the_very_plan_that_the_run_carries_out(world):
    """100: the same links, fields and values; and the preview leaves no trace."""
    it = world()
    one, two = opens(it, "one", "two")
    it.settle()
    it.left.system.person_edits(one, title="edited", urgency=3)
    it.right.system.person_edits(it.partner(Side.LEFT, two), description="text")
    opens(it, "three")
    shown, done, before = Listener(), Listener(), it.write_count()
    with it.bench.preview(BOND, watcher=shown) as preview:
        run_bond(preview, owner="a preview", kind="plan")
    assert (it.write_count(), len(it.links())) == (before, 2)
    run_bond(it.bench.bond(BOND, watcher=done), owner="a test")
    assert shown.plans == done.plans != []


def test_no_secret_and_no_value_leaves_the_database(world):
    """101: neither in the journal, nor in logs, reports and errors."""
    it = world()
    with structlog.testing.capture_logs() as logs:
        one, *_ = opens(it, "Private Name", "Another Name")
        it.right.faults.next(faults.answer(422, {"error": "title: Private Name"}), faults.lose_answer, when=writes)
        it.sync()
        it.settle()
        it.left.system.person_edits(one, description="Private Text")
        it.right.faults.next(faults.answer(500), when=writes)
        it.sync()
    told = repr(
        [logs, it.store.read_journal(BOND, limit=1000), it.reports, it.held(), [str(r.error) for r in it.reports]]
    )
    assert not re.search("Private|Another Name", told)
    assert not any(secret in told for secret in SECRETS.values())


def test_a_typo_in_a_definition_is_refused_with_its_place_and_a_suggestion(tmp_path):
    """102: before anything is opened."""
    (tmp_path / "bond.yaml").write_text("version: 1\nbond: b\nmapping: m\nwokers: 2\n")
    with pytest.raises(DefinitionError, match=r"bond\.yaml:4:1: .*wokers.*workers"):
        load(tmp_path)


def test_one_run_pays_no_call_for_what_did_not_move(world):
    """A second run with nothing changed asks one page a side and writes nothing."""
    it = world()
    opens(it, *(f"record {number}" for number in range(5)))
    it.settle()
    with it.counting() as calls:
        it.sync(after=timedelta(minutes=5).total_seconds())
    assert [len(made) for made in calls.values()] == [1, 1]
