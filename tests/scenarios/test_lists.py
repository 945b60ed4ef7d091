"""Lists that both sides change are merged item by item, whatever the systems answer."""

from __future__ import annotations

import pytest

from ebond.state import Side

FIELDS = [
    {"left": "title", "right": "title"},
    {"left": "labels", "right": "labels", "conflict": "merge"},
]
KINDS = ("plain", "bare", "versioned", "kinto", "servicenow", "roundup")


def labelled(world, left="plain", right="plain", labels=("a", "b", "c")):
    it = world(left, right, mapping={"fields": FIELDS})
    one = it.left.system.person_creates(
        {"title": "Printer", "status": it.left.preset.statuses[0], "labels": raw(it.left, labels)}
    )
    it.settle()
    return it, one, it.partner(Side.LEFT, one)


def raw(end, labels):
    """Write labels as a system keeps them."""
    separator = end.resource.fields["labels"].separator
    return list(labels) if separator is None else separator.join(labels)


def labels_of(it):
    """Return what both sides hold, sorted."""
    found = []
    for end, record in ((it.left, next(iter(it.links()))), (it.right, next(iter(it.links().values())))):
        value = end.system.values(record).get("labels") or []
        separator = end.resource.fields["labels"].separator
        found.append(sorted(value.split(separator) if isinstance(value, str) else value))
    return found


@pytest.mark.parametrize("right", KINDS)
@pytest.mark.parametrize("left", KINDS)
def test_one_adds_and_the_other_removes(world, left, right):
    """84: A label added here and another one removed there, at the same time: both hold on both sides."""
    it, ours, theirs = labelled(world, left, right)
    it.left.system.person_edits(ours, labels=raw(it.left, ["a", "b", "c", "here"]))
    it.right.system.person_edits(theirs, labels=raw(it.right, ["b", "c", "there"]))
    it.settle()
    assert (labels_of(it), it.held()) == ([["b", "c", "here", "there"]] * 2, [])


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(2))
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", ["plain", "bare"])
def test_a_crash_around_a_merge_loses_nothing(world, kind, side, at, before):
    """The process dies around one of the two writes of a merge: in the end both sides hold all of it."""
    it, ours, theirs = labelled(world, kind, kind)
    it.left.system.person_edits(ours, labels=["a", "b", "c", "here"])
    it.right.system.person_edits(theirs, labels=["b", "c", "there"])
    it.crashing_sync(it.end(side), at=at, before=before)
    it.settle()
    assert (labels_of(it), it.held()) == ([["b", "c", "here", "there"]] * 2, [])


def test_a_merged_list_costs_a_write_a_side(world):
    """Two edits of one list: one write on each side, and then it is quiet."""
    it, ours, theirs = labelled(world)
    it.left.system.person_edits(ours, labels=["a", "b", "c", "here"])
    it.right.system.person_edits(theirs, labels=["b", "c", "there"])
    before = it.write_count()
    it.settle()
    assert it.write_count() - before == 2


def test_two_lists_that_meet_first_are_united(world):
    """Records that are matched keep the labels of both."""
    it = world(mapping={"fields": FIELDS}, bond={"match": {"keys": [["title"]]}})
    for end, label in ((it.left, "ours"), (it.right, "theirs")):
        end.system.person_creates({"title": "Printer", "status": "new", "labels": ["both", label]})
    it.settle()
    assert labels_of(it) == [["both", "ours", "theirs"]] * 2
