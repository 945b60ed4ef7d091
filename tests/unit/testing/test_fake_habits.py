"""Each habit of a fake system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ebond.testing.clock import ManualClock
from ebond.testing.fake_system import FakeSystem
from ebond.testing.habits import Automation, FieldHabits, Habits
from ebond.testing.revision import Refusal


def system_with(clock: ManualClock, **title: object) -> FakeSystem:
    return FakeSystem(Habits(fields={"title": FieldHabits(**title)}), clock=clock)


@pytest.mark.parametrize(
    ("habit", "sent", "kept"),
    [
        ({}, " A&b ", " A&b "),
        ({"trim": True}, "  a ", "a"),
        ({"lf": True}, "a\r\nb", "a\nb"),
        ({"lower": True}, "AbC", "abc"),
        ({"no_emoji": True}, "a🙂é", "aé"),
        ({"html_escape": True}, "a & <b>", "a &amp; &lt;b&gt;"),
        ({"html_escape": True}, "a &amp; b", "a &amp;amp; b"),
        ({"truncate": 3}, "abcdef", "abc"),
        ({"decimals": 1}, 2.25, 2.3),
        ({"decimals": 0}, 2.5, 3),
        ({"as_text": True}, 4, "4"),
        ({"as_text": True}, True, "true"),
        ({"empty": "null"}, "", None),
        ({"empty": "kept"}, "", ""),
        ({"read_only": True}, "a", None),
        ({"ignored_at_create": True}, "a", None),
        ({"default": "d"}, "a", "a"),
    ],
)
def test_a_value_is_stored_by_its_habits(
    clock: ManualClock, habit: dict[str, object], sent: object, kept: object
) -> None:
    """What the API writes is kept as the field's habits say."""
    system = system_with(clock, **habit)
    revision = system.create({"title": sent}, cause="api:1")
    assert revision.values.get("title") == kept


def test_defaults_fill_what_a_create_leaves_out(clock: ManualClock) -> None:
    """A default appears only where the create left the field out."""
    system = system_with(clock, default="new")
    assert system.values(system.person_creates({})) == {"title": "new"}


@pytest.mark.parametrize(
    ("habit", "value", "status"),
    [
        ({"required": True}, "", 422),
        ({"max": 3}, "abcd", 422),
        ({"values": ("a", "b")}, "c", 422),
        ({"unique": True}, "taken", 409),
    ],
)
def test_bad_values_are_refused(clock: ManualClock, habit: dict[str, object], value: str, status: int) -> None:
    """Required, bounded, enumerated and unique fields refuse with their status, and nothing is stored."""
    system = FakeSystem(Habits(fields={"title": FieldHabits(**habit)}), clock=clock)
    ok = "taken" if status == 409 else "a"
    system.person_creates({"title": ok})
    with pytest.raises(Refusal) as refusal:
        system.create({"title": value}, cause="api:1")
    assert (refusal.value.status, len(system.ids())) == (status, 1)


@pytest.mark.parametrize(("habit", "kept"), [("clears", None), ("ignored", "a")])
def test_null_clears_or_is_ignored(clock: ManualClock, habit: str, kept: str | None) -> None:
    """A JSON null means 'clear' to some systems and nothing to others."""
    system = system_with(clock, null=habit)
    made = system.person_creates({"title": "a"})
    system.update(made, {"title": None}, cause="api:1")
    assert system.values(made).get("title") == kept


def test_people_may_edit_what_the_api_may_not(clock: ManualClock) -> None:
    """A read-only field is read-only to the API alone."""
    system = system_with(clock, read_only=True)
    made = system.person_creates({"title": "by hand"})
    system.update(made, {"title": "by call"}, cause="api:1")
    assert system.values(made) == {"title": "by hand"}


def test_automation_moves_a_field_when_another_is_written(clock: ManualClock) -> None:
    """A note moves the status by itself, and history says that a rule did it."""
    rule = Automation(when="note", sets={"status": "open"}, only_if={"status": "new"})
    system = FakeSystem(Habits(automations=(rule,)), clock=clock)
    made = system.person_creates({"status": "new", "note": "a"})
    system.update(made, {"note": "b"}, cause="api:7")
    assert system.values(made)["status"] == "open"
    assert [(c.cause, c.field) for c in system.history[2:]] == [("api:7", "note"), ("automation", "status")]


def test_history_follows_edits_by_cause(clock: ManualClock) -> None:
    """Each edit by hand has a cause of its own, with what stood before and after."""
    system = FakeSystem(clock=clock)
    made = system.person_creates({"title": "a"})
    cause = system.person_edits(made, title="b")
    last = system.history[-1]
    assert (last.cause, last.record_id, last.before, last.after) == (cause, made, "a", "b")
    assert cause == "person:2"


def test_api_writes_are_counted_per_record(clock: ManualClock) -> None:
    """The count holds what calls did, not what people did, and also writes that changed nothing."""
    system = FakeSystem(clock=clock)
    made = system.person_creates({"title": "a"})
    system.update(made, {"title": "a"}, cause="api:1")
    system.person_edits(made, title="b")
    assert system.api_writes == {made: 1}


@pytest.mark.parametrize(("bump", "counter"), [(False, 1), (True, 2)])
def test_a_write_that_changes_nothing_may_make_a_version(clock: ManualClock, bump: bool, counter: int) -> None:
    """Some systems count every write, others only changes."""
    system = FakeSystem(Habits(bump_unchanged=bump), clock=clock)
    made = system.person_creates({"title": "a"})
    system.update(made, {"title": "a"}, cause="api:1")
    assert system.get(made).counter == counter


def test_a_write_of_nothing_may_be_refused(clock: ManualClock) -> None:
    """'No properties found' is a refusal in some systems."""
    system = FakeSystem(Habits(nothing_refused=True), clock=clock)
    made = system.person_creates({"title": "a"})
    with pytest.raises(Refusal, match="no properties"):
        system.update(made, {}, cause="api:1")


def test_the_index_lags_behind(clock: ManualClock) -> None:
    """Lists show a change only after the lag; a read by id shows it at once."""
    system = FakeSystem(Habits(lag=30), clock=clock)
    made = system.person_creates({"title": "a"})
    clock.advance(60)
    system.person_edits(made, title="b")
    shown = [revision.values["title"] for revision in system.indexed()]
    clock.advance(30)
    later = [revision.values["title"] for revision in system.indexed()]
    assert (shown, later, system.values(made)["title"]) == (["a"], ["b"], "b")


def test_the_clock_may_be_wrong(clock: ManualClock) -> None:
    """A skewed system stamps in its own time."""
    system = FakeSystem(Habits(skew=600), clock=clock)
    assert system.get(system.person_creates({})).updated == clock.now() + timedelta(minutes=10)


def test_stamps_may_increase_strictly(clock: ManualClock) -> None:
    """Two changes at one moment get stamps a step apart."""
    system = FakeSystem(Habits(stamp_step=0.001), clock=clock)
    first, second = system.person_creates({}), system.person_creates({})
    assert system.get(second).updated - system.get(first).updated == timedelta(milliseconds=1)


def test_a_stamp_may_be_forced(clock: ManualClock) -> None:
    """A record of 2099 can be made, once."""
    system = FakeSystem(clock=clock)
    system.stamp_next(datetime(2099, 1, 1, tzinfo=UTC))
    assert system.get(system.person_creates({})).updated.year == 2099
    assert system.get(system.person_creates({})).updated == clock.now()


@pytest.mark.parametrize("status", [404, 410])
def test_deleted_records_are_gone(clock: ManualClock, status: int) -> None:
    """A deleted record answers 404 or 410."""
    system = FakeSystem(Habits(gone_status=status), clock=clock)
    made = system.person_creates({})
    system.person_deletes(made)
    with pytest.raises(Refusal) as refusal:
        system.get(made)
    assert (refusal.value.status, system.ids()) == (status, [])


def test_retired_records_answer_and_refuse_writes(clock: ManualClock) -> None:
    """A retired record can be read and not written."""
    system = FakeSystem(Habits(delete="retired"), clock=clock)
    made = system.person_creates({"title": "a"})
    system.person_deletes(made)
    assert system.get(made).deleted
    with pytest.raises(Refusal, match="retired"):
        system.update(made, {"title": "b"}, cause="api:1")


@pytest.mark.parametrize(("kind", "versions"), [("counter", ("1", "2")), ("none", (None, None))])
def test_versions(clock: ManualClock, kind: str, versions: tuple[str | None, str | None]) -> None:
    """A version is a counter, or there is none."""
    system = FakeSystem(Habits(version=kind), clock=clock)
    made = system.person_creates({"title": "a"})
    before = system.version(system.get(made))
    system.person_edits(made, title="b")
    assert (before, system.version(system.get(made))) == versions


def test_an_etag_changes_with_each_change(clock: ManualClock) -> None:
    """A hash of the content is another one after an edit and after its revert."""
    system = FakeSystem(Habits(version="etag"), clock=clock)
    made = system.person_creates({"title": "a"})
    tags = {system.version(system.get(made))}
    for title in ("b", "a"):
        system.person_edits(made, title=title)
        tags.add(system.version(system.get(made)))
    assert len(tags) == 3
