"""A bond: left resource + right resource + mapping + policies + filters + schedule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.parting import PartnerDeleted, PartnerLeft
from ebond.definitions.schedule import Schedule
from ebond.definitions.texts import Name, Version


class Condition(Definition):
    """One test on a field of a record; every given part must hold, on the canonical value."""

    field: str
    """The resource's field, mapped or not."""
    equals: str | int | float | bool | None = None
    """The value is this."""
    in_: Annotated[tuple[str, ...], Field(alias="in")] = ()
    """The value's text is one of these."""
    not_in: tuple[str, ...] = ()
    """The value's text is none of these."""
    empty: bool | None = None
    """Whether there is no value."""
    matches: str | None = None
    """Regular expression searched in the value's text."""


class BondSide(Definition):
    """What one side gives to the bond."""

    scope: tuple[Condition, ...] = ()
    """Which records are taken into the bond; a link once made stays."""
    params: dict[str, str] = {}
    """Extra list parameters that filter on the server; they change the watermark's key. Where the since filter needs
    the same parameter, the system says with ``{extra}`` where this part goes."""
    create: bool = True
    """Whether records missing here are created here."""
    partner_deleted: PartnerDeleted = PartnerDeleted()
    """What becomes of a record here whose partner was deleted on the other side."""
    partner_left: PartnerLeft = PartnerLeft()
    """What becomes of a record here whose partner has left the other side's scope."""


class Matching(Definition):
    """How records that exist on both sides before the first sync find each other."""

    keys: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = ()
    """Alternatives in order, each a list of rule names whose values must all be equal and not empty."""
    differences: Literal["policy", "left_wins", "right_wins", "leave"] = "policy"
    """Fields that differ when two records are first linked: by conflict policy, one side's, or left as they are."""


class Guard(Definition):
    """Fuses against a world that looks wrong."""

    empty_list_after: Annotated[int, Field(ge=1)] = 20
    """A complete scan that shows nothing although this many records stood there is an alarm."""
    flip_limit: Annotated[int, Field(ge=2)] = 3
    """How many flips park a field."""
    flip_window: PositiveSeconds = 3600.0
    """A field that flips back to values it already had this often in the window is parked."""
    attempts: Annotated[int, Field(ge=1)] = 5
    """Failures in a row after which a link is parked."""
    deletions: Annotated[int, Field(ge=1)] = 20
    """Where more partners of one run were deleted than this, nothing follows until `ebond approve` says so."""
    deletions_percent: Annotated[int, Field(ge=0, le=100)] = 5
    """The same, in percent of the bond's links; five deletions are never too many."""
    reset_records: Annotated[int, Field(ge=1)] = 5
    """So many records of a side that are older than they were known to be, or others under known ids, mean that the
    system was reset or restored from a backup: the bond stops before it writes. Fewer are parked one by one."""
    reset_missing_percent: Annotated[int, Field(ge=1, le=100)] = 50
    """So does this share of a side's linked records that cannot be found any more, all at once; five never do."""


class Bond(Definition):
    """A bond definition; the unit an operator starts, stops and watches."""

    version: Version
    """Version of this spelling."""
    bond: Name
    """Name of the bond."""
    title: str = ""
    """What people call it."""
    mapping: str
    """The mapping that says which fields are which; it names the two resources."""
    left: BondSide = BondSide()
    """What the left side gives to the bond."""
    right: BondSide = BondSide()
    """What the right side gives to the bond."""
    match: Matching = Matching()
    """How records that exist on both sides before the first sync find each other."""
    guard: Guard = Guard()
    """Fuses against a world that looks wrong."""
    schedule: Schedule = Schedule()
    """When the bond runs."""
    workers: Annotated[int, Field(gt=0, le=64)] = 4
    """Links and creates worked on at once, over all workers of a fleet."""
