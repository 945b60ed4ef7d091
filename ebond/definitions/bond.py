"""A bond: left resource + right resource + mapping + policies + filters + schedule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition, Seconds


class Condition(Definition):
    """One test on a field of a record; every given part must hold, on the canonical value."""

    field: str
    equals: str | int | float | bool | None = None
    in_: Annotated[tuple[str, ...], Field(alias="in")] = ()
    not_in: tuple[str, ...] = ()
    empty: bool | None = None
    matches: str | None = None
    """Regular expression searched in the value's text."""


class BondSide(Definition):
    """What one side gives to the bond."""

    scope: tuple[Condition, ...] = ()
    """Which records are taken into the bond; a link once made stays."""
    params: dict[str, str] = {}
    """Extra list parameters that filter on the server; they change the watermark's key."""
    create: bool = True
    """Whether records missing here are created here."""


class Matching(Definition):
    """How records that exist on both sides before the first sync find each other."""

    keys: tuple[tuple[str, ...], ...] = ()
    """Alternatives in order, each a list of rule names whose values must all be equal and not empty."""
    differences: Literal["policy", "left_wins", "right_wins", "leave"] = "policy"
    """Fields that differ when two records are first linked: by conflict policy, one side's, or left as they are."""


class Guard(Definition):
    """Fuses against a world that looks wrong."""

    empty_list_after: int = 20
    """A complete scan that shows nothing although this many records stood there is an alarm."""
    flip_limit: Annotated[int, Field(ge=2)] = 3
    flip_window: Seconds = 3600.0
    """A field that flips back to values it already had this often in the window is parked."""
    attempts: Annotated[int, Field(ge=1)] = 5
    """Failures in a row after which a link is parked."""


class Schedule(Definition):
    """When the bond runs."""

    every: Seconds = 60.0
    sweep_every: Seconds = 86400.0
    """How often a full scan backs up the change feed."""


class Bond(Definition):
    """A bond definition; the unit an operator starts, stops and watches."""

    version: Literal[1]
    bond: str
    title: str = ""
    mapping: str
    left: BondSide = BondSide()
    right: BondSide = BondSide()
    match: Matching = Matching()
    guard: Guard = Guard()
    schedule: Schedule = Schedule()
    workers: Annotated[int, Field(gt=0, le=64)] = 4
