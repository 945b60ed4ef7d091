"""Edge cases 56 to 58: records that are gone, go by another id, are closed or not ours to touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.edges import holding, linked
from tests.scenarios.world import BOND


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


def test_a_record_that_goes_by_another_id_may_count_its_versions_anew(world):
    """56, 76: it is no restored one: nothing is parked, edits are carried, and the books balance."""
    it = world("plain", "versioned", bond={"schedule": {"every": "1m", "sweep_every": "1h"}})
    left, right = linked(it)
    for number in range(3):
        it.right.system.person_edits(right, description=f"{number}")
        it.settle()
    system = it.right.system
    system._records["99"] = [replace(one, id="99", counter=1) for one in system._records.pop(right)]
    it.right.faults.always(_moved(right, "99"), when=lambda raw: raw.url.endswith(f"/{right}"))
    it.right.system.person_edits("99", title="two")
    it.settle()
    assert (it.links(), it.held(), it.value(Side.LEFT, left, "title")) == ({left: "99"}, [], "two")


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
    it.right.faults.always(faults.answer(422, {"error": "title is closed"}), when=holding(b'"title"'))
    it.left.system.person_edits(left, title="two", urgency=3)
    it.settle()
    assert (it.pair(left)[1]["title"], it.pair(left)[1]["urgency"]) == ("one", 3)
    assert [field for _, field, _ in it.held()] == ["title"]
