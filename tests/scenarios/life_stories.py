"""What people do with a ticket from its birth to its end, stage by stage, and which calls carry that over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ebond.state import Side
from tests.scenarios.life_kinds import (
    MEF,
    SERVICENOW,
    SERVICENOW_MEF,
    SERVICENOW_TMF,
    SOLVED,
    TMF_4,
    TMF_5,
    TMF_MEF,
)
from tests.scenarios.lives import Kind, Life

#: Deletions are noticed by a sweep, and believed in the run after it.
BOND = """
schedule: {sweep_every: 4h}
right: {partner_deleted: {policy: close, set: {status: cancelled}}}
"""
#: A seller has no tickets but those that we opened.
WITH_SELLER = BOND + "left: {create: false}\n"
SECRET = "between us"  # an internal note


@dataclass(frozen=True)
class Stage:
    """What people do, and what is written for it on either side: verbs, or the last part of a call's path."""

    name: str
    do: Callable[[Tale], Any]
    left: Sequence[str] = ()
    right: Sequence[str] = ()
    runs: int = 0
    """So many runs at least, before it can be quiet."""


@dataclass
class Tale:
    """A life under way: ``one`` and ``two`` are the ticket that lives it, ``others`` are cancelled and deleted."""

    life: Life
    one: str = ""
    others: list[str] = field(default_factory=list)

    @property
    def ours(self) -> Any:
        return self.life.left.app

    @property
    def theirs(self) -> Any:
        return self.life.right.app

    @property
    def two(self) -> str:
        return self.life.partner(Side.LEFT, self.one)

    def partner(self, number: int) -> str:
        return self.life.partner(Side.LEFT, self.others[number])

    def says(self, *texts: str) -> None:
        """Have our people say something, each a second later: what is said in one has no order in ServiceNow."""
        for text in texts:
            self.ours.person_says(self.one, text)
            self.life.clock.advance(1)


@dataclass(frozen=True)
class Story:
    """A pair of systems and the life of a ticket between them."""

    left: Kind
    right: Kind
    mapping: str
    stages: Sequence[Stage]
    said: tuple[Sequence[str], Sequence[str]]
    """What stands under the ticket on either side in the end, in order."""
    states: tuple[Sequence[str], Sequence[str]]
    """All states that it had on either side."""
    ends: Sequence[str]
    """The statuses of the partners of the other two in the end."""
    bond: str = BOND
    held: Sequence[str] = field(default_factory=list)
    """What waits for a human in the end."""

    def begin(self) -> Tale:
        return Tale(Life(self.left, self.right, self.mapping, self.bond))


# -- ServiceNow with a TM Forum partner ---------------------------------------------------------------------


def _incidents(tale: Tale) -> None:
    tale.one, *tale.others = (
        tale.ours.person_opens(short_description=name, description="since noon", urgency="2")
        for name in ("Line down", "By mistake", "Twice")
    )


def _edited(tale: Tale) -> None:
    tale.ours.person_edits(tale.one, short_description="Line 7 is down")
    tale.theirs.person_edits(tale.two, severity="Critical")


def _talked(tale: Tale) -> None:
    tale.says("hello", "anyone?")
    tale.ours.person_says(tale.one, SECRET, internal=True)
    tale.theirs.person_says(tale.two, "we look")
    tale.theirs.person_says(tale.two, "found it")


def _talked_at_last(tale: Tale) -> None:
    tale.says("bye")
    tale.theirs.person_says(tale.two, "thanks")


WITH_TMF = (
    Stage("opened", _incidents, right=["POST"] * 3),
    Stage("edited", _edited, ["PATCH"], ["PATCH"]),
    Stage("talked", _talked, ["PATCH"] * 2, ["PATCH"] * 2),
    Stage("held", lambda it: it.ours.person_edits(it.one, state="3", hold_reason="4"), right=["PATCH"]),
    Stage("gone on", lambda it: it.theirs.person_edits(it.two, status="inProgress"), ["PATCH"]),
    Stage("resolved there", lambda it: it.theirs.person_edits(it.two, status="resolved"), ["PATCH"]),
    Stage("reopened", lambda it: it.ours.person_edits(it.one, state="2"), right=["PATCH"]),
    Stage("resolved here", lambda it: it.ours.person_edits(it.one, state="6", **SOLVED), right=["PATCH"]),
    Stage("closed", lambda it: it.ours.person_edits(it.one, state="7"), right=["PATCH"]),
    Stage("talked at last", _talked_at_last, ["PATCH"], ["PATCH"]),
    Stage("cancelled", lambda it: it.ours.person_edits(it.others[0], state="8"), right=["PATCH"]),
    Stage("deleted", lambda it: it.ours.person_deletes(it.others[1]), right=["PATCH"], runs=6),
)
TMF_SAID = (
    ["hello", "anyone?", "we look", "found it", "bye", "thanks"],
    ["we look", "found it", "hello", "anyone?", "thanks", "bye"],
)
TMF_STATES = (
    ["1", "3", "2", "6", "2", "6", "7"],
    ["acknowledged", "held", "inProgress", "resolved", "inProgress", "resolved", "closed"],
)

# -- with a MEF 124 seller ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ours:
    """What people here do in their own system, where the partner is a MEF 124 seller."""

    opened: Callable[[Tale], Any]
    edited: Callable[[Tale], Any]
    move: Callable[[Tale, str, str], Any]
    """Gives a ticket another state."""
    after_opening: Sequence[str] = ()
    """What is written here once the seller has the tickets."""


def _talked_with_the_seller(tale: Tale) -> None:
    if "internal" in tale.ours.person_says.__kwdefaults__:
        tale.ours.person_says(tale.one, SECRET, internal=True)
    tale.says("hello", "anyone?")
    tale.theirs.seller_says(tale.two, "we look")


def _asked_back(tale: Tale) -> None:
    tale.theirs.seller_says(tale.two, "which port?")
    tale.theirs.seller_moves(tale.two, "pending")


def _seller(state: str) -> Callable[[Tale], Any]:
    return lambda it: it.theirs.seller_moves(it.two, state)


def with_seller(ours: Ours) -> Sequence[Stage]:
    """Return the life of a ticket that a seller works on."""
    return (
        Stage("opened", ours.opened, ours.after_opening, ["POST"] * 3),
        Stage("edited", ours.edited, ["PATCH"], ["PATCH"]),
        Stage("talked", _talked_with_the_seller, ["PATCH"], ["PATCH"] * 2),
        Stage("in progress", _seller("inProgress"), ["PATCH"]),
        Stage("asked back", _asked_back, ["PATCH"] * 2),
        # What we say takes the ticket back into progress by itself.
        Stage("answered", lambda it: it.says("port 3"), ["PATCH"], ["PATCH"]),
        Stage("resolved", _seller("resolved"), ["PATCH"]),
        Stage("reopened", lambda it: ours.move(it, it.one, "in progress"), right=["reopen"]),
        Stage("in progress again", _seller("inProgress")),
        Stage("resolved again", _seller("resolved"), ["PATCH"]),
        Stage("closed", lambda it: ours.move(it, it.one, "closed"), right=["close"]),
        # A closed ticket takes no note.
        Stage("said in vain", lambda it: it.says("bye")),
        Stage("cancelled", lambda it: ours.move(it, it.others[0], "cancelled"), right=["cancel"]),
        Stage("agreed", lambda it: it.theirs.seller_moves(it.partner(0), "cancelled")),
        Stage("deleted", lambda it: it.ours.person_deletes(it.others[1]), right=["cancel"], runs=6),
    )


def _incident_edited(tale: Tale) -> None:
    tale.ours.person_edits(tale.one, urgency="1")
    tale.theirs.seller_edits(tale.two, sellerPriority="critical")


def _incident_moved(tale: Tale, ticket: str, to: str) -> None:
    tale.ours.person_edits(ticket, state={"in progress": "2", "closed": "7", "cancelled": "8"}[to])


def _tickets(tale: Tale) -> None:
    tale.one, *tale.others = (
        tale.ours.person_opens(name=name, description="since noon", priority="high")
        for name in ("Line down", "By mistake", "Twice")
    )


def _ticket_edited(tale: Tale) -> None:
    tale.ours.person_edits(tale.one, priority="critical")
    tale.theirs.seller_edits(tale.two, expectedResolutionDate="2026-12-01T12:00:00.000Z")


def _ticket_moved(tale: Tale, ticket: str, to: str) -> None:
    states = {"in progress": "inProgress", "closed": "closed", "cancelled": "cancelled"}
    tale.ours.person_edits(ticket, status=states[to])


MEF_SAID = (
    ["hello", "anyone?", "we look", "which port?", "port 3", "bye"],
    ["Priority or severity was changed.", "we look", "hello", "anyone?", "which port?", "port 3"],
)
MEF_STATES = (
    "acknowledged", "inProgress", "pending", "inProgress", "resolved", "reopened", "inProgress", "resolved", "closed",
)  # fmt: skip
STORIES = {
    "servicenow-tmf4": Story(SERVICENOW, TMF_4, SERVICENOW_TMF, WITH_TMF, TMF_SAID, TMF_STATES, ["cancelled"] * 2),
    "servicenow-tmf5": Story(SERVICENOW, TMF_5, SERVICENOW_TMF, WITH_TMF, TMF_SAID, TMF_STATES, ["cancelled"] * 2),
    "servicenow-mef": Story(
        SERVICENOW,
        MEF,
        SERVICENOW_MEF,
        with_seller(Ours(_incidents, _incident_edited, _incident_moved, ["PATCH"] * 3)),
        MEF_SAID,
        (["1", "2", "3", "2", "6", "2", "6", "7"], MEF_STATES),
        ["cancelled", "assessingCancellation"],
        WITH_SELLER,
        held=["comment"],
    ),
    "tmf4-mef": Story(
        TMF_4,
        MEF,
        TMF_MEF,
        with_seller(Ours(_tickets, _ticket_edited, _ticket_moved)),
        MEF_SAID,
        ([one for one in MEF_STATES if one != "reopened"], MEF_STATES),
        ["cancelled", "assessingCancellation"],
        WITH_SELLER,
        held=["comment"],
    ),
}
