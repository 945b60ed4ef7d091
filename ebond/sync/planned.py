"""What a plan for one link says, and by which policies it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ebond.errors import ValueParked, ValueWaits
from ebond.mapping.frozen import fingerprint
from ebond.state import Awaited, Hold, Side
from ebond.sync.merge import Action


@dataclass(frozen=True, slots=True)
class Policy:
    """The bond's policies as planning needs them."""

    differences: str = "policy"
    flip_limit: int = 3
    flip_window: float = 3600.0
    stamp_step: timedelta = timedelta(0)
    """The coarser granularity of both sides' stamps: within it, nobody can tell which edit is newer."""
    salt: str = ""
    """Digest of the mapping: after a change of mapping every held field is looked at again."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What is done about one rule of a link, and why."""

    rule: str
    action: Action
    reason: str
    left: Any
    """The raw value on the left, which the plan was made from."""
    right: Any
    field: str = ""
    """The field that is written, where one is."""
    raw: Any = None
    """The raw value that is written."""
    lossy: bool = False
    ignored: Side | None = None
    """The side that did not take our last write of this field."""
    onward: bool = False
    """Both lists were merged: what is written here goes on to the other side afterwards."""
    kind: str = "parked"
    """How a field is held that cannot be carried: see ``state.Hold``."""
    awaits: tuple[Awaited, ...] = ()
    """The records that it waits for."""
    by: str = ""
    """Who decided it, where an operator did."""

    def value(self, side: Side) -> Any:
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What is done about one link; fields without a word were not touched by anyone."""

    link_id: int
    left_id: str
    right_id: str
    mark: int
    fields: tuple[FieldPlan, ...]
    holds: tuple[Hold, ...]

    def writes(self, side: Side) -> tuple[FieldPlan, ...]:
        """Return the fields that are written on a side."""
        return tuple(field for field in self.fields if field.action.target is side)

    @property
    def rests(self) -> bool:
        """True where nothing is written."""
        return all(field.action.target is None for field in self.fields)

    @property
    def quiet(self) -> bool:
        """True where nothing is written and nothing is held."""
        return not self.holds and self.rests


def parked_field(rule: str, why: ValueParked, left: Any, right: Any, *, by: str = "") -> FieldPlan:
    """Return the plan of a field whose value cannot be carried."""
    awaits = why.awaits if isinstance(why, ValueWaits) else ()
    return FieldPlan(rule, Action.PARK, str(why), left, right, kind=why.kind, awaits=awaits, by=by)


def digest(value: Any, salt: str = "") -> str:
    """Return a short fingerprint of a raw value, for holds and the journal, which never keep values."""
    return fingerprint(value, size=8, salt=salt.encode()).hex()


def flip_digest(field: FieldPlan) -> str:
    """Return the fingerprint that the loop guard compares: the agreed value, always in the right side's terms."""
    return digest(field.raw if field.action is Action.WRITE_RIGHT else field.right)
