"""What follows from a deletion: a decision table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from ebond.definitions.parting import PartnerDeleted
from ebond.mapping.compile import CompiledMapping
from ebond.parting import Parting, PartingState
from ebond.state import LinkState, Side
from ebond.sync.movement import Movement, movement

_HELD: Final = (
    "deleted on the {gone}, and edited on the {left} since it was last in step: "
    "let `ebond resolve` keep it or follow all the same, take the edit back, or bring the deleted record back"
)


class Step(Enum):
    """What is done next about a link of which a record was deleted."""

    NOTHING = auto()
    CARRY = auto()
    """The policy is carried out on the record that is left."""
    HOLD = auto()
    KEEP = auto()
    """The record that is left stays as it is, and the link ends."""
    END = auto()
    """Both are gone, and the link ends without a call."""
    RELEASE = auto()
    """The deleted record is back, and nothing was done: the link goes on."""
    REOPEN = auto()
    """The deleted record is back: what was set on the other one is put back."""
    PART = auto()
    """One record is back, the other is gone for good: the link is dissolved, the record makes a new one."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A step and why."""

    step: Step
    reason: str = ""


def decide(gone: frozenset[Side], policy: PartnerDeleted, parting: Parting | None, *, edited: bool) -> Decided:
    """Decide about one link.

    ``policy`` is that of the side whose record is left, ``edited`` says whether that record was edited.

    =============  ==================  =====================================  ========
    gone           parting             situation                              step
    =============  ==================  =====================================  ========
    both           none, or not ended                                         end
    both           ended                                                      nothing
    one            ended, wrote or     it is the side that was gone           nothing
                   kept                it is the other side                   release
    one            ended, deleted      the other record is back               part
    one            any other           policy ignore                          nothing, or release
    one            any other           edited, as the policy has it           hold or keep
    one            any other           not edited                             carry
    none           ended, begun, held  something was set                      reopen
    none           begun, deleting     nobody knows whether it was            reopen
    none           any other                                                  release
    =============  ==================  =====================================  ========
    """
    ended = parting is not None and parting.state is PartingState.ENDED
    if len(gone) == len(Side):
        return Decided(Step.NOTHING if ended else Step.END, "deleted on both sides")
    if not gone:
        return _back(parting)
    (side,) = gone
    if parting is not None and ended:
        if parting.how in ("delete", "both"):
            return Decided(Step.PART, f"it came back on the {side.other}, and the {side} record is deleted")
        return Decided(Step.NOTHING if parting.gone is side else Step.RELEASE)
    if policy.policy == "ignore":
        return Decided(Step.RELEASE if parting else Step.NOTHING)
    if edited:
        if policy.edited == "keep":
            return Decided(Step.KEEP, f"deleted on the {side}; the {side.other} record was edited and is kept")
        return Decided(Step.HOLD, _HELD.format(gone=side, left=side.other))
    return Decided(Step.CARRY, f"deleted on the {side}")


def _back(parting: Parting | None) -> Decided:
    if parting is None:
        return Decided(Step.NOTHING)
    tried = parting.state in (PartingState.ENDED, PartingState.BEGUN)
    touched = (tried and parting.how == "delete") or (bool(parting.sent) and (tried or _is_held(parting)))
    return Decided(Step.REOPEN if touched else Step.RELEASE, f"it came back on the {parting.gone}")


def _is_held(parting: Parting) -> bool:
    return parting.state is PartingState.HELD


def edited(link: LinkState, side: Side, mapping: CompiledMapping, ours: Mapping[str, Any]) -> bool:
    """Was a side's record edited since the link was last in step, other than to the values that the policy sets?

    A link that never was in step has no base that could tell: it counts as edited.
    """
    record, view = link.side(side), mapping.view(side)
    if record.base is None:
        return True
    for rule in mapping.rules:
        name = rule.field(side)
        if name is None or rule.name not in record.base:
            continue
        shown = record.view.get(name)
        if name in ours and view.same(name, ours[name], shown):
            continue
        if movement(view, name, record.base[rule.name], shown, record.unconfirmed.get(rule.name)) is Movement.MOVED:
            return True
    return False
