"""What has to be true when it is quiet: agreement, nothing lost, nothing doubled, nothing written in vain.

Edits are traced by cause and by what stood on both sides when they were made, never by clocks. ``Tape`` brings the
changes of both systems into the one order in which they were committed.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from threading import Lock
from typing import Any

from ebond.state import Side
from ebond.testing.fake_system import AUTOMATION
from ebond.testing.revision import Change
from tests.scenarios.world import World

Meant = Callable[[Any], Any]
FIELDS = ("title", "description", "status", "urgency", "cost")
_TEXT = ("title", "description")


class Tape:
    """Both systems' histories in one order."""

    def __init__(self, world: World) -> None:
        self.changes: list[tuple[Side, Change]] = []
        self._lock = Lock()
        # Looking through all changes for each record would take minutes for a thousand of them.
        self._by_record: dict[tuple[Side, str], list[tuple[int, Change]]] = {}
        for side in Side:
            world.end(side).system.history = _Recorder(self, side)

    def note(self, side: Side, change: Change) -> None:
        """Put a change at the end."""
        with self._lock:
            self._by_record.setdefault((side, change.record_id), []).append((len(self.changes), change))
            self.changes.append((side, change))

    def of_record(self, side: Side, record_id: str) -> list[tuple[int, Change]]:
        """Return the changes of one record with their places on the tape."""
        return self._by_record.get((side, record_id), [])

    def of(self, side: Side, record_id: str, name: str) -> list[tuple[int, Change]]:
        """Return the changes of one field with their places on the tape."""
        return [(at, change) for at, change in self.of_record(side, record_id) if change.field == name]


class _Recorder(list[Change]):
    def __init__(self, tape: Tape, side: Side) -> None:
        super().__init__()
        self._tape, self._side = tape, side

    def append(self, change: Change) -> None:
        super().append(change)
        self._tape.note(self._side, change)


@dataclass(frozen=True)
class Meaning:
    """What a field's value means, whatever form a system gave it."""

    world: World

    def of(self, side: Side, name: str, value: Any) -> Any:
        if value in (None, "", []):
            return None
        if name in _TEXT:
            return _plain(str(value))
        if name == "status":
            statuses = self.world.end(side).preset.statuses
            return statuses.index(str(value)) if str(value) in statuses else value
        places = 0 if name == "urgency" else 2
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _plain(text: str) -> str | None:
    while (bare := html.unescape(text)) != text:
        text = bare
    return " ".join(text.split()) or None


def check(world: World, tape: Tape, *, born: int) -> None:
    """Assert everything; ``born`` is how many records people opened, on both sides together."""
    nothing_doubled_or_missing(world, born=born)
    both_sides_agree(world)
    no_edit_silently_gone(world, tape)
    no_write_in_vain(world, tape)


def nothing_doubled_or_missing(world: World, *, born: int) -> None:
    """Every record that a person opened has exactly one partner."""
    links = world.links()
    assert sorted(links) == sorted(world.left.system.ids())
    assert sorted(links.values()) == sorted(world.right.system.ids())
    assert len(links) == born


def both_sides_agree(world: World) -> None:
    """Each field means the same on both sides, or is held with a reason."""
    held = {(one["left"], one["field"]) for one in world.store.held("fake-bond")}
    meaning = Meaning(world)
    for left_id, right_id in world.links().items():
        left, right = world.left.system.values(left_id), world.right.system.values(right_id)
        for name in FIELDS:
            one = meaning.of(Side.LEFT, name, left.get(name))
            two = meaning.of(Side.RIGHT, name, right.get(name))
            assert one == two or (left_id, name) in held, (left_id, right_id, name, left.get(name), right.get(name))


def no_edit_silently_gone(world: World, tape: Tape) -> None:
    """Whatever ebond wrote over had been made by ebond, or was known where the new value came from."""
    for left_id, right_id in world.links().items():
        for name in FIELDS:
            for side, mine, theirs in ((Side.LEFT, left_id, right_id), (Side.RIGHT, right_id, left_id)):
                own, other = tape.of(side, mine, name), tape.of(side.other, theirs, name)
                for place, (at, change) in enumerate(own):
                    if change.cause.startswith("api:") and place:
                        _knowingly(world, side, name, own[:place], (at, change), other)


def _knowingly(
    world: World,
    side: Side,
    name: str,
    before: list[tuple[int, Change]],
    write: tuple[int, Change],
    other: list[tuple[int, Change]],
) -> None:
    meaning = Meaning(world)

    def mine(value: Any) -> Any:
        return meaning.of(side, name, value)

    def theirs(value: Any) -> Any:
        return meaning.of(side.other, name, value)

    at, change = write
    replaced_at, replaced = before[-1]
    if replaced.cause.startswith("api:") or mine(replaced.after) == mine(change.after):
        return
    sources = [place for place, one in other if place < at and theirs(one.after) == mine(change.after)]
    assert sources, f"nobody wanted {change}"
    source = sources[-1]
    # What stood over there when the edit was made here, and what stood there until the new value came up.
    stood = [one for place, one in other if place < replaced_at][-1:]
    stood += [one for place, one in other if replaced_at < place < source]
    known = source > replaced_at and any(theirs(one.after) == mine(replaced.after) for one in stood)
    # The operator wished it so: this side's edits give way where both sides edited.
    wished = world.mapping.conflict == f"{side.other}_wins"
    assert known or wished or _put_back(before, other, mine, theirs), (
        f"{replaced} was written over by {change}, made of {source}"
    )


def _put_back(before: list[tuple[int, Change]], other: list[tuple[int, Change]], mine: Meant, theirs: Meant) -> bool:
    """The person had put back what stood there before, and nothing that stood in between stood on the other side.

    What was carried over there and put back there, too, had come to nothing on both sides.
    """
    *earlier, (last_at, last) = before
    same = [place for place, one in earlier if mine(one.after) == mine(last.after)]
    if not same:
        return False
    between = [mine(one.after) for place, one in earlier if place > same[-1]]
    carried = [place for place, one in other if same[-1] < place < last_at and one.cause.startswith("api:")
               and theirs(one.after) in between]  # fmt: skip
    undone = [place for place, one in other if place < last_at and theirs(one.after) == mine(last.after)]
    return not carried or (bool(undone) and undone[-1] > carried[-1])


def no_write_in_vain(world: World, tape: Tape) -> None:
    """A record is written no more often than its partner was edited, by hand or by automation."""
    for left_id, right_id in world.links().items():
        for side, mine, theirs in ((Side.LEFT, left_id, right_id), (Side.RIGHT, right_id, left_id)):
            edits = {
                (change.cause, change.counter)
                for _, change in tape.of_record(side.other, theirs)
                if change.cause.startswith("person:") or change.cause == AUTOMATION
            }
            # Its own creation, and once what the partner's system made of the partner's creation.
            own, other = world.end(side).system, world.end(side.other).system
            allowed = len(edits) + (mine in own.created_by_api) + (theirs in other.created_by_api)
            assert own.api_writes[mine] <= allowed, (side, mine, sorted(edits))
