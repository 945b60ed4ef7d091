"""Edge cases 20 to 22: what systems notify us of, in every order and number, true and forged."""

from __future__ import annotations

import pytest

from ebond.errors import StoreError
from ebond.state import Side
from ebond.sync.heard import AGAIN
from ebond.testing import faults
from ebond.testing.interference import writes
from tests.scenarios.hook import Hook
from tests.scenarios.test_edge_observation import lists, opens
from tests.scenarios.world import BOND


@pytest.fixture
def hook(world):
    return lambda **options: Hook(world, **options)


def settled(hook: Hook, title: str = "before") -> str:
    (one,) = opens(hook.world, title)
    hook.world.settle()
    return one


def test_an_edit_reaches_the_other_side_with_one_read_and_no_list(hook):
    """21: nobody waits for the poll, and only the record that was named is read."""
    it = hook()
    one = settled(it)
    it.world.left.system.person_edits(one, title="after")
    assert (it.tells(one), it.rung) == (204, [BOND])
    with it.world.counting() as calls:
        report = it.work()
    assert (report.ok, report.books.balanced, it.world.pair(one)[1]["title"]) == (True, True, "after")
    assert len(calls["left"]) == 1
    assert not any("/tickets?" in call for call in (*calls["left"], *calls["right"]))


def test_a_poll_that_was_asked_for_meanwhile_is_still_made(hook):
    """21: a run that reads no list is none that the schedule asked for."""
    it = hook()
    one = settled(it)
    it.tells(one)
    it.world.store.ask(BOND, it.world.clock.now())
    it.work()
    now = it.world.clock.now()
    assert (it.world.store.overdue(now=now), it.world.store.notices(BOND, now=now, limit=9)) == ([BOND], [])


def test_duplicates_and_old_ones_do_nothing_twice(hook):
    """21: said three times, and once more a minute later in the wrong order: written once."""
    it = hook()
    one = settled(it)
    early = it.says(one, title="an old one")
    it.world.left.system.person_edits(one, title="after")
    for _ in range(3):
        it.tells(one)
    it.work()
    before = it.world.write_count()
    assert it.sends(*early) == 204
    it.work(after=60)
    assert (it.world.write_count(), it.world.pair(one)[1]["title"]) == (before, "after")


def test_what_a_notification_says_of_a_record_is_not_believed(hook):
    """21: values in the payload, signed or not, go nowhere."""
    it = hook()
    one = settled(it)
    it.tells(one, title="made up")
    it.work()
    assert [side["title"] for side in it.world.pair(one)] == ["before", "before"]


@pytest.mark.parametrize("change", ["secret", "body", "header", "late"])
def test_a_forged_or_replayed_one_is_refused_and_causes_nothing(hook, change):
    """21: another secret, another body, no signature, or one that was caught a while ago."""
    it = hook()
    one = settled(it)
    headers, body = it.says(one)
    match change:
        case "secret":
            headers = it.signed(body, secret="guessed")
        case "body":
            body = body.replace(b"changed", b"created")
        case "header":
            del headers["X-Signature"]
        case "late":
            it.world.clock.advance(301)
    with it.world.counting() as calls:
        assert it.sends(headers, body) == 401
        assert it.work() is None
    assert (calls, it.rung) == ({"left": [], "right": []}, [])
    assert it.outcomes == ["replayed" if change == "late" else "forged"]


def test_an_unknown_record_has_the_list_read_which_tells_whether_it_belongs(hook):
    """21: a new ticket is carried over at once, and one that no list shows is nobody's."""
    it = hook()
    settled(it)
    (new,) = opens(it.world, "new")
    it.tells(new)
    it.tells("no-such-ticket")
    assert it.rung == []
    assert it.work() is None
    report = it.work(after=5)
    assert (report.ok, it.world.pair(new)[1]["title"]) == (True, "new")
    assert it.work(after=86_400) is None
    assert it.world.store.known(BOND, Side.LEFT, ["no-such-ticket"]) == {}


def test_an_unknown_record_is_read_by_id_where_the_contract_says_so(hook):
    """21: no list is read for it."""
    it = hook(unknown="read")
    settled(it)
    (new,) = opens(it.world, "new")
    it.tells(new)
    with it.world.counting() as calls:
        report = it.work()
    assert (report.ok, it.world.pair(new)[1]["title"]) == (True, "new")
    assert not any("/tickets?" in call for call in calls["left"])


def test_one_that_comes_before_the_record_is_readable_is_tried_again(hook):
    """22: not found is not deleted: a record that was never seen is looked for later, and then carried over."""
    it = hook(unknown="read")
    settled(it)
    it.tells("L9")
    first = it.work()
    assert (first.ok, first.books.balanced, it.world.store.summary(BOND).gone) == (True, True, 0)
    assert it.work(after=1) is None
    it.world.left.system.person_creates({"title": "late", "status": "new"}, record_id="L9")
    it.work(after=10)
    assert it.world.pair("L9")[1]["title"] == "late"


def test_one_that_is_never_readable_is_given_up_and_the_list_may_still_show_it(hook):
    """22: after some tries the poll is the safety net; nothing waits for a human, nothing was deleted."""
    it = hook(unknown="read")
    settled(it)
    it.tells("L9")
    tries = 0
    while it.work(after=3600) is not None:
        tries += 1
    assert (tries, it.world.held(), it.world.store.summary(BOND).gone) == (1 + len(AGAIN), [], 0)
    it.world.settle()
    it.world.left.system.person_creates({"title": "at last", "status": "new"}, record_id="L9")
    it.world.settle()
    assert it.world.pair("L9")[1]["title"] == "at last"


def test_a_record_that_was_deleted_is_doubted_twice_like_any_other(hook):
    """22: a notification is no evidence of a deletion either."""
    it = hook()
    one, _ = settled(it), settled(it, "another")
    it.world.left.system.person_deletes(one)
    it.tells(one)
    it.work()
    assert it.world.store.summary(BOND).gone == 0
    it.world.sync()
    assert it.world.store.summary(BOND).gone == 1


def test_a_slow_page_that_is_older_than_the_read_of_a_notification_does_not_overwrite_it(hook):
    """20, 21: the poll's page was made before the edit that the notification was about."""
    it = hook()
    one, pages = settled(it), []
    it.world.left.system.person_edits(one, title="middle")
    it.world.left.faults.next(lambda app, raw: pages.append(app(raw)) or pages[0], when=lists)
    it.world.sync()
    it.world.left.system.person_edits(one, title="after")
    it.tells(one)
    it.work()
    before = it.world.write_count()
    it.world.left.faults.next(lambda _app, _raw: pages[0], when=lists)
    report = it.world.sync(after=1)
    assert (len(pages), report.ok, it.world.write_count()) == (1, True, before)
    assert [side["title"] for side in it.world.pair(one)] == ["after", "after"]


def test_our_own_new_record_that_is_notified_before_its_create_is_over_is_not_created_back(hook):
    """21, 29: the system is faster than its own answer, which is lost."""
    it = hook(unknown="read")
    settled(it)
    it.world.right.system.person_creates({"title": "from the right", "status": "new"})
    it.world.left.faults.next(faults.lose_answer, when=writes)
    it.world.sync()
    (ours,) = it.world.left.system.created_by_api[-1:]
    it.tells(ours)
    it.work(after=60)
    it.world.settle()
    assert (len(it.world.left.system.ids()), len(it.world.right.system.ids())) == (2, 2)


def test_a_database_that_is_away_has_the_system_send_it_again(hook, monkeypatch):
    """22: what is not kept is not said to be."""
    it = hook()
    one = settled(it)
    monkeypatch.setattr(it.world.store, "note_told", away)
    assert (it.tells(one), it.outcomes) == (503, ["failed"])


def away(*_, **__):
    raise StoreError("the database is away")
