"""Edge cases 39 to 66: edits are carried once, and nothing is written that nobody edited."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebond.gateway.wire import Raw
from ebond.state import Side
from ebond.testing import faults
from ebond.testing.habits import Automation, FieldHabits
from ebond.testing.interference import reads, writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.systems import KINDS
from tests.scenarios.world import BOND, changed

UPDATE = changed("plain").resource.update.model_dump()


def linked(it, **values: Any) -> tuple[str, str]:
    left = it.left.system.person_creates({"title": "one", "status": it.left.preset.statuses[0], **values})
    it.settle()
    return left, it.partner(Side.LEFT, left)


def with_habits(kind: str, **fields: FieldHabits):
    preset = PRESETS[kind]()
    return replace(preset, habits=replace(preset.habits, fields={**preset.habits.fields, **fields}))


def writes_of(it, act) -> int:
    """Count the writes that follow from an act until it is quiet."""
    before = it.write_count()
    act()
    it.settle()
    return it.write_count() - before


HABITS = {
    "trims": (FieldHabits(trim=True), "  padded  "),
    "escapes": (FieldHabits(html_escape=True), "a & b < c"),
    "folds": (FieldHabits(lower=True), "LOUD"),
    "newlines": (FieldHabits(lf=True), "two\r\nlines"),
    "truncates": (FieldHabits(truncate=20), "a text that is longer than the other side keeps"),
    "drops emoji": (FieldHabits(no_emoji=True), "fine \U0001f600"),
    "rounds": (FieldHabits(decimals=0), 2.4),
}


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto"])
@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS.keys())
def test_a_servers_own_form_costs_one_write_and_then_silence(world, kind, habit):
    """39: and it is not copied back over the original."""
    habits, value = habit
    name = "cost" if isinstance(value, float) else "description"
    it = world("plain", with_habits(kind, **{name: habits}))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, **{name: value})) == 1
    assert it.value(Side.LEFT, left, name) == value
    assert writes_of(it, lambda: it.left.system.person_edits(left, urgency=3)) == 1
    assert it.value(Side.LEFT, left, name) == value


def test_two_servers_that_both_escape_do_not_grow_a_text(world):
    """40: no write without a human edit, however often other fields are carried."""
    it = world(KINDS["escaping"](), KINDS["escaping"]())
    left, right = linked(it, description="a & b")
    texts = [it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")]
    for number in range(3):
        assert writes_of(it, lambda number=number: it.left.system.person_edits(left, urgency=number)) == 1
    assert [it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")] == texts


def test_a_declared_escape_does_not_grow_per_round_trip_either(world):
    """40: with html_escape declared, edits to and fro carry the plain text."""
    fields = changed("plain").resource.model_dump()["fields"]
    fields["description"]["normalise"] = ["html_escape"]
    escaping = changed("plain", fields=fields)
    habits = replace(escaping.habits, fields={"description": FieldHabits(html_escape=True)})
    it = world(replace(escaping, habits=habits), replace(escaping, habits=habits))
    left, right = linked(it, description="a & b")
    for number in range(3):
        it.right.system.person_edits(right, description=f"a & b {number}")
        it.settle()
    assert it.value(Side.LEFT, left, "description") == it.value(Side.RIGHT, right, "description") == "a &amp; b 2"


def test_an_edit_that_is_taken_back_before_the_next_run_is_not_written(world):
    """41: the record changed twice and is what it was."""
    it = world()
    left, _ = linked(it)
    it.left.system.person_edits(left, title="other")
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="one")) == 0


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto", "servicenow"])
def test_a_field_is_emptied_on_the_other_side_as_it_is_here(world, kind):
    """42: whatever form 'no value' has there, and then it is quiet."""
    it = world("plain", kind)
    left, right = linked(it, description="text")
    assert writes_of(it, lambda: it.left.system.person_edits(left, description=None)) == 1
    assert it.value(Side.RIGHT, right, "description") in (None, "")


def test_an_emoji_that_is_refused_holds_its_field_and_nothing_else(world):
    """45: the rest of the edit goes through, the reason is told, and it is not sent again."""
    it = world()
    left, right = linked(it)
    it.right.faults.always(
        faults.answer(422, {"error": "description: bad character"}), when=_holds(b"\\ud83d", "\U0001f600".encode())
    )
    it.left.system.person_edits(left, description="smile \U0001f600", urgency=2)
    it.settle()
    assert it.value(Side.RIGHT, right, "urgency") == 2
    assert [field for _, field, _ in it.held()] == ["description"]


def _holds(*parts: bytes):
    return lambda raw: writes(raw) and any(part in raw.content for part in parts)


def test_rich_text_that_does_not_round_trip_is_not_rewritten_where_nobody_edited_it(world):
    """46: the right side keeps markup that the left side strips; edits of other fields leave it alone."""
    fields = changed("plain").resource.model_dump()["fields"]
    fields["description"]["normalise"] = ["strip_html"]
    it = world("plain", changed("plain", fields=fields))
    right = it.right.system.person_creates({"title": "one", "status": "new", "description": "<b>bold</b> text"})
    it.settle()
    left = it.partner(Side.RIGHT, right)
    it.left.system.person_edits(left, urgency=1)
    it.settle()
    assert (it.value(Side.RIGHT, right, "description"), it.value(Side.LEFT, left, "description")) == (
        "<b>bold</b> text", "bold text",
    )  # fmt: skip


@pytest.mark.parametrize("side", list(Side))
def test_a_value_that_the_map_does_not_know_holds_its_field(world, side):
    """47, 65: in either direction, also one that comes up at run time; the other fields go on."""
    pairs = [{"left": one, "right": one} for one in ("new", "open")]
    rules = [{"left": "title", "right": "title"}, {"left": "status", "right": "status", "values": pairs}]
    it = world(mapping={"fields": rules})
    ids = dict(zip(Side, linked(it), strict=True))
    it.end(side).system.person_edits(ids[side], status="held", title="two")
    it.settle()
    assert it.value(side.other, ids[side.other], "title") == "two"
    assert [field for _, field, _ in it.held()] == ["status"]


def test_an_unknown_person_becomes_the_default_and_is_not_written_back(world):
    """65: the default is one write; the original stays what it is."""
    rule = {"left": "description", "right": "description", "values": [{"left": "ann", "right": "a.nn"}],
            "unmapped": "default", "default": {"right": "queue"}, "direction": "to_right"}  # fmt: skip
    it = world(mapping={"fields": [{"left": "title", "right": "title"}, rule]})
    left, right = linked(it, description="ann")
    assert writes_of(it, lambda: it.left.system.person_edits(left, description="bob")) == 1
    assert (it.value(Side.LEFT, left, "description"), it.value(Side.RIGHT, right, "description")) == ("bob", "queue")


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned"])
def test_a_field_that_is_silently_ignored_is_found_out_and_held(world, kind):
    """49: one write, then none; told by the answer or by what is read back."""
    it = world("plain", with_habits(kind, urgency=FieldHabits(read_only=True)))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, urgency=5)) <= 1
    assert [field for _, field, _ in it.held()] == ["urgency"]
    assert it.value(Side.LEFT, left, "urgency") == 5


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned"])
def test_what_automation_changes_in_reply_to_our_write_comes_back_once(world, kind):
    """50: one write there, one write here."""
    preset = PRESETS[kind]()
    automation = Automation(when="description", sets={"status": preset.statuses[1]})
    it = world("plain", replace(preset, habits=replace(preset.habits, automations=(automation,))))
    left, _ = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, description="please")) == 2
    assert it.value(Side.LEFT, left, "status") == it.left.preset.statuses[1]


@pytest.mark.parametrize("kind", ["plain", "versioned", "kinto", "roundup"])
def test_an_edit_that_lands_just_before_our_write_is_not_overwritten(world, kind):
    """51: the version no longer fits, so it is planned anew; the same field is a conflict then."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")

    def meanwhile(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.before = None
            it.right.system.person_edits(right, title="by the right")

    it.right.faults.before = meanwhile
    it.sync()
    it.settle()
    assert (it.value(Side.LEFT, left, "title"), it.value(Side.RIGHT, right, "title")) == ("by the left", "by the right")
    assert [(what, field) for what, field, _ in it.held()] == [("conflict", "title")]


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "servicenow"])
def test_an_edit_that_lands_just_after_our_write_is_carried(world, kind):
    """52: it is not taken for what we wrote."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")

    def meanwhile(raw: Raw) -> None:
        if writes(raw):
            it.right.faults.after = None
            it.right.system.person_edits(right, description="by the right")

    it.right.faults.after = meanwhile
    it.sync()
    it.settle()
    assert it.value(Side.LEFT, left, "description") == "by the right"
    assert it.value(Side.RIGHT, right, "title") == "by the left"


@pytest.mark.parametrize("etag", ["plain", "weak", "gzip"])
def test_what_proxies_make_of_an_entity_tag_harms_nothing(world, etag):
    """53: the precondition holds, and a version that changes without content is no edit."""
    preset = PRESETS["kinto"]()
    it = world("plain", preset, habits=(None, replace(preset.habits, etag=etag, bump_unchanged=True)))
    left, right = linked(it)
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="two")) == 0


@pytest.mark.parametrize("kind", ["plain", "bare", "versioned", "kinto"])
@pytest.mark.parametrize("fault", faults.COMMITTED.values(), ids=faults.COMMITTED.keys())
def test_a_change_whose_answer_is_lost_is_written_once(world, kind, fault):
    """54: the next look shows that both agree; there is no second entry in its history."""
    it = world("plain", kind)
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.right.faults.next(fault, when=writes)
    it.settle()
    changes = [one for one in it.right.system.history if one.field == "title" and one.after == "two"]
    assert (len(changes), it.right.system.api_writes[right]) == (1, 2)


def test_what_one_side_took_is_not_written_again_when_the_other_refuses(world):
    """55: the left is written, the right is in trouble; later only the right is written."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.right.system.person_edits(right, urgency=2)
    it.right.faults.always(faults.answer(500), when=writes)
    it.sync()
    before = it.left.system.api_writes[left]
    it.right.faults.clear()
    it.settle()
    assert (before, it.left.system.api_writes[left]) == (1, 1)
    assert it.pair(left)[1]["title"] == "two"


def test_a_first_meeting_that_breaks_off_is_finished_later(world):
    """55, 30: matched by hand; one side is written, the other is not reached: its difference is not forgotten."""
    it = world(bond={"match": {"keys": [["title"]]}})
    left = it.left.system.person_creates({"title": "one", "status": "new", "description": "only here"})
    right = it.right.system.person_creates({"title": "one", "status": "new", "urgency": 3})
    it.right.faults.always(faults.answer(500), when=writes)
    it.sync()
    it.right.faults.clear()
    it.settle()
    assert (it.value(Side.LEFT, left, "urgency"), it.value(Side.RIGHT, right, "description")) == (3, "only here")


def test_fields_that_are_tried_one_by_one_are_all_tried(world):
    """55, 36: the second of them breaks off; what was not sent is sent in a later run."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", description="text", urgency=2)
    it.right.faults.next(faults.answer(422), lambda app, raw: app(raw), faults.answer(500), when=writes)
    it.settle()
    values = it.right.system.values(right)
    assert (values["title"], values["description"], values["urgency"]) == ("two", "text", 2)


def test_an_edit_between_two_of_our_writes_is_not_overwritten(world):
    """51: fields are tried one by one, and somebody edits the last of them meanwhile."""
    it = world("plain", changed("plain", update={**UPDATE, "returns": "nothing"}))
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", urgency=2)
    it.right.faults.next(faults.answer(422), when=writes)
    count = []

    def meanwhile(raw: Raw) -> None:
        count.extend([raw] if writes(raw) else [])
        if len(count) == 2:
            it.right.faults.after = None
            it.right.system.person_edits(right, urgency=9)

    it.right.faults.after = meanwhile
    it.sync()
    it.settle()
    assert (it.value(Side.LEFT, left, "urgency"), it.value(Side.RIGHT, right, "urgency")) == (2, 9)
    assert [field for _, field, _ in it.held()] == ["urgency"]


def test_a_second_whole_write_does_not_put_back_what_the_first_changed(world):
    """PUT of the whole record: the fields are tried one by one, each on top of the last."""
    it = world("plain", changed("plain", update={**UPDATE, "method": "PUT", "style": "put_full"}))
    left, right = linked(it)
    it.left.system.person_edits(left, title="two", urgency=2)
    it.right.faults.next(faults.answer(422), when=writes)
    it.settle()
    assert (it.value(Side.RIGHT, right, "title"), it.value(Side.RIGHT, right, "urgency")) == ("two", 2)
    assert it.value(Side.LEFT, left, "title") == "two"


@pytest.mark.parametrize("status", [404, 410])
def test_a_record_that_is_gone_is_confirmed_before_it_is_believed(world, status):
    """56: not found twice while another record is readable; the other side is left as it is."""
    it = world(habits=(None, replace(PRESETS["plain"]().habits, gone_status=status)))
    left, right = linked(it)
    linked(it)
    it.right.system.person_deletes(right)
    it.left.system.person_edits(left, title="two")
    it.sync()
    assert it.store.summary(BOND).gone == 0
    for _ in range(3):
        it.sync(after=4000)
    assert (it.store.summary(BOND).gone, it.value(Side.LEFT, left, "title")) == (1, "two")


def test_not_found_is_not_believed_where_nothing_is_found(world):
    """56, 73: every read says 404, so it is not the records that are gone."""
    it = world()
    left, _ = linked(it)
    linked(it)
    it.right.faults.always(faults.answer(404), when=lambda raw: writes(raw) or "/tickets/" in raw.url)
    it.left.system.person_edits(left, title="two")
    for _ in range(4):
        it.sync(after=4000)
    assert it.store.summary(BOND).gone == 0
    it.right.faults.clear()
    for _ in range(4):
        it.sync(after=4000)
    assert it.pair(left)[1]["title"] == "two"


def test_a_record_that_goes_by_another_id_now_is_followed(world):
    """56: a read of the old id answers with the new one; the link is re-keyed, nothing is doubled."""
    it = world("plain", "bare")
    left, right = linked(it)
    system = it.right.system
    system._records["99"] = [replace(one, id="99") for one in system._records.pop(right)]
    it.right.faults.always(_moved(right, "99"), when=lambda raw: raw.url.endswith(f"/{right}"))
    it.left.system.person_edits(left, title="two")
    it.sync()
    it.sync()
    assert (it.links(), it.value(Side.RIGHT, "99", "title"), len(it.left.system.ids())) == ({left: "99"}, "two", 1)


def _moved(old: str, new: str):
    return lambda app, raw: app(replace(raw, url=raw.url.removesuffix(f"/{old}") + f"/{new}"))


def test_one_record_that_we_may_not_touch_holds_only_itself(world):
    """57: 403 on one record; the others go on."""
    it = world()
    one, two = linked(it), linked(it)
    it.right.faults.always(faults.answer(403), when=lambda raw: raw.url.endswith(f"/{one[1]}"))
    for left, _ in (one, two):
        it.left.system.person_edits(left, title="two", urgency=3)
    report = it.sync()
    it.settle()
    assert (report.ok, it.pair(two[0])[1]["title"], it.pair(one[0])[1]["title"]) == (True, "two", "one")
    assert {one["right"] for one in it.store.held(BOND)} == {one[1]}


def test_a_closed_record_holds_the_fields_that_it_does_not_take(world):
    """58: the system refuses one field of a closed record and takes another."""
    it = world()
    left, _ = linked(it)
    it.right.faults.always(faults.answer(422, {"error": "title is closed"}), when=_holds(b'"title"'))
    it.left.system.person_edits(left, title="two", urgency=3)
    it.settle()
    assert (it.pair(left)[1]["title"], it.pair(left)[1]["urgency"]) == ("one", 3)
    assert [field for _, field, _ in it.held()] == ["title"]


@pytest.mark.parametrize("mapping", [
    {"fields": [{"left": "title", "right": "title"}, {"left": "description", "right": "description"}]},
    {"fields": [{"left": "title", "right": "title"}, {"left": "urgency", "right": "urgency"},
                {"left": "cost", "right": "cost"}]},
], ids=["added", "removed and added"])  # fmt: skip
def test_a_field_that_is_added_to_the_mapping_starts_no_storm(world, mapping):
    """62: both sides were full and differed; nothing is written until somebody edits one."""
    before = [{"left": "title", "right": "title"}, {"left": "urgency", "right": "urgency"}]
    it = world(mapping={"fields": before})
    left, right = linked(it)
    it.left.system.person_edits(left, description="here", cost=1)
    it.right.system.person_edits(right, description="there", cost=2)
    it.settle()
    assert writes_of(it, lambda: it.redefine(mapping=mapping)) == 0
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1


def test_a_rule_that_means_another_field_now_starts_no_storm(world):
    """63: the name stays, the field behind it changes; the old field's base says nothing of the new one."""
    rule = {"name": "text", "left": "description", "right": "description"}
    it = world(mapping={"fields": [{"left": "title", "right": "title"}, rule]})
    left, right = linked(it, description="a text")
    it.right.system.person_edits(right, external_ref="their own number")
    it.settle()
    fields = [{"left": "title", "right": "title"}, {**rule, "right": "external_ref"}]
    assert writes_of(it, lambda: it.redefine(mapping={"fields": fields})) == 0
    assert writes_of(it, lambda: it.left.system.person_edits(left, title="two")) == 1
    assert it.value(Side.LEFT, left, "description") == "a text"


def test_a_field_that_becomes_two_way_starts_no_storm(world):
    """64: what the far side edited meanwhile stays there."""
    rule = {"left": "title", "right": "title"}
    it = world(mapping={"fields": [{**rule, "direction": "to_right"}]})
    left, right = linked(it)
    it.right.system.person_edits(right, title="their own")
    it.settle()
    assert writes_of(it, lambda: it.redefine(mapping={"fields": [rule]})) == 0
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="edited since")) == 1
    assert it.value(Side.LEFT, left, "title") == "edited since"


def test_a_conflict_resolved_while_new_edits_arrive_uses_what_stands_then(world):
    """60: one field is held; the others go on, and the person who makes both equal ends it."""
    it = world()
    left, right = linked(it)
    it.left.system.person_edits(left, title="by the left")
    it.right.system.person_edits(right, title="by the right")
    it.settle()
    it.left.system.person_edits(left, title="by the right", urgency=4)
    it.settle()
    assert (it.held(), it.value(Side.RIGHT, right, "urgency")) == ([], 4)
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="free again")) == 1


def test_a_precondition_that_never_holds_parks_the_link(world):
    """93, 51: 412 on every write; it is tried ever more rarely, then a human has to look, and other links go on."""
    it = world()
    one, two = linked(it), linked(it)
    it.right.faults.always(faults.answer(412), when=lambda raw: writes(raw) and raw.url.endswith(f"/{one[1]}"))
    for left, _ in (one, two):
        it.left.system.person_edits(left, title="two")
    for _ in range(8):
        it.sync(after=7200)
    assert (it.pair(two[0])[1]["title"], [what for what, *_ in it.held()]) == ("two", ["link"])
    with it.counting() as calls:
        it.sync(after=7200)
    assert not any(call.startswith("PATCH") for call in calls["right"])


def test_reads_that_fail_after_a_write_lose_nothing(world):
    """49, 52: what was written is not shown for a while, then it is."""
    it = world("plain", "bare")
    left, right = linked(it)
    it.left.system.person_edits(left, title="two")
    it.sync()
    it.right.faults.next(*[faults.answer(500)] * 9, when=lambda raw: reads(raw) and "/tickets/" in raw.url)
    it.sync()
    it.right.faults.clear()
    assert writes_of(it, lambda: it.right.system.person_edits(right, title="three")) == 1
    assert it.value(Side.LEFT, left, "title") == "three"


@pytest.mark.parametrize(("apart", "winner"), [(0.4, None), (2.0, "right")])
def test_the_newest_edit_wins_only_where_both_stamps_can_tell(world, apart, winner):
    """61: one side has whole seconds; within one of them the conflict is held."""
    it = world("plain", changed("plain", updated_stamp={"format": "iso_z", "granularity": "1s"}), mapping={
        "conflict": "newest_wins"
    })  # fmt: skip
    left, right = linked(it)
    it.left.system.person_edits(left, title="left")
    it.clock.advance(apart)
    it.right.system.person_edits(right, title="right")
    it.sync()
    assert it.value(Side.LEFT, left, "title") == (winner or "left")
    assert [field for _, field, _ in it.held()] == ([] if winner else ["title"])
