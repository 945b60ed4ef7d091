"""Small ways to say what the tests of edge cases do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ebond.state import Side
from ebond.testing.habits import FieldHabits
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS


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


def holding(*parts: bytes):
    """Match the writes that hold any of these bytes."""
    return lambda raw: writes(raw) and any(part in raw.content for part in parts)
