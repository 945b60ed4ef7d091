"""Somebody edits a new record before ebond knows its id (24, 29): the edit is carried, or held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebond.state import Side
from ebond.testing import faults
from ebond.testing.wiring import PRESETS
from tests.scenarios.checks import Tape, check
from tests.scenarios.test_create_once import ONCE, creates
from tests.scenarios.world import changed


def _replaying(**changes):
    preset = changed("plain", **changes)
    return replace(preset, habits=replace(preset.habits, idempotency_replays=True))


BY_KEY_ALONE = {"lookup": None, "correlation": None}
SILENT = {**PRESETS["plain"]().resource.create.model_dump(), "returns": "nothing"}
UPSERT = {**SILENT, "method": "PUT", "path": "/tickets/by-ref/{sync_id}", "once": {"kind": "upsert"}}
KINDS = {
    **{name: PRESETS[name]() for name in ONCE},
    "replaying": _replaying(),
    "replaying, no look-up": _replaying(**BY_KEY_ALONE),
    "replaying, no read": _replaying(**BY_KEY_ALONE, read=None),
    "replaying, no body": _replaying(**BY_KEY_ALONE, create=SILENT),
    "replaying, no body, no read": _replaying(**BY_KEY_ALONE, create=SILENT, read=None),
    "upsert": changed("plain", create=UPSERT),
    "upsert, no look-up": changed("plain", create=UPSERT, lookup=None),
}
EDITS = {
    "what was sent": {"title": "by the right"},
    "what was not sent": {"description": "by the right"},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_edit_made_before_the_record_is_known_is_carried_or_held(world, kind, lost, edit):
    """The answer is lost, once or again and again, while the feed goes on past the edit."""
    it = world("plain", kind)
    tape = Tape(it)
    left = it.left.system.person_creates({"title": "one", "status": "new"})
    it.right.faults.next(*[faults.lose_answer] * lost, when=creates(it))
    it.sync(after=4000)
    (right,) = it.right.system.ids()
    it.right.system.person_edits(right, **edit)
    it.clock.advance(4000)
    it.right.system.person_creates({"title": "another", "status": kind.statuses[0]})
    it.settle()
    check(it, tape, born=2)
    ((name, wanted),) = edit.items()
    held = [field for _, field, _ in it.held()]
    assert it.value(Side.LEFT, left, name) == wanted or held == [name]
    assert it.value(Side.RIGHT, right, name) == wanted
