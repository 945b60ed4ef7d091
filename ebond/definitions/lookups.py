"""Values that name another record: people, groups and categories by a key that both systems know, and tickets."""

from __future__ import annotations

from typing import Literal

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.sided import Sided
from ebond.definitions.texts import Name, Path, Pointer


class Search(Definition):
    """How records are asked for by a field's value."""

    path: Path | None = None
    """Path under the system's base path; that of the list where absent."""
    params: dict[str, str]
    """Query parameters, besides those of the list where it is asked there; ``{value}`` stands for the value."""
    records: Pointer | None = None
    """Where the rows are in the answer; where the list has them, where absent."""


class LookupSide(Definition):
    """What the mapped field of a side names, and the key by which the other side knows it."""

    resource: Name
    """The resource of this side's system that the field names a record of: ``user``."""
    by: str
    """The field of that resource that both sides share: the e-mail address."""
    gives: str | None = None
    """The field of that resource that the mapped field shows; the record's id where absent."""


class LookupRule(Definition):
    """A field that names people, groups, categories: what it shows here is looked up there by a key of both."""

    left: LookupSide | None = None
    """What the left field names; where absent, it shows the key itself."""
    right: LookupSide | None = None
    """What the right field names; where absent, it shows the key itself."""
    fold: bool = True
    """Keys that differ in case only are equal, as e-mail addresses are."""
    several: Literal["park", "first"] = "park"
    """Where several records have the key: the field is parked, or the first of them is taken."""
    unknown: Sided = Sided()
    """Written to that side for what is not found there; where absent, the field is parked."""
    keep: PositiveSeconds = 3600.0
    """How long an answer is believed before it is asked for again."""
    keep_unknown: PositiveSeconds = 600.0
    """How long it is believed that there is no such record."""

    def side(self, side: str) -> LookupSide | None:
        """Return a side's part."""
        return self.left if side == "left" else self.right


class LinkRule(Definition):
    """A field that names another record of a bond: the partner of that record is named on the other side."""

    bond: str | None = None
    """The bond that the named records belong to; that of the mapping itself where absent."""
    unbonded: Literal["wait", "default", "drop"] = "wait"
    """What is written for a record that is in no link and is not about to get one: the field waits for it, shows
    ``default``, or is left empty. Whatever this says, it waits for a record that is about to be created."""
